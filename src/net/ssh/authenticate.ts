// The SSH handshake on an open socket: host key, then the agent's keys and ours in turn, then the password.
import type { Socket } from 'node:net';
import ssh2, { type AnyAuthMethod, type Client } from 'ssh2';
import type { Secret } from '../../base/std/index.ts';
import { AuthRefusedError, ConnectRefusedError, type RemoteError } from './errors.ts';
import { checkHostKey, type HostKeyPolicy } from './host-key.ts';

export interface Identity {
  readonly username: string;
  /** The socket of an agent. */
  readonly agent?: string | undefined;
  readonly privateKeys: readonly Secret[];
  readonly password?: Secret | undefined;
}

interface Handshake {
  /** How the machine is called in errors: `root@host:port`. */
  readonly target: string;
  readonly identity: Identity;
  readonly hostKey: HostKeyPolicy;
  readonly signal: AbortSignal;
}

/**
 * Resolves to a client that may open sessions. Rejects with AuthRefusedError, HostKeyChangedError,
 * ConnectRefusedError (the other side hung up or speaks no SSH) or the signal's reason; the socket is
 * destroyed then.
 */
export async function authenticate(socket: Socket, handshake: Handshake): Promise<Client> {
  const { target, identity, hostKey, signal } = handshake;
  const client = new ssh2.Client();
  // ssh2 emits several errors for one fault, also after we have turned away; unheard they end the process.
  client.on('error', () => {});
  try {
    await new Promise<void>((resolve, reject) => {
      signal.throwIfAborted();
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      client.once('ready', resolve);
      client.on('error', (cause: FaultOfSsh2) => {
        // An agent that is not there is no reason not to try the keys, which ssh2 does next.
        if (cause.level !== 'agent') reject(nameFault(target, identity, cause));
      });
      client.once('close', () =>
        reject(new ConnectRefusedError(`${target} hung up before the SSH handshake was done`)),
      );
      client.connect({
        sock: socket,
        username: identity.username,
        authHandler: methodsInTurn(identity),
        // Both timers are ours: the caller's signal ends the handshake, and `Connection` keeps it alive.
        readyTimeout: 0,
        keepaliveInterval: 0,
        hostVerifier: (key: Buffer, verify: (isTrusted: boolean) => void) => {
          checkHostKey(target, hostKey, key).then(
            () => verify(true),
            (error: unknown) => {
              reject(error);
              verify(false);
            },
          );
        },
      });
    });
    return client;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

interface FaultOfSsh2 extends Error {
  readonly level?: string;
}

/** `none` is not among them: it would count as one of the few tries that a server allows. */
function methodsInTurn({ username, agent, privateKeys, password }: Identity): AnyAuthMethod[] {
  const methods: AnyAuthMethod[] = agent === undefined ? [] : [{ type: 'agent', username, agent }];
  for (const key of privateKeys) methods.push({ type: 'publickey', username, key: key.reveal() });
  if (password) methods.push({ type: 'password', username, password: password.reveal() });
  return methods;
}

function nameFault(
  target: string,
  { agent, privateKeys, password }: Identity,
  cause: FaultOfSsh2,
): RemoteError {
  if (cause.level === 'client-authentication' || /authentication failures/i.test(cause.message)) {
    const keys = `${privateKeys.length} key${privateKeys.length === 1 ? '' : 's'}`;
    const tried = `${agent === undefined ? '' : "the agent's keys, "}${keys}${password ? ' and the password' : ''}`;
    return new AuthRefusedError(`${target} refused ${tried}; attach the key to the machine and try again`, {
      cause,
    });
  }
  return new ConnectRefusedError(`${target} broke off the SSH handshake: ${cause.message}`, { cause });
}
