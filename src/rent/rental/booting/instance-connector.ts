// The way into an instance: its own port on the machine's address, then the service's proxy, with its host key pinned.
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
import { createHostKeys } from './host-keys.ts';

export interface ConnectInstanceOptions {
  readonly signal?: AbortSignal;
  /** For each way in; default 20 s. */
  readonly timeoutMs?: number;
}

/** A new connection each time: only a fresh handshake tells that an instance can be entered. */
export type ConnectInstance = (
  instance: Pick<Instance, 'id' | 'ssh'>,
  options?: ConnectInstanceOptions,
) => Promise<RemoteShell>;

export interface InstanceConnectorOptions {
  /** Tried in this order; a server allows about six tries, so give few. */
  readonly privateKeys: readonly Secret[];
  /** Socket of an SSH agent, whose keys are tried first. */
  readonly agent?: string;
  /** Tried after the keys. */
  readonly password?: Secret;
  readonly store: Store;
  /** Under which host keys are pinned. */
  readonly account: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** A way that was open, and the whole host key, which OpenSSH wants to know beforehand. */
export interface EnteredInstance {
  readonly shell: RemoteShell;
  readonly address: Address;
  readonly way: 'direct' | 'proxy';
  readonly hostKey: HostKey;
}

/** As `enterInstance`, for those who need the shell alone. */
export function createInstanceConnector(options: InstanceConnectorOptions): ConnectInstance {
  return async (instance, asked) => (await enterInstance(options, instance, asked)).shell;
}

/**
 * Its own port, then the proxy. A host key that was pinned has to be the same; one that is seen for the first time is
 * pinned once our key was taken. Rejects with what tells most of all ways that were tried: HostKeyChangedError at once,
 * else AuthRefusedError (it is there and does not know the key), ConnectRefusedError (nothing listens on some way),
 * ConnectTimeoutError (something does, and says nothing); KeyFormatError for a key that cannot be read, and the signal's
 * reason.
 */
export async function enterInstance(
  options: InstanceConnectorOptions,
  instance: Pick<Instance, 'id' | 'ssh'>,
  asked: ConnectInstanceOptions = {},
): Promise<EnteredInstance> {
  const failures: RemoteError[] = [];
  for (const way of ['direct', 'proxy'] as const) {
    const address = instance.ssh[way];
    if (!address) continue;
    try {
      return { ...(await enterBy(options, instance.id, address, asked)), address, way };
    } catch (error) {
      if (!isPassing(error)) throw error;
      options.log.debug('a way into an instance is closed', {
        instance: instance.id,
        way,
        error: error.message,
      });
      failures.push(error);
    }
  }
  throw mostTelling(instance.id, failures);
}

async function enterBy(
  { store, account, privateKeys, agent, password, clock, log }: InstanceConnectorOptions,
  instanceId: number,
  { host, port }: Address,
  { signal, timeoutMs }: ConnectInstanceOptions,
): Promise<Pick<EnteredInstance, 'shell' | 'hostKey'>> {
  const hostKeys = createHostKeys({ store, account });
  const pinned = await hostKeys.pinned(instanceId);
  const target = `root@${host}:${port}`;
  let hostKey: HostKey | undefined;
  const shell = await connectShell({
    host,
    port,
    username: 'root',
    privateKeys,
    ...(agent !== undefined && { agent }),
    ...(password && { password }),
    clock,
    log,
    ...(signal && { signal }),
    ...(timeoutMs !== undefined && { connectTimeoutMs: timeoutMs }),
    hostKey: {
      kind: 'first-use',
      pin: (key) => {
        if (pinned !== undefined && pinned !== key.fingerprint) {
          throw new HostKeyChangedError(target, pinned, key.fingerprint);
        }
        hostKey = key;
      },
    },
  });
  try {
    if (!hostKey) throw new ConnectRefusedError(`${target} showed no host key`);
    // Only now: a port that led to somebody else's machine refuses our key, and must not be what we trust from then on.
    if (pinned === undefined) await hostKeys.pin(instanceId, target, hostKey);
    return { shell, hostKey };
  } catch (error) {
    await shell.close();
    throw error;
  }
}

/** Another way may be open; the most telling first. */
const PASSING = [AuthRefusedError, ConnectRefusedError, ConnectTimeoutError] as const;

function isPassing(error: unknown): error is RemoteError {
  return !(error instanceof HostKeyChangedError) && PASSING.some((Kind) => error instanceof Kind);
}

function mostTelling(instanceId: number, failures: readonly RemoteError[]): RemoteError {
  for (const Kind of PASSING) {
    const found = failures.find((failure) => failure instanceof Kind);
    if (found) return found;
  }
  return new ConnectRefusedError(
    `Instance ${instanceId} has no SSH port, neither its own nor one at the proxy: it does not run, or was launched without SSH ("vd ps" tells its state)`,
  );
}
