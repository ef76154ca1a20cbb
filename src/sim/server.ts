// The simulator on loopback sockets: the API on one port, the control port beside it. Stopping closes every
// socket at once, also those whose request hangs.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { freshSeed, SteppedClock } from '../base/std/index.ts';
import { createControl } from './control/control.ts';
import type { ControlDeps } from './control/control-deps.ts';
import { LostAnswer } from './faults/apply-fault.ts';
import { keepTime } from './keep-time.ts';
import { packAnswer } from './pack-answer.ts';
import { isLoopback, type ServeOptions } from './serve-options.ts';
import type { SimServer } from './types.ts';

export interface ServeDeps {
  readonly handle: (request: Request, signal: AbortSignal) => Promise<Response>;
  readonly apiKey: string;
  readonly hostApiKey: string | undefined;
  readonly control: ControlDeps;
}

const WAITS = { longestWaitMs: 1_000, shortestWaitMs: 10 } as const;

/** Rejects with Node's error when the port is taken, with RangeError for an address that is not loopback. */
export async function serveSim(
  { handle, apiKey, hostApiKey, control }: ServeDeps,
  options: ServeOptions,
): Promise<SimServer> {
  const { port = 0, host = '127.0.0.1', isOpenToOthers = false } = options;
  if (!isOpenToOthers && !isLoopback(host)) {
    throw new RangeError(
      `A simulator on ${host} could be reached by others, and it runs what they send; use 127.0.0.1, or say that you understand`,
    );
  }
  const stopping = new AbortController();
  const controlToken = freshSeed() + freshSeed();
  const api = listenable(async (request, gone) => {
    const signal = AbortSignal.any([gone, stopping.signal]);
    try {
      return await packAnswer(await handle(request, signal), request.headers.get('accept-encoding'));
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
  // A stepped clock is moved by whoever steps it.
  const keeper = control.clock instanceof SteppedClock ? undefined : keepTime({ ...control, ...WAITS });
  let stopped: Promise<void> | undefined;
  return {
    url,
    apiKey,
    hostApiKey,
    controlUrl,
    controlToken,
    stop: () => {
      keeper?.stop();
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
    fetch: async (request, { outgoing }) => {
      const gone = new AbortController();
      outgoing.once('close', () => gone.abort(new Error('The caller has gone away')));
      try {
        return await answer(request, gone.signal);
      } catch (error) {
        if (!(error instanceof LostAnswer)) throw error;
        outgoing.destroy();
        return new Response(null, { status: 499 });
      }
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
