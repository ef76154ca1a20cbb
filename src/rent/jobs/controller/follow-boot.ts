// booting: the machine comes up, or the next one is looked for.
import { type BootStep, OVER_STATUSES, type Rental } from '../../rental/index.ts';
import type { JobAttempt, JobRecord } from '../records/index.ts';
import type { JobStep, LedJob } from './context.ts';
import { giveBack } from './give-back.ts';
import { judgeFailure } from './judge-failure.ts';
import { spentOf } from './money.ts';
import { say } from './say.ts';
import { whyEnded } from './why-ended.ts';

/** Whoever waits in front of a terminal waits for the boot: one listing serves all that boot. */
const LOOK_MS = 3_000;
const VIEW_MS = 2_000;

export async function followBoot(led: LedJob, record: JobRecord): Promise<JobStep> {
  const { rentals, controller, watcher, clock, change, attempt, signal } = led;
  const rental = record.rentalId === undefined ? undefined : await rentals.get(record.rentalId);
  if (!rental) return await bootFailed(led, record, { sentence: 'its rental has no record any more' });
  // What can be entered is entered, also by who cancels: something may run on it, or have ended.
  if (rental.status === 'ready') return await entered(led, record, rental);
  if (record.cancelAskedAtMs !== undefined) {
    const given = await giveBack(led, rental.id, 'its job was cancelled');
    if (!given.isGone) return await say(led, record, given.reason, given.nextAtMs);
    const spent = await spentOf({ ...led, nowMs: clock.now() }, record);
    const cancelled = { status: 'cancelled', reason: 'cancelled while it booted', spent } as const;
    return { record: await change(record, cancelled), nextAtMs: clock.now() };
  }
  if (rental.status === 'ending' || OVER_STATUSES.includes(rental.status)) {
    return await bootFailed(led, record, { sentence: rental.reason });
  }
  if (rental.status === 'stopped') {
    const reason = `its machine does not run: ${rental.reason}`;
    return { record: await change(record, { status: 'interrupted', reason }), nextAtMs: clock.now() };
  }
  const view = await watcher.refresh({
    startedAfterMs: clock.now() - VIEW_MS,
    signal,
    priority: 'controller',
  });
  const step = await controller.step(rental, { view, signal });
  if (step.boot?.kind === 'failed') return await bootFailed(led, record, step.boot);
  if (step.rental.status === 'ready') return await entered(led, record, step.rental);
  const nextAtMs = Math.min(step.nextAtMs ?? Number.POSITIVE_INFINITY, clock.now() + LOOK_MS);
  if (step.rental.instanceId !== undefined && attempt && attempt.instanceId !== step.rental.instanceId) {
    const { instanceId, machineId } = step.rental;
    const named = { ...attempt, instanceId, machineId };
    return { record: await change(record, {}, { attempt: named }), nextAtMs };
  }
  return await say(led, record, wordsOf(step.boot, step.rental), nextAtMs);
}

/** Sentences of boots count seconds: the record keeps what changes by phase, and every tenth of a pull. */
function wordsOf(boot: BootStep | undefined, rental: Rental): string {
  const where = `instance ${rental.instanceId ?? '?'} on machine ${rental.machineId ?? '?'}`;
  if (boot?.kind !== 'waiting') return `${where} comes up`;
  const tenths = boot.pulledShare === undefined ? 0 : Math.floor(boot.pulledShare * 10);
  return `${where} is ${boot.words}${tenths > 0 ? ` (${tenths * 10} %)` : ''}`;
}

async function entered(led: LedJob, record: JobRecord, rental: Rental): Promise<JobStep> {
  const { attempt, clock, change } = led;
  const named = attempt && { ...attempt, instanceId: rental.instanceId, machineId: rental.machineId };
  const next = await change(
    record,
    { status: 'setting-up', reason: rental.reason },
    { ...(named && { attempt: named }), data: { instance: rental.instanceId } },
  );
  return { record: next, nextAtMs: clock.now() };
}

/** The failed rental ends by itself; the queue waits until it is seen gone. */
async function bootFailed(
  led: LedJob,
  record: JobRecord,
  { sentence, blame }: { readonly sentence: string; readonly blame?: 'machine' | 'launch' | 'nobody' },
): Promise<JobStep> {
  const { attempt, clock, rentals } = led;
  const told = await whyEnded(led, record.rentalId);
  const kind = (blame ?? told?.blame) === 'launch' || told?.isByHand ? 'error' : 'no_capacity';
  const machineId = attempt?.machineId ?? (await rentals.get(record.rentalId ?? ''))?.machineId;
  const failed: JobAttempt | undefined = attempt && {
    ...attempt,
    machineId,
    endedAtMs: Math.trunc(clock.now()),
    failure: kind,
    // The image, or what the job asks for: another machine would fail in the same way.
    isFinal: kind === 'error',
    reason: told?.reason ?? sentence,
  };
  const given = await giveBack(led, record.rentalId, sentence);
  // A job that is over holds no machine; one that goes on waits for that in the queue.
  if (!given.isGone) {
    const isMarked = attempt?.failure !== undefined;
    if (isMarked) return await say(led, record, `${attempt.reason} (${given.reason})`, given.nextAtMs);
    const next = await led.change(record, { reason: sentence }, failed ? { attempt: failed } : {});
    return { record: next, nextAtMs: given.nextAtMs };
  }
  const marked =
    failed && attempt?.failure === undefined ? await led.change(record, {}, { attempt: failed }) : record;
  return await judgeFailure(led, marked, {
    kind: attempt?.failure ?? kind,
    reason: attempt?.failure === undefined ? (failed?.reason ?? sentence) : attempt.reason,
    isFinal: (attempt?.failure === undefined ? failed : attempt)?.isFinal ?? false,
    data: { machine: machineId, blame },
  });
}
