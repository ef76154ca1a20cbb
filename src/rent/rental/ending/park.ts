// `vd rm` parks before it destroys: the machine stops now and is destroyed after ten minutes, in which it can be taken
// back. A machine that stands still costs its disk, and is told of until it is gone.
import { formatDuration, formatIso } from '../../../base/std/index.ts';
import { NoSuchInstanceError } from '../../../net/vast/index.ts';
import type { Rental } from '../records/index.ts';
import type { EndingContext } from './context.ts';
import { stopInstance } from './enforce-end.ts';

export class CannotParkError extends Error {
  override name = 'CannotParkError';
}

export type UndoResult =
  /** It boots again; its GPUs were still free. */
  | { readonly kind: 'starting'; readonly rental: Rental }
  /** Others have its GPUs: it starts, and costs, when they are free; until then its disk does. */
  | { readonly kind: 'queued'; readonly rental: Rental; readonly reason: string }
  | { readonly kind: 'refused'; readonly rental: Rental; readonly reason: string };

export interface ParkedRow {
  readonly rental: Rental;
  /** Of the disk, for 720 hours. */
  readonly usdPerMonth: number | undefined;
  readonly sinceMs: number;
  /** When it is destroyed; undefined when nobody has said so. */
  readonly destroyAfterMs: number | undefined;
  /** When the money that was set aside for its disk ends. */
  readonly paidUntilMs: number;
}

const HOURS_A_MONTH = 720;

/**
 * Throws CannotParkError for a rental without an instance, RentalChangedError, and the service's errors; then the
 * decision stands, and the next step stops it.
 */
export async function park(context: EndingContext, rental: Rental, by: string): Promise<Rental> {
  const { records, clock, policy } = context;
  const { status, instanceId, name, id } = rental;
  if (status === 'stopped' && rental.destroyAfterMs !== undefined && rental.reason === parkedBy(by))
    return rental;
  if (instanceId === undefined || (status !== 'booting' && status !== 'ready' && status !== 'stopped')) {
    throw new CannotParkError(
      `${name || id} is ${status} and has nothing to park; "vd rm --now ${name || id}" ends what there may be`,
    );
  }
  const destroyAfterMs = Math.trunc(clock.now()) + policy.parkMs;
  const decided = await records.change(
    rental,
    { destroyAfterMs, reason: parkedBy(by) },
    { by, destroyAfterMs },
  );
  if (!(await stopInstance(context, decided))) {
    return await records.change(decided, {
      status: 'ending',
      reason: 'it was to be parked, and there is none',
    });
  }
  if (decided.status === 'stopped') return decided;
  return await records.change(decided, { status: 'stopped', reason: parkedBy(by) }, { by });
}

function parkedBy(by: string): string {
  return `parked by ${by}`;
}

/** Brings a parked or stopped machine back. Throws RentalChangedError, and the service's errors. */
export async function undo(context: EndingContext, rental: Rental): Promise<UndoResult> {
  const { client, records, clock } = context;
  const { status, instanceId, prepaidUntilMs, goneAtMs } = rental;
  const refused = (reason: string): UndoResult => ({ kind: 'refused', rental, reason });
  if (status === 'ending') return refused('its destroy is under way and cannot be taken back');
  if (status === 'gone')
    return refused(`it was seen gone at ${formatIso(goneAtMs ?? rental.sinceMs)}; its data is lost`);
  if (status === 'void') return refused('it never existed');
  if (instanceId === undefined || (status !== 'stopped' && rental.destroyAfterMs === undefined)) {
    return refused(`it is ${status} and was not parked`);
  }
  const nowMs = Math.trunc(clock.now());
  if (nowMs >= prepaidUntilMs) {
    return refused(
      `what was prepaid ended ${formatDuration(nowMs - prepaidUntilMs)} ago; renew it first, then start it`,
    );
  }
  // First the decision: from here on no step destroys it.
  const kept = await records.change(rental, {
    destroyAfterMs: null,
    graceUntilMs: null,
    reason: 'to be started again',
  });
  let answer: 'done' | 'queued';
  try {
    answer = await client.instances.setState(instanceId, 'running');
  } catch (error) {
    if (!(error instanceof NoSuchInstanceError)) throw error;
    const reason = 'it was to be started again, and there is none';
    return { kind: 'refused', rental: await records.change(kept, { status: 'ending', reason }), reason };
  }
  if (answer === 'queued') {
    const reason = 'others have its GPUs: it starts when they are free, and costs only its disk until then';
    return { kind: 'queued', rental: await records.change(kept, { status: 'stopped', reason }), reason };
  }
  // One that was entered once has somebody's work on its disk: as a boot, a start that fails would destroy it.
  const change =
    rental.readyAtMs === undefined
      ? ({ status: 'booting', reason: 'started again', bootingAtMs: nowMs } as const)
      : ({ status: 'stopped', reason: 'started again; it is ready as soon as it runs' } as const);
  return { kind: 'starting', rental: await records.change(kept, change) };
}

export async function parkedRows(context: EndingContext): Promise<readonly ParkedRow[]> {
  const { account, records, policy } = context;
  const rentals = await records.list({ account, statuses: ['stopped'] });
  return rentals.map((rental) => ({
    rental,
    usdPerMonth: rental.terms && rental.terms.diskPricePerHour * HOURS_A_MONTH,
    sinceMs: rental.sinceMs,
    destroyAfterMs: rental.destroyAfterMs,
    paidUntilMs: rental.prepaidUntilMs + policy.storageTailMs,
  }));
}
