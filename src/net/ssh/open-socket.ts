// The TCP connection under an SSH connection, opened by us so that each way it can go wrong gets its name.
import { connect, type Socket } from 'node:net';
import { ConnectRefusedError } from './errors.ts';

/** Resolves to a connected socket; rejects with ConnectRefusedError, or with the signal's reason. */
export function openSocket(
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // ssh2 leaves Nagle's algorithm on; small requests then wait for the acknowledgement of those before.
    const socket = connect({ host, port, noDelay: true });
    const onAbort = () => {
      socket.destroy();
      reject(signal.reason);
    };
    const onError = (cause: NodeJS.ErrnoException) => {
      signal.removeEventListener('abort', onAbort);
      reject(
        new ConnectRefusedError(`${host}:${port} does not answer: ${sayWhy(cause)}`, {
          cause,
        }),
      );
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      // From here on errors are seen by the SSH client; this one keeps an early one from ending the process.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

function sayWhy(cause: NodeJS.ErrnoException): string {
  switch (cause.code) {
    case 'ECONNREFUSED':
      return 'nothing listens on the port (yet)';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name is not known';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'no way leads there';
    default:
      return cause.message || (cause.code ?? 'unknown reason');
  }
}
