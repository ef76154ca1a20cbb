// What should be gone and is not: how long, what it costs, why, and what a person can do about it.
import { keyRefusedAlert, redListAlert, secondFactorAlert } from '../../../net/notify/index.ts';
import type { Rental } from '../records/index.ts';
import type { EndingContext } from './context.ts';
import type { Refusal } from './destroy-once.ts';
import { openEnds } from './instance-ends.ts';
import { isRed } from './is-red.ts';
import type { InstanceEndRow } from './tables.ts';

export interface RedRow {
  /** Undefined for an orphan. */
  readonly rental: Rental | undefined;
  readonly instanceId: number;
  readonly usdPerHour: number;
  /** Of the decision that it is to be gone. */
  readonly sinceMs: number;
  readonly tries: number;
  /** A sentence; empty when every DELETE was accepted and the proof is what is missing. */
  readonly lastError: string;
  readonly refusal: Refusal;
  readonly whatToDo: string;
}

const BY_HAND = 'end it by hand at https://cloud.vast.ai/instances/';

export function whatToDo(row: Pick<InstanceEndRow, 'refusal' | 'last_error'>): string {
  switch (row.refusal) {
    case 'second-factor':
      return `Vast.ai asks for a second factor before it destroys anything: log in with a code ("vd login"), or ${BY_HAND}`;
    case 'key':
      return `Vast.ai refuses the API key: make a new one at https://cloud.vast.ai/manage-keys/ and log in with it ("vd login"), or ${BY_HAND}`;
    default:
      return row.last_error === ''
        ? `Every destroy was accepted and it is not proved gone; it is tried further. If it stays, ${BY_HAND}`
        : `It is tried further, at most 5 min apart. If it stays, ${BY_HAND}`;
  }
}

export async function listRed(context: EndingContext): Promise<readonly RedRow[]> {
  const nowMs = context.clock.now();
  const red: RedRow[] = [];
  for (const row of await openEnds(context)) {
    if (!isRed(row, nowMs, context.policy)) continue;
    red.push({
      rental: row.rental_id === null ? undefined : await context.records.get(row.rental_id),
      instanceId: row.instance_id,
      usdPerHour: row.rate_per_hour / 1e6,
      sinceMs: row.asked_at,
      tries: row.attempts,
      lastError: row.last_error,
      refusal: row.refusal as Refusal,
      whatToDo: whatToDo(row),
    });
  }
  return red;
}

/** Tells of every row; being shut out is told once for the account. */
export async function tellRed(context: EndingContext): Promise<readonly RedRow[]> {
  const { account, clock, alert } = context;
  const rows = await listRed(context);
  const at = { atMs: clock.now() };
  for (const { rental, instanceId, usdPerHour, sinceMs, tries, lastError, refusal } of rows) {
    if (refusal !== '') continue;
    await alert(
      redListAlert(
        {
          key: String(instanceId),
          ref: rental?.name || String(instanceId),
          gpu: rental?.terms && `${rental.terms.gpuCount}× ${rental.terms.gpuName}`,
          instanceId,
          usdPerHour,
          sinceMs,
          tries,
          reason: lastError === '' ? 'accepted, and it is not proved gone' : lastError.replace(/\.$/, ''),
        },
        at,
      ),
    );
  }
  for (const refusal of ['second-factor', 'key'] as const) {
    const shut = rows.filter((row) => row.refusal === refusal);
    const [first] = shut;
    if (!first) continue;
    const figures = {
      account,
      sinceMs: Math.min(...shut.map((row) => row.sinceMs)),
      machines: shut.length,
      usdPerHour: shut.reduce((sum, row) => sum + row.usdPerHour, 0),
      answer: first.lastError,
    };
    await alert(refusal === 'key' ? keyRefusedAlert(figures, at) : secondFactorAlert(figures, at));
  }
  return rows;
}
