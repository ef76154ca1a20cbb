// The routes on a socket.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { HttpApp } from './http-env.ts';

export interface ServeOptions {
  readonly app: HttpApp;
  /** An address of this computer; default `127.0.0.1`. */
  readonly hostname?: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface Served extends AsyncDisposable {
  /** `http://127.0.0.1:4747`, to be asked from this computer. */
  readonly address: string;
}

/** Connections of browsers, scrapers and streams; beyond them the system makes others wait. */
const CONNECTIONS_MAX = 1_000;

/** Rejects with EADDRINUSE and the like. */
export async function serve({ app, hostname = '127.0.0.1', port }: ServeOptions): Promise<Served> {
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
  server.maxConnections = CONNECTIONS_MAX;
  server.listen(port, hostname);
  await once(server, 'listening');
  const { port: given, address, family } = server.address() as AddressInfo;
  const isAny = address === '0.0.0.0' || address === '::';
  const host = isAny ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address;
  return {
    address: `http://${host}:${given}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
