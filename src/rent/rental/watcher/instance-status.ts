// One word for what an instance is doing, of the four that the service gives.
import type { Instance } from '../../../net/vast/index.ts';

/**
 * `scheduling`: it is meant to run and waits for its GPUs. `outbid`: the same, because others pay more. `failed`: its
 * boot ended in an error and the contract goes on. `lost`: no word from its host.
 */
export const INSTANCE_STATUSES = [
  'creating',
  'loading',
  'running',
  'stopped',
  'scheduling',
  'outbid',
  'exited',
  'failed',
  'rebooting',
  'lost',
  'unknown',
] as const;
export type InstanceStatus = (typeof INSTANCE_STATUSES)[number];

type Facts = Pick<
  Instance,
  'actualStatus' | 'intendedStatus' | 'currentState' | 'isInterruptible' | 'statusMessage'
>;

/** As vast-api documents: a stopped instance is `exited` on the wire, a failed boot `created` and meant to be stopped. */
export function statusOf(instance: Facts): InstanceStatus {
  const { actualStatus, intendedStatus, currentState, isInterruptible } = instance;
  if (actualStatus === 'offline') return 'lost';
  if (intendedStatus === 'running' && currentState === 'stopped') {
    return isInterruptible ? 'outbid' : 'scheduling';
  }
  switch (actualStatus) {
    case null:
      return 'creating';
    case 'created':
    case 'loading':
      if (intendedStatus === 'stopped') return 'failed';
      return actualStatus === 'created' ? 'creating' : 'loading';
    case 'running':
    case 'frozen':
      return 'running';
    case 'stopped':
    case 'exited':
      return intendedStatus === 'stopped' ? 'stopped' : 'exited';
    case 'rebooting':
    case 'recycling':
      return 'rebooting';
    case 'unknown':
      return 'unknown';
  }
}
