// One step towards an instance's end: a DELETE when one is due, a look whether it is gone when one was accepted.
import type { StoreTransaction } from '../../../base/store/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import type { AccountView } from '../account-view.ts';
import { confirmGone } from './confirm-gone.ts';
import type { EndingContext } from './context.ts';
import { destroyOnce, destroyWaitMs } from './destroy-once.ts';
import { writeEnd } from './instance-ends.ts';
import type { InstanceEndRow } from './tables.ts';

/** Writes the row, and whatever else tells of the step, in one transaction. */
export type SaveEnd = (
  row: InstanceEndRow,
  told: {
    readonly status: 'ending' | 'gone';
    readonly reason: string;
    readonly generations?: readonly number[];
  },
  write: (trx: StoreTransaction) => Promise<void>,
) => Promise<void>;

export interface EndStep {
  readonly row: InstanceEndRow;
  readonly nextAtMs: number | undefined;
}

export async function stepEnd(
  context: EndingContext,
  row: InstanceEndRow,
  { view, save }: { readonly view: AccountView<Instance> | undefined; readonly save: SaveEnd },
): Promise<EndStep> {
  if (row.gone_at !== null) return { row, nextAtMs: undefined };
  const { clock, policy } = context;
  if (row.accepted_at === null) return await tryDestroy(context, row, save);
  if (isSeenAfter(view, row, row.accepted_at)) return await tryDestroy(context, row, save);
  const verdict = await confirmGone(context, row.instance_id, row.accepted_at);
  const nowMs = Math.trunc(clock.now());
  switch (verdict.kind) {
    case 'there':
      return await tryDestroy(context, row, save);
    case 'unknown': {
      const nextAtMs = nowMs + policy.confirmEveryMs;
      const { reason, refusal } = verdict;
      if (refusal === row.refusal && (refusal === '' || reason === row.last_error)) return { row, nextAtMs };
      const next = { ...row, refusal, last_error: refusal === '' ? '' : reason };
      await save(next, { status: 'ending', reason }, (trx) => writeEnd(trx, next));
      return { row: next, nextAtMs };
    }
    case 'gone': {
      const next: InstanceEndRow = {
        ...row,
        gone_at: nowMs,
        bill_at: row.rental_id === null ? null : nowMs + policy.billAfterMs,
        last_error: '',
        refusal: '',
      };
      const [first, second] = verdict.generations;
      const reason = `seen gone: listings ${first} and ${second} do not hold it, and nothing answers to its id`;
      const told = { status: 'gone', reason, generations: verdict.generations } as const;
      await save(next, told, (trx) => writeEnd(trx, next));
      return { row: next, nextAtMs: next.bill_at ?? undefined };
    }
  }
}

/** Presence in a listing is evidence even where the listing is not whole. */
function isSeenAfter(
  view: AccountView<Instance> | undefined,
  { instance_id }: InstanceEndRow,
  atMs: number,
): boolean {
  return (
    view !== undefined &&
    view.startedAtMs > atMs &&
    view.instances.some((instance) => instance.id === instance_id)
  );
}

async function tryDestroy(context: EndingContext, row: InstanceEndRow, save: SaveEnd): Promise<EndStep> {
  const { client, clock, policy, log } = context;
  if (clock.now() < row.next_at) return { row, nextAtMs: row.next_at };
  const outcome = await destroyOnce(client, row.instance_id);
  // After the answer: a listing that was begun before it may have been read before the destroy.
  const nowMs = Math.trunc(clock.now());
  const attempts = row.attempts + 1;
  const waitMs = destroyWaitMs(attempts, context);
  const isAccepted = outcome.kind === 'accepted';
  const next: InstanceEndRow = {
    ...row,
    attempts,
    // One that was accepted before still counts: it may be gone in spite of this failure.
    accepted_at: isAccepted ? nowMs : row.accepted_at,
    next_at: nowMs + Math.ceil(isAccepted ? waitMs : Math.max(waitMs, outcome.leastWaitMs)),
    last_error: isAccepted ? '' : outcome.reason,
    refusal: isAccepted ? '' : outcome.refusal,
  };
  const reason = isAccepted
    ? `destroy ${attempts} was accepted; it is gone when two listings and its id say so`
    : `destroy ${attempts} failed: ${outcome.reason}`;
  if (!isAccepted) log.warn('an instance could not be destroyed', { instanceId: row.instance_id, reason });
  await save(next, { status: 'ending', reason }, (trx) => writeEnd(trx, next));
  return { row: next, nextAtMs: isAccepted ? nowMs + policy.confirmEveryMs : next.next_at };
}
