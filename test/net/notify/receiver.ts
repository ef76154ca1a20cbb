// The far end of the internet on loopback: a real HTTP server that answers by script and keeps what it was sent.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type ScriptedAnswer =
  | { readonly status?: number; readonly body?: string; readonly headers?: Record<string, string> }
  /** Nothing ever comes back; or the head alone; or the connection breaks. */
  | 'hang'
  | 'head-only'
  | 'reset';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly received: readonly Received[];
  /** What comes next; the last repeats. */
  answer(...answers: ScriptedAnswer[]): void;
  /** Resolves when that many requests have come in all. */
  came(count: number): Promise<void>;
  /** From then on connections are refused. */
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let script: ScriptedAnswer[] = [{ status: 200, body: '' }];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body });
      const answer = (script.length > 1 ? script.shift() : script[0]) ?? {};
      server.emit('received');
      if (answer === 'hang') return;
      if (answer === 'reset') return void request.socket.destroy();
      if (answer === 'head-only') return void response.writeHead(200).write('{');
      response.writeHead(answer.status ?? 200, answer.headers).end(answer.body ?? '');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (...answers) => {
      script = answers;
    },
    came: async (count) => {
      while (received.length < count) await once(server, 'received');
    },
    close,
  };
}
