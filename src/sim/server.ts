// The simulator on loopback sockets: the API on one port, the control port beside it. Stopping closes every
// socket at once, also those whose request hangs.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { freshSeed } from '../base/std/index.ts';
import { type ControlDeps, createControl } from './control.ts';
import type { SimServer } from './types.ts';

export interface ServeDeps {
  readonly handle: (request: Request, signal: AbortSignal) => Promise<Response>;
  readonly apiKey: string;
  readonly control: ControlDeps;
}

export interface ServeOptions {
  readonly port?: number;
  readonly host?: string;
}

/** Rejects with Node's error when the port is taken. */
export async function serveSim(
  { handle, apiKey, control }: ServeDeps,
  options: ServeOptions,
): Promise<SimServer> {
  const { port = 0, host = '127.0.0.1' } = options;
  const stopping = new AbortController();
  const controlToken = freshSeed() + freshSeed();
  const api = listenable(async (request, gone) => {
    const signal = AbortSignal.any([gone, stopping.signal]);
    try {
      return await handle(request, signal);
    } catch (error) {
      // The caller is gone or the server stops: nobody reads this answer.
      if (signal.aborted) return new Response(null, { status: 499 });
      throw error;
    }
  });
  const controlApp = createControl(control, controlToken);
  const controlServer = listenable(async (request) => await controlApp.fetch(request));
  const url = await listen(api, port, host);
  let controlUrl: string;
  try {
    controlUrl = await listen(controlServer, 0, host);
  } catch (error) {
    await close(api);
    throw error;
  }
  let stopped: Promise<void> | undefined;
  return {
    url,
    apiKey,
    controlUrl,
    controlToken,
    stop: () => {
      stopping.abort(new Error('The simulator has stopped'));
      stopped ??= Promise.all([close(api), close(controlServer)]).then(() => {});
      return stopped;
    },
  };
}

type Answer = (request: Request, gone: AbortSignal) => Promise<Response>;

function listenable(answer: Answer): Server {
  return createAdaptorServer({
    overrideGlobalObjects: false,
    fetch: (request, { outgoing }) => {
      const gone = new AbortController();
      outgoing.once('close', () => gone.abort(new Error('The caller has gone away')));
      return answer(request, gone.signal);
    },
  }) as Server;
}

async function listen(server: Server, port: number, host: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { address, port: taken, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
