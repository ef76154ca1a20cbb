// The port on which a machine answers SSH: listening, counting bytes, and the faults that strike connections.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Connection } from 'ssh2';
import ssh2 from 'ssh2';
import type { Clock, Log } from '../../base/std/index.ts';
import { judgeLogin, type LoginRules, loginMethods } from './login.ts';
import { serveForwards } from './port-forwards.ts';
import { type SessionHost, serveSession } from './session.ts';
import { slowLink } from './slow-link.ts';
import type { MachineFault, Traffic } from './types.ts';

export interface SshFrontOptions {
  readonly host: string;
  /** Asked for; 0 or a port that is taken gets another one. */
  readonly port: number;
  readonly hostKey: string;
  readonly login: LoginRules;
  readonly sessions: SessionHost;
  readonly clock: Clock;
  readonly log: Log;
  readonly hasFault: (fault: MachineFault) => boolean;
}

export interface SshFront {
  readonly port: number;
  traffic(): Traffic;
  /** Tells connections that are open already. */
  faultBegan(fault: MachineFault): void;
  faultEnded(fault: MachineFault): void;
  close(): Promise<void>;
}

/** The name that clients see. Some read `OpenSSH` in it and send larger packets, as they do to real machines. */
const SOFTWARE = 'OpenSSH_9.2p1 vastdeck-sim';

/** Vast.ai's servers greet every client before it logs in; ssh prints it on stderr. */
const BANNER = 'If authentication fails, try again after a few seconds, and check your SSH key.\r\n';

/** sshd's MaxAuthTries. */
const LOGIN_TRIES_MAX = 6;

/** `reset-mid-transfer` lets a connection carry this much. */
const RESET_AFTER_BYTES = 1024 * 1024;

/**
 * Clients take the first of their own list that the server has too, and OpenSSH's begins with ChaCha20 and the
 * counter modes, which are slow in JavaScript: scp of 200 MB took 1.2 to 1.8 s by ChaCha20, 1.1 to 1.5 by AES-CTR and
 * 0.7 to 1.1 by AES-GCM (Node 24.21, two busy cores, 2026-11). So they are left out, and OpenSSH takes AES-GCM; the
 * last two are for libraries that do not know it.
 */
const CIPHERS = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-cbc', 'aes256-cbc'] as const;

export async function openSshFront(options: SshFrontOptions): Promise<SshFront> {
  const { clock, log, hasFault, login } = options;
  const server = new ssh2.Server(
    {
      hostKeys: [options.hostKey],
      banner: BANNER,
      ident: SOFTWARE,
      algorithms: { cipher: [...CIPHERS] },
    },
    (connection, { ip, port: clientPort }) => serveConnection(connection, `${ip} ${clientPort}`),
  );
  const open = new Map<Socket, { resetAtBytes: number; isServed: boolean }>();
  const closed = { inBytes: 0, outBytes: 0 };
  const carried = (socket: Socket) => socket.bytesRead + socket.bytesWritten;
  const front = createServer((socket) => {
    const state = { resetAtBytes: RESET_AFTER_BYTES, isServed: false };
    open.set(socket, state);
    socket.setNoDelay(true);
    socket.on('error', (error) => log.debug('an SSH connection broke', { error }));
    socket.once('close', () => {
      open.delete(socket);
      closed.inBytes += socket.bytesRead;
      closed.outBytes += socket.bytesWritten;
    });
    // Accepted and never answered.
    if (hasFault('stuck-tunnel')) return void socket.pause();
    state.isServed = true;
    writeTogether(socket);
    server.injectSocket(hasFault('slow') ? (slowLink(socket, clock) as Socket) : socket);
    socket.on('data', () => {
      if (hasFault('reset-mid-transfer') && carried(socket) > state.resetAtBytes) socket.resetAndDestroy();
    });
  });
  const port = await listen(front, options);
  front.on('error', (error) => log.warn('the SSH port of a machine has a fault', { error }));
  return {
    port,
    traffic: () => {
      let { inBytes, outBytes } = closed;
      for (const socket of open.keys()) {
        inBytes += socket.bytesRead;
        outBytes += socket.bytesWritten;
      }
      return { inBytes, outBytes };
    },
    faultBegan: (fault) => {
      for (const [socket, state] of open) {
        if (fault === 'reset-mid-transfer') state.resetAtBytes = carried(socket) + RESET_AFTER_BYTES;
        if (fault === 'stuck-tunnel') socket.pause();
      }
    },
    faultEnded: (fault) => {
      if (fault !== 'stuck-tunnel') return;
      for (const [socket, { isServed }] of open) {
        if (isServed) socket.resume();
        // Nobody has ever answered on it: its client has to come again.
        else socket.destroy();
      }
    },
    close: async () => {
      for (const socket of open.keys()) socket.destroy();
      await new Promise<void>((resolve) => front.close(() => resolve()));
    },
  };

  function serveConnection(connection: Connection, client: string): void {
    const { sessions, host } = options;
    const origin = { SSH_CLIENT: `${client} ${port}`, SSH_CONNECTION: `${client} ${host} ${port}` };
    const env = () => ({ ...sessions.env(), ...origin });
    let tries = 0;
    connection.on('error', (error: Error) => log.debug('an SSH connection failed', { error }));
    connection.on('authentication', (context) => {
      const rules = hasFault('refuse-key') ? { ...login, keys: () => [] } : login;
      if (judgeLogin(context, rules) === 'accept') return context.accept();
      if (context.method !== 'none') tries += 1;
      if (tries >= LOGIN_TRIES_MAX) return void connection.end();
      context.reject(loginMethods(login));
    });
    connection.on('session', (accept) => serveSession(accept(), { ...sessions, env }));
    serveForwards(connection, { host, log });
  }
}

/**
 * ssh2 writes each packet in three pieces. Those of one turn go to the kernel in one call: SFTP reads took twice the
 * time without it.
 */
function writeTogether(socket: Socket): void {
  const write = socket.write.bind(socket);
  socket.write = ((bytes: Buffer) => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    return write(bytes);
  }) as Socket['write'];
}

/** Takes the port asked for, or any when another program has it. */
async function listen(front: ReturnType<typeof createServer>, options: SshFrontOptions): Promise<number> {
  const { host, port, log } = options;
  const tryPort = (wanted: number) =>
    new Promise<void>((resolve, reject) => {
      front.once('error', reject);
      front.listen(wanted, host, () => {
        front.off('error', reject);
        resolve();
      });
    });
  try {
    await tryPort(port);
  } catch (error) {
    if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    log.warn('the SSH port of a machine was taken while it stood still; it gets another one', { port });
    await tryPort(0);
  }
  return (front.address() as AddressInfo).port;
}
