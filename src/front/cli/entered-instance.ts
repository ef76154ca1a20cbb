// Entering an instance for a command: with our key, which is attached where the machine does not know it yet.
import { AuthRefusedError, ConnectRefusedError, ConnectTimeoutError } from '../../net/ssh/index.ts';
import type { Instance } from '../../net/vast/index.ts';
import {
  CannotHandleError,
  type EnteredInstance,
  enterInstance,
  type InstanceStatus,
  noteEntered,
  statusOf,
} from '../../rent/rental/index.ts';
import type { Renting } from '../app/index.ts';
import { askConsent } from './consent.ts';
import type { Context } from './context.ts';
import type { Flags } from './flags.ts';
import type { OneInstance } from './one-instance.ts';
import { progressLine } from './output/progress.ts';

const KEY_PATIENCE_MS = 60_000;
const BETWEEN_TRIES_MS = 2_000;

/** That nothing answers says little; what the instance does says why. */
function inState(error: unknown, instance: Instance, shown: string): unknown {
  const isClosed = error instanceof ConnectRefusedError || error instanceof ConnectTimeoutError;
  const state = statusOf(instance);
  if (!isClosed || state === 'running') return error;
  const next = isStanding(state)
    ? `"vastdeck start ${instance.id}" starts it`
    : `wait until it runs; "vastdeck logs ${instance.id} --daemon" tells what it does`;
  return new CannotHandleError(`${shown} is ${state} and cannot be entered: ${next}`);
}

function isStanding(state: InstanceStatus): boolean {
  return state === 'stopped' || state === 'exited' || state === 'failed';
}

/** Undefined when the person did not want our key on it. Throws the errors of `enterInstance` and the service's. */
export async function enter(
  context: Context,
  renting: Renting,
  { instance, rental, shown }: OneInstance,
  flags: Flags,
): Promise<EnteredInstance | undefined> {
  const { clock, log, terminal } = context;
  const signal = terminal.interrupted;
  const { store, client, sshKey } = renting;
  const account = renting.account.account;
  const options = { store, account, privateKeys: [sshKey.privateKey], clock, log };
  const progress = progressLine(context, { plainEveryMs: 'never' });
  const done = async (entered: EnteredInstance) => {
    await noteEntered({ store, account }, instance.id);
    return entered;
  };
  try {
    progress.show(`entering ${shown}…`);
    return await done(await enterInstance(options, instance, { signal }));
  } catch (error) {
    if (!(error instanceof AuthRefusedError)) throw inState(error, instance, shown);
  } finally {
    progress.end();
  }
  // One of ours has lost its key, or has not got it yet; on any other it is for the person to say.
  if (!rental) {
    const plan = `${shown} does not know the SSH key of this install: it will be attached, and opens this instance from here from then on.`;
    if (!(await askConsent(context, flags, { plan }))) return undefined;
  }
  await client.instances.sshKeys.attach(instance.id, sshKey.publicKey, { signal });
  const untilMs = clock.monotonic() + KEY_PATIENCE_MS;
  try {
    for (;;) {
      progress.show(`our key was attached to ${shown}; waiting until it is known there…`);
      try {
        return await done(await enterInstance(options, instance, { signal }));
      } catch (error) {
        if (!(error instanceof AuthRefusedError) || clock.monotonic() > untilMs) throw error;
        await clock.sleep(BETWEEN_TRIES_MS, signal);
      }
    }
  } finally {
    progress.end();
  }
}
