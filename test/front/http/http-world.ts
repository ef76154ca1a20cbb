// The daemon's routes on a real socket of this computer, over a real store and a simulated marketplace with jobs.
import { createRandom, Secret, silentLog } from '../../../src/base/std/index.ts';
import type { PartHealth } from '../../../src/front/app/index.ts';
import type { HttpDeps } from '../../../src/front/http/deps.ts';
import {
  createDaemonClient,
  createEventHub,
  createHttpApp,
  type DaemonClient,
  type EventHub,
  type HttpApp,
  serve,
} from '../../../src/front/http/index.ts';
import { createKeptFiles, jobsFolder } from '../../../src/rent/jobs/index.ts';
import { ACCOUNT, INSTALL } from '../../rent/a-rent-world.ts';
import { aJobWorld, type JobWorld, type JobWorldOptions } from '../../rent/jobs/controller/a-job-world.ts';

export interface HttpWorld extends AsyncDisposable {
  readonly world: JobWorld;
  readonly app: HttpApp;
  readonly hub: EventHub;
  readonly address: string;
  readonly tokens: HttpDeps['tokens'];
  readonly client: DaemonClient;
  /** A request to the socket with the full token. */
  ask(path: string, init?: RequestInit): Promise<Response>;
}

export const PART: PartHealth = {
  name: 'rentals',
  what: 'keeps what is rented',
  status: 'running',
  reason: '',
  sinceMs: 0,
  lastGoodAtMs: 1_000,
  restarts: 0,
  nextTryAtMs: null,
};

export interface HttpWorldOptions extends JobWorldOptions {
  readonly parts?: () => readonly PartHealth[];
  readonly deps?: Partial<HttpDeps>;
  readonly hub?: { readonly stuckMs?: number; readonly readersMax?: number };
}

export async function anHttpWorld(options: HttpWorldOptions = {}): Promise<HttpWorld> {
  await using opened = new AsyncDisposableStack();
  const world = opened.use(await aJobWorld(options));
  const { process: ours, store, clock } = world;
  const hub = opened.use(createEventHub({ store, clock, log: silentLog, ...options.hub }));
  const random = createRandom('tokens');
  const token = () => new Secret(Array.from({ length: 36 }, () => random.int(0, 35).toString(36)).join(''));
  const tokens = { full: token(), read: token() };
  const app = createHttpApp({
    store,
    ledger: ours.ledger,
    records: ours.rentals,
    jobRecords: ours.records,
    jobFiles: createKeptFiles(jobsFolder(world.home)),
    install: () => INSTALL,
    account: () => ACCOUNT,
    baseUrl: 'https://console.vast.ai/api/v0',
    service: async () => ({ ...ours, account: ACCOUNT }),
    jobs: async () => ours.jobs,
    monitor: undefined,
    market: async () => ({
      hasPolls: false,
      isSimulated: null,
      newestPoll: null,
      polls: null,
      observations: null,
      bytes: null,
      gaps: null,
      isCollecting: false,
      blindBecause: null,
    }),
    latestPoll: () => undefined,
    parts: options.parts ?? (() => [PART]),
    hub,
    tokens,
    hostNames: ['my-box'],
    version: '0.0.0',
    pid: 1,
    startedAtMs: clock.now(),
    clock,
    log: silentLog,
    ...options.deps,
  });
  const { address } = opened.use(await serve({ app, port: 0 }));
  const kept = opened.move();
  return {
    world,
    app,
    hub,
    address,
    tokens,
    client: createDaemonClient({ address, token: tokens.full, fetch: globalThis.fetch, who: 'tester' }),
    ask: (path, init = {}) => {
      const headers = new Headers(init.headers);
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${tokens.full.reveal()}`);
      return fetch(`${address}${path}`, { ...init, headers });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
