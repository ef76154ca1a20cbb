// A RemoteShell over a real SSH connection.
import type { Clock, Log, Secret } from '../../base/std/index.ts';
import { silentLog } from '../../base/std/index.ts';
import { authenticate } from './authenticate.ts';
import { Connection } from './connection.ts';
import { ConnectTimeoutError } from './errors.ts';
import type { HostKeyPolicy } from './host-key.ts';
import { readPrivateKey } from './keys.ts';
import { openSocket } from './open-socket.ts';
import type { RemoteShell } from './remote-shell.ts';
import { createSshShell } from './ssh-shell.ts';

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** Tried in this order. A server allows about six tries, so give few. */
  readonly privateKeys?: readonly Secret[];
  /** Socket of an SSH agent, whose keys are tried before those above. One that does not answer is passed over. */
  readonly agent?: string;
  /** Tried after the keys. */
  readonly password?: Secret;
  readonly hostKey: HostKeyPolicy;
  readonly clock: Clock;
  readonly log?: Log;
  /** Ends the attempt to connect with its reason; has no meaning once connected. */
  readonly signal?: AbortSignal;
  /** From the first packet to the open session; default 20 s. */
  readonly connectTimeoutMs?: number;
  /** The connection is lost after four such intervals without a byte from the other side; default 15 s, 0 never. */
  readonly keepaliveMs?: number;
}

const CONNECT_TIMEOUT_MS = 20_000;
const KEEPALIVE_MS = 15_000;

/**
 * Connects and logs in. Rejects with ConnectRefusedError, ConnectTimeoutError, AuthRefusedError,
 * HostKeyChangedError, KeyFormatError or the signal's reason.
 */
export async function connectShell(options: ConnectOptions): Promise<RemoteShell> {
  const { host, port, username, hostKey, clock, log = silentLog } = options;
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS, keepaliveMs = KEEPALIVE_MS } = options;
  const target = `${username}@${host}:${port}`;
  // ssh2 skips a key that it cannot read, which would look as if the machine refused it.
  for (const key of options.privateKeys ?? []) readPrivateKey(key);
  const controller = new AbortController();
  const onAbort = () => controller.abort(options.signal?.reason);
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const timer = clock.setTimer(connectTimeoutMs, () =>
    controller.abort(new ConnectTimeoutError(`${target} gave no session within ${connectTimeoutMs} ms`)),
  );
  try {
    const socket = await openSocket({ host, port }, controller.signal);
    const client = await authenticate(socket, {
      target,
      identity: {
        username,
        agent: options.agent,
        privateKeys: options.privateKeys ?? [],
        password: options.password,
      },
      hostKey,
      signal: controller.signal,
    });
    log.debug('ssh connected', { target });
    return createSshShell(new Connection({ client, socket, target, clock, log, keepaliveMs }));
  } finally {
    timer.cancel();
    options.signal?.removeEventListener('abort', onAbort);
  }
}
