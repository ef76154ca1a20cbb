// interrupted: a machine that was taken away may come back with all that is on it; when it does not, it is given back and
// the job goes on elsewhere from its last whole checkpoint.
import type { MicroUsd } from '../../../base/std/index.ts';
import { type InstanceStatus, OVER_STATUSES, type Rental, statusOf } from '../../rental/index.ts';
import type { JobAttempt, JobRecord } from '../records/index.ts';
import { decideRetry } from '../records/index.ts';
import type { JobStep, LedJob } from './context.ts';
import { giveBack } from './give-back.ts';
import { deadlineOf, judgeFailure } from './judge-failure.ts';
import { attemptSpent, spentOf } from './money.ts';
import { type Placed, unreachable } from './run-end.ts';
import { runIdOf } from './run-script.ts';
import { say } from './say.ts';
import { whyEnded } from './why-ended.ts';

const AGAIN_MS = 15_000;
const START_AGAIN_MS = 60_000;

export async function comeBack(
  led: LedJob,
  record: JobRecord,
  { attempt, instanceId }: Placed,
  rental: Rental,
): Promise<JobStep> {
  const { clock, signal, watcher, controller, session, change } = led;
  await session.end();
  const nowMs = clock.now();
  // Given up before: what follows is only its end.
  const isLost = rental.status === 'ending' || OVER_STATUSES.includes(rental.status);
  if (isLost || attempt.failure !== undefined) return await replace(led, record, attempt, record.reason);
  if (record.cancelAskedAtMs !== undefined && !isDone(attempt)) {
    const given = await giveBack(led, rental.id, 'its job was cancelled');
    if (!given.isGone) return { record, nextAtMs: given.nextAtMs };
    const spent = await spentOf({ ...led, nowMs }, record);
    const reason = 'cancelled while its machine was away';
    return { record: await change(record, { status: 'cancelled', reason, spent }), nextAtMs: nowMs };
  }
  const view = await watcher.refresh({
    startedAfterMs: Math.max(nowMs - AGAIN_MS, rental.sinceMs),
    signal,
    priority: 'controller',
  });
  const step = await controller.step(rental, { view, signal });
  if (step.rental.status === 'ready') return await goOnHere(led, record, { attempt, instanceId });
  if (step.rental.status === 'booting')
    return await say(led, record, 'its machine starts again', nowMs + AGAIN_MS);
  const hand = /^(parked by |stopped by hand)/.exec(step.rental.reason)?.[0];
  if (hand !== undefined) {
    const back = hand === 'stopped by hand' ? 'vd start' : 'vd undo';
    const reason = `its machine was ${step.rental.reason}: "${back}" takes that back`;
    return await say(led, record, reason, nowMs + AGAIN_MS);
  }
  const instance = view.instances.find(({ id }) => id === instanceId);
  const seen = instance && statusOf(instance);
  const waitMs = patienceFor(led, seen, attempt);
  if (view.complete && nowMs - record.sinceMs >= waitMs) {
    return await replace(led, record, attempt, step.rental.reason);
  }
  if (seen !== 'outbid' && seen !== 'lost' && seen !== 'scheduling' && step.rental.status === 'stopped') {
    return await startAgain(led, record, step.rental);
  }
  return { record, nextAtMs: nowMs + AGAIN_MS };
}

function isDone({ exitCode }: JobAttempt): boolean {
  return exitCode === 0;
}

function patienceFor({ policy }: LedJob, seen: InstanceStatus | undefined, attempt: JobAttempt): number {
  if (isDone(attempt)) return policy.comeBackDoneMs;
  return seen === 'outbid' ? policy.comeBackMs : policy.comeBackLostMs;
}

/** It stands still, by its own switch, by the service or by the end of its lease: what is on it can be had again. */
async function startAgain(led: LedJob, record: JobRecord, rental: Rental): Promise<JobStep> {
  const { ender, connect, clock, policy, log, signal } = led;
  const nextAtMs = clock.now() + START_AGAIN_MS;
  try {
    let current = rental;
    if (clock.now() + policy.marginMs / 2 > current.prepaidUntilMs) {
      const renewed = await ender.renew(current, { untilMs: clock.now() + policy.marginMs, connect });
      if (renewed.kind !== 'renewed')
        return await say(led, record, `its machine stands still: ${renewed.reason}`, nextAtMs);
      current = renewed.rental;
    }
    const undone = await ender.undo(current);
    const how = undone.kind === 'starting' ? 'it is started again' : undone.reason;
    return await say(led, record, `its machine stood still: ${how}`, clock.now() + AGAIN_MS);
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn('a machine that stands still could not be started', { job: record.id, error });
    return await say(
      led,
      record,
      `its machine stands still and cannot be started: ${(error as Error).message}`,
      nextAtMs,
    );
  }
}

/** It runs again. A run that is over or goes on is found there; one that was lost is begun anew on the same disk. */
async function goOnHere(led: LedJob, record: JobRecord, { attempt, instanceId }: Placed): Promise<JobStep> {
  const { workplaces, change, clock, signal } = led;
  try {
    const status = await workplaces
      .of(instanceId)
      .runs.status(runIdOf(record.id, attempt.attempt), { signal });
    if (status.state === 'running' || status.state === 'exited' || record.cancelAskedAtMs !== undefined) {
      const next = await change(record, { status: 'booting', reason: 'its machine is back' });
      return { record: next, nextAtMs: clock.now() };
    }
  } catch (error) {
    if (signal.aborted) throw error;
    return await unreachable(led, record, error);
  }
  const nowMs = Math.trunc(clock.now());
  const failure = {
    kind: 'interruption',
    atMs: nowMs,
    reason: record.reason,
    hasAdvanced: attempt.checkpoint !== undefined,
  } as const;
  const failures = [...record.failures, failure];
  const decision = decideRetry({ policy: record.job.retry, failures, nowMs, deadlineMs: deadlineOf(record) });
  if (decision.kind === 'stop') return await replace(led, record, attempt, record.reason);
  const spent = await attemptSpent(led, attempt);
  const lost: JobAttempt = {
    ...attempt,
    endedAtMs: nowMs,
    failure: 'interruption',
    reason: record.reason,
    spent,
  };
  const again: JobAttempt = {
    ...attempt,
    attempt: attempt.attempt + 1,
    startedAtMs: nowMs,
    runningAtMs: undefined,
    exitCode: undefined,
    endedAtMs: undefined,
    reason: '',
    logBytes: 0,
    brought: false,
    spent: 0 as MicroUsd,
  };
  const reason = 'its machine is back; the run begins anew on it';
  const next = await change(
    record,
    { status: 'booting', reason, attempt: again.attempt, failures },
    { attempt: [lost, again] },
  );
  return { record: next, nextAtMs: nowMs };
}

/** The machine is given up; the clock of what happened to its attempt says whether another one is looked for. */
async function replace(led: LedJob, record: JobRecord, attempt: JobAttempt, why: string): Promise<JobStep> {
  const { clock, change } = led;
  const given = await giveBack(led, record.rentalId, 'its job goes on elsewhere');
  if (!given.isGone) return { record, nextAtMs: given.nextAtMs };
  if (record.cancelAskedAtMs !== undefined) {
    const spent = await spentOf({ ...led, nowMs: clock.now() }, record);
    const reason = 'cancelled; its machine is gone';
    return { record: await change(record, { status: 'cancelled', reason, spent }), nextAtMs: clock.now() };
  }
  const end = await whyEnded(led, record.rentalId);
  const isByHand = end?.isByHand ?? false;
  const known = attempt.failure === undefined ? why : attempt.reason;
  const lost: JobAttempt = {
    ...attempt,
    endedAtMs: attempt.endedAtMs ?? Math.trunc(clock.now()),
    failure: attempt.failure ?? 'interruption',
    isFinal: attempt.isFinal || isByHand,
    reason: isByHand ? `its machine was ended by hand (${end?.reason ?? ''})` : known,
    spent: await attemptSpent(led, attempt),
  };
  const { failure: kind = 'interruption', reason, isFinal, exitCode } = lost;
  const marked = await change(record, {}, { attempt: lost });
  return await judgeFailure(led, marked, { kind, reason, isFinal, data: { exitCode } });
}
