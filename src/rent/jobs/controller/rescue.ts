// unknown: a machine that is listed as running and cannot be entered. Its key is attached once more, it is rebooted, and
// at last given up; each only while the service answers, since who is offline learns nothing of a machine.
import { createEffects } from '../../../base/ledger/index.ts';
import { formatIso } from '../../../base/std/index.ts';
import { createBootActs, type Rental } from '../../rental/index.ts';
import type { JobRecord } from '../records/index.ts';
import type { JobStep, LedJob } from './context.ts';
import { interrupted, type Placed } from './run-end.ts';
import { say } from './say.ts';

const VIEW_MS = 60_000;
/** A key that is refused for longer was not just late. */
const KEY_AFTER_MS = 60_000;
/** The request that attaches it may be refused or lost as well. */
const KEY_AGAIN_MS = 5 * 60_000;

/** What is done instead of another try to enter it; undefined for that. */
export async function rescue(
  led: LedJob,
  record: JobRecord,
  placed: Placed,
  rental: Rental,
): Promise<JobStep | undefined> {
  const { client, watcher, workplaces, clock, policy, signal, blindness, log } = led;
  const { attempt, instanceId } = placed;
  const view = await watcher.refresh({
    startedAfterMs: clock.now() - VIEW_MS,
    signal,
    priority: 'controller',
  });
  const blindMs = blindness.lastedMs(record, view.complete);
  const isDone = attempt.exitCode === 0;
  if (record.cancelAskedAtMs !== undefined) {
    const leftMs = patienceOf(led, record, isDone) - blindMs;
    if (leftMs <= 0) return await leaveThere(led, record, placed);
    const told = waitsUntil({ instanceId, isDone, untilMs: clock.now() + leftMs });
    if (!record.reason.startsWith('cancelled: ')) return await say(led, record, told, clock.now());
  }
  if (blindMs >= (isDone ? policy.comeBackDoneMs : policy.unreachableMs)) {
    const failure = attempt.failure ?? 'interruption';
    const given = { ...attempt, failure, reason: attempt.reason || record.reason } as const;
    return await interrupted(led, record, { attempt: given, instanceId }, record.reason);
  }
  const instance = view.instances.find(({ id }) => id === instanceId);
  if (!instance) return undefined;
  const rebootMs = (policy.unreachableMs * (isDone ? 1 : 2)) / 3;
  const acts = createBootActs({ client, log });
  const target = { rental, instance, signal };
  if (blindMs >= rebootMs) {
    await once(led, record, 'reboot', async () => {
      if (!(await acts.reboot(target, 'its job cannot enter it'))) throw new Error('the reboot was refused');
    });
  }
  // What shut it first may hide that its key is gone, too.
  const why = workplaces.of(instanceId).refusal() ?? record.reason;
  if (blindMs >= KEY_AFTER_MS && /key|auth/i.test(why)) {
    const turn = Math.floor((blindMs - KEY_AFTER_MS) / KEY_AGAIN_MS);
    await once(led, record, `key ${turn}`, () => acts.attach(target, { isAnew: true }));
  }
  return undefined;
}

/** For how long a cancelled job tries to enter its machine, which may hold what it has made. */
function patienceOf({ policy }: LedJob, { job }: JobRecord, isDone: boolean): number {
  if (isDone) return policy.comeBackDoneMs;
  return job.artifacts.length === 0 ? 0 : policy.blindCancelMs;
}

function waitsUntil({
  instanceId,
  isDone,
  untilMs,
}: {
  readonly instanceId: number;
  readonly isDone: boolean;
  readonly untilMs: number;
}): string {
  const until = `is destroyed as it is at ${formatIso(untilMs)} unless it can be entered before`;
  return isDone
    ? `cancelled: instance ${instanceId} holds a finished result and cannot be entered; it ${until}, or by "vd rm ${instanceId}" at once`
    : `cancelled: instance ${instanceId} cannot be entered to end its run and fetch what it made; it ${until}`;
}

/** What is on the machine goes with it. */
async function leaveThere(led: LedJob, record: JobRecord, { attempt }: Placed): Promise<JobStep> {
  const { change, clock } = led;
  const reason = 'cancelled while its machine could not be entered';
  const endedAtMs = attempt.endedAtMs ?? Math.trunc(clock.now());
  const next = await change(
    record,
    { status: 'fetching', reason: `${reason}: it is destroyed as it is` },
    { attempt: { ...attempt, endedAtMs, brought: true, reason } },
  );
  return { record: next, nextAtMs: clock.now() };
}

/** Once in a spell of `unknown`, whoever leads; what was refused is tried again by the next step. */
async function once(
  { store, log, signal }: LedJob,
  { id, sinceMs }: JobRecord,
  what: string,
  act: () => Promise<void>,
): Promise<void> {
  const { effect } = createEffects({ store, log });
  const acted = () => act().then(() => true);
  try {
    await effect(`job ${id} ${what} ${sinceMs}`, acted, async () => ({ kind: 'did-not-happen' }));
  } catch (error) {
    signal.throwIfAborted();
    log.warn('a machine that cannot be entered was not helped', { job: id, what, error });
  }
}
