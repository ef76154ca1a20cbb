// unknown: a machine that is listed as running and cannot be entered. Its key is attached once more, it is rebooted, and
// at last given up; each only while the service answers, since who is offline learns nothing of a machine.
import { createEffects } from '../../../base/ledger/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import { createBootActs, type Rental } from '../../rental/index.ts';
import type { JobRecord } from '../records/index.ts';
import type { JobStep, LedJob } from './context.ts';
import { giveBack } from './give-back.ts';
import { spentOf } from './money.ts';
import { interrupted, type Placed } from './run-end.ts';

const VIEW_MS = 60_000;
/** A key that is refused for longer was not just late. */
const KEY_AFTER_MS = 60_000;

/** What is done instead of another try to enter it; undefined for that. */
export async function rescue(
  led: LedJob,
  record: JobRecord,
  placed: Placed,
  rental: Rental,
): Promise<JobStep | undefined> {
  const { watcher, clock, policy, signal, blindness, change } = led;
  const { attempt, instanceId } = placed;
  const view = await watcher.refresh({
    startedAfterMs: clock.now() - VIEW_MS,
    signal,
    priority: 'controller',
  });
  const blindMs = blindness.lastedMs(record, view.complete);
  const isDone = attempt.exitCode === 0;
  if (record.cancelAskedAtMs !== undefined && !isDone && blindMs >= policy.blindCancelMs) {
    const given = await giveBack(led, rental.id, 'its job was cancelled, and it cannot be entered');
    if (!given.isGone) return { record, nextAtMs: given.nextAtMs };
    const spent = await spentOf({ ...led, nowMs: clock.now() }, record);
    const reason = 'cancelled while its machine could not be entered';
    return { record: await change(record, { status: 'cancelled', reason, spent }), nextAtMs: clock.now() };
  }
  if (blindMs >= (isDone ? policy.comeBackDoneMs : policy.unreachableMs)) {
    const failure = attempt.failure ?? 'interruption';
    const given = { ...attempt, failure, reason: attempt.reason || record.reason } as const;
    return await interrupted(led, record, { attempt: given, instanceId }, record.reason);
  }
  const instance = view.instances.find(({ id }) => id === instanceId);
  if (!instance) return undefined;
  const rebootMs = (policy.unreachableMs * (isDone ? 1 : 2)) / 3;
  if (blindMs >= rebootMs) await once(led, record, 'reboot', { rental, instance });
  else if (blindMs >= KEY_AFTER_MS && /key|auth/i.test(record.reason)) {
    await once(led, record, 'key', { rental, instance });
  }
  return undefined;
}

/** Once in a spell of `unknown`, whoever leads. */
async function once(
  { client, store, log, signal }: LedJob,
  { id, sinceMs }: JobRecord,
  what: 'reboot' | 'key',
  { rental, instance }: { readonly rental: Rental; readonly instance: Instance },
): Promise<void> {
  const acts = createBootActs({ client, log });
  const target = { rental, instance, signal };
  const act = async (): Promise<boolean> => {
    if (what === 'reboot') return await acts.reboot(target, 'its job cannot enter it');
    await acts.attach(target, { isAnew: true });
    return true;
  };
  const { effect } = createEffects({ store, log });
  await effect(`job ${id} ${what} ${sinceMs}`, act, async () => ({ kind: 'did-not-happen' }));
}
