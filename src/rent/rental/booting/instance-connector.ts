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
import { createHostKeys, type HostKeys } from './host-keys.ts';

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
  readonly store: Store;
  /** Under which host keys are pinned. */
  readonly account: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Rejects with what tells most of all ways that were tried: HostKeyChangedError at once, else AuthRefusedError (it is
 * there and does not know the key), ConnectRefusedError (nothing listens on some way), ConnectTimeoutError (something
 * does, and says nothing); KeyFormatError for a key that cannot be read, and the signal's reason.
 */
export function createInstanceConnector(options: InstanceConnectorOptions): ConnectInstance {
  const { privateKeys, store, account, clock, log } = options;
  const hostKeys = createHostKeys({ store, account });
  return async (instance, { signal, timeoutMs } = {}) => {
    const { direct, proxy } = instance.ssh;
    const ways = [
      { way: 'direct', address: direct },
      { way: 'proxy', address: proxy },
    ].flatMap(({ way, address }) => (address ? [{ way, address }] : []));
    const failures: RemoteError[] = [];
    for (const { way, address } of ways) {
      try {
        return await enter({ hostKeys, privateKeys, clock, log }, instance.id, address, {
          signal,
          timeoutMs,
        });
      } catch (error) {
        const isFinal = error instanceof HostKeyChangedError || !isPassing(error);
        if (isFinal) throw error;
        log.debug('a way into an instance is closed', { instance: instance.id, way, error: error.message });
        failures.push(error);
      }
    }
    throw worst(instance.id, failures);
  };
}

interface Means {
  readonly hostKeys: HostKeys;
  readonly privateKeys: readonly Secret[];
  readonly clock: Clock;
  readonly log: Log;
}

async function enter(
  { hostKeys, privateKeys, clock, log }: Means,
  instanceId: number,
  { host, port }: Address,
  { signal, timeoutMs }: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number | undefined },
): Promise<RemoteShell> {
  const pinned = await hostKeys.pinned(instanceId);
  let seen: HostKey | undefined;
  const shell = await connectShell({
    host,
    port,
    username: 'root',
    privateKeys,
    clock,
    log,
    ...(signal && { signal }),
    ...(timeoutMs !== undefined && { connectTimeoutMs: timeoutMs }),
    hostKey:
      pinned === undefined
        ? {
            kind: 'first-use',
            pin: (key) => {
              seen = key;
            },
          }
        : { kind: 'pinned', fingerprint: pinned },
  });
  if (!seen) return shell;
  try {
    // Only now: a port that led to somebody else's machine refuses our key, and must not be what we trust from then on.
    await hostKeys.pin(instanceId, `root@${host}:${port}`, seen);
    return shell;
  } catch (error) {
    await shell.close();
    throw error;
  }
}

/** Another way may be open. */
function isPassing(error: unknown): error is RemoteError {
  return (
    error instanceof AuthRefusedError ||
    error instanceof ConnectRefusedError ||
    error instanceof ConnectTimeoutError
  );
}

const MOST_TELLING = [AuthRefusedError, ConnectRefusedError, ConnectTimeoutError] as const;

function worst(instanceId: number, failures: readonly RemoteError[]): RemoteError {
  for (const Kind of MOST_TELLING) {
    const found = failures.find((failure) => failure instanceof Kind);
    if (found) return found;
  }
  return new ConnectRefusedError(
    `Instance ${instanceId} has no SSH port, neither its own nor one at the proxy; is it running, and launched with SSH?`,
  );
}
