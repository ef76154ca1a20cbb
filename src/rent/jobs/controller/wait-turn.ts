// queued: the machine before has to be seen gone, and the job's time to have come; what it needs of this computer has to be here.
import { HOUR_MS } from '../../../base/std/index.ts';
import type { JobRecord } from '../records/index.ts';
import type { JobStep, LedJob } from './context.ts';
import { giveBack } from './give-back.ts';
import { deadlineOf, judgeFailure } from './judge-failure.ts';
import { missingInput } from './missing-input.ts';
import { needOf } from './money.ts';
import { say } from './say.ts';

/** A queued job costs nothing: somebody may come the next morning. */
const LEND_MS = 24 * HOUR_MS;
const LEND_LOOK_MS = 5_000;

export async function waitTurn(led: LedJob, record: JobRecord): Promise<JobStep> {
  const { clock, change, rentals, account, records } = led;
  const nowMs = Math.trunc(clock.now());
  const [left] = await rentals.list({ account, need: needOf(record), isLive: true });
  if (left) {
    const given = await giveBack(led, left.id, 'its job goes on elsewhere');
    if (!given.isGone) return await say(led, record, given.reason, given.nextAtMs);
  }
  if (record.cancelAskedAtMs !== undefined) {
    const cancelled = await change(record, { status: 'cancelled', reason: 'cancelled before it ran' });
    return { record: cancelled, nextAtMs: nowMs };
  }
  const deadlineMs = deadlineOf(record);
  if (deadlineMs !== undefined && nowMs >= deadlineMs) {
    return await judgeFailure(led, record, {
      kind: 'error',
      reason: 'max_duration is used up',
      isFinal: true,
    });
  }
  if (record.nextAtMs !== undefined && nowMs < record.nextAtMs) return { record, nextAtMs: record.nextAtMs };
  const lacking = missingInput(led, record);
  const dueMs = Math.max(record.sinceMs, record.nextAtMs ?? 0);
  if (lacking?.isLendable && nowMs - dueMs < LEND_MS) {
    return await say(led, record, lacking.sentence, nowMs + LEND_LOOK_MS);
  }
  if (lacking) {
    return await judgeFailure(led, record, { kind: 'error', reason: lacking.sentence, isFinal: true });
  }
  const attempts = await records.attempts(record.id);
  const next = await change(record, {
    status: 'provisioning',
    reason: 'looking for a machine',
    attempt: (attempts.at(-1)?.attempt ?? 0) + 1,
    nextAtMs: null,
  });
  return { record: next, nextAtMs: nowMs };
}
