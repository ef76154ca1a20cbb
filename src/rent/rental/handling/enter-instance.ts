// Into an instance for a person: the way that is open, and the whole host key, which OpenSSH wants to know beforehand.
import type { Clock, Log, Secret } from '../../../base/std/index.ts';
import type { Store } from '../../../base/store/index.ts';
import {
  AuthRefusedError,
  ConnectRefusedError,
  ConnectTimeoutError,
  connectShell,
  type HostKey,
  HostKeyChangedError,
  type RemoteError,
  type RemoteShell,
} from '../../../net/ssh/index.ts';
import type { Address, Instance } from '../../../net/vast/index.ts';
import { createHostKeys } from '../booting/index.ts';

export interface EnterOptions {
  readonly store: Store;
  readonly account: string;
  readonly privateKey: Secret;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

export interface Entered {
  readonly shell: RemoteShell;
  readonly address: Address;
  readonly way: 'direct' | 'proxy';
  readonly hostKey: HostKey;
}

const WAY_TIMEOUT_MS = 15_000;

/**
 * Its own port, then the proxy. A host key that was pinned has to be the same; one that is seen for the first time is
 * pinned once our key was taken. Rejects with HostKeyChangedError at once, else with the most telling of AuthRefusedError,
 * ConnectRefusedError and ConnectTimeoutError, and with the signal's reason.
 */
export async function enterInstance(
  options: EnterOptions,
  instance: Pick<Instance, 'id' | 'ssh'>,
): Promise<Entered> {
  const failures: RemoteError[] = [];
  for (const way of ['direct', 'proxy'] as const) {
    const address = instance.ssh[way];
    if (!address) continue;
    try {
      return { ...(await enterBy(options, instance.id, address)), address, way };
    } catch (error) {
      const isPassing = PASSING.some((Kind) => error instanceof Kind);
      if (!isPassing) throw error;
      options.log.debug('a way into an instance is closed', { instance: instance.id, way, error });
      failures.push(error as RemoteError);
    }
  }
  for (const Kind of PASSING) {
    const found = failures.find((failure) => failure instanceof Kind);
    if (found) throw found;
  }
  throw new ConnectRefusedError(
    `Instance ${instance.id} has no SSH port, neither its own nor one at the proxy: it does not run, or was launched without SSH ("vd ps" tells its state)`,
  );
}

/** Another way may be open; the most telling first. */
const PASSING = [AuthRefusedError, ConnectRefusedError, ConnectTimeoutError] as const;

async function enterBy(
  { store, account, privateKey, clock, log, signal }: EnterOptions,
  instanceId: number,
  { host, port }: Address,
): Promise<Pick<Entered, 'shell' | 'hostKey'>> {
  const hostKeys = createHostKeys({ store, account });
  const pinned = await hostKeys.pinned(instanceId);
  const target = `root@${host}:${port}`;
  let hostKey: HostKey | undefined;
  const shell = await connectShell({
    host,
    port,
    username: 'root',
    privateKeys: [privateKey],
    hostKey: {
      kind: 'first-use',
      pin: (key) => {
        if (pinned !== undefined && pinned !== key.fingerprint) {
          throw new HostKeyChangedError(target, pinned, key.fingerprint);
        }
        hostKey = key;
      },
    },
    clock,
    log,
    connectTimeoutMs: WAY_TIMEOUT_MS,
    ...(signal && { signal }),
  });
  try {
    if (!hostKey) throw new ConnectRefusedError(`${target} showed no host key`);
    // Only now: a port that led to somebody else's machine refuses our key, and must not be trusted from then on.
    if (pinned === undefined) await hostKeys.pin(instanceId, target, hostKey);
    return { shell, hostKey };
  } catch (error) {
    await shell.close();
    throw error;
  }
}
