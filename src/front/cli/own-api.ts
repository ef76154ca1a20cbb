// The routes in this process, over the store of this home. Only what reads it is open from the start; what needs the service
// or a key is opened by the first route that asks for it, and closed with the rest.
import { freshSeed, Secret } from '../../base/std/index.ts';
import { createJobRecords } from '../../rent/jobs/index.ts';
import { openInstall, type PartName } from '../app/index.ts';
import {
  callApp,
  createDaemonClient,
  createEventHub,
  createOwnApp,
  type DaemonClient,
  loadOwnApp,
} from '../http/index.ts';
import { actingPerson } from './acting-person.ts';
import { openBooksHere } from './books-here.ts';
import type { Context } from './context.ts';
import { jobFilesOf } from './job-files.ts';
import type { JobsSession } from './jobs-session.ts';
import { storedAccount } from './stored-account.ts';
import { VERSION } from './version.ts';

/** Not a socket's: requests never leave the process. */
const ADDRESS = 'http://127.0.0.1';

export interface ApiOptions {
  /** A daemon without this part does not fit. */
  readonly needs?: PartName;
  /** What asks the service where no daemon does, for whoever has one open already; default one is opened when a route needs it. */
  readonly session?: () => Promise<JobsSession>;
}

export interface OwnApi {
  readonly client: DaemonClient;
  readonly close: () => Promise<void>;
}

export async function openOwnApi(context: Context, options: ApiOptions): Promise<OwnApi> {
  const { config, clock, random, log, terminal } = context;
  await using opened = new AsyncDisposableStack();
  const books = opened.use(await openBooksHere(context));
  const hub = opened.use(createEventHub({ store: books.store, clock, log }));
  let account = await storedAccount(context, books);
  // Closed before the books are.
  const later = opened.use(new AsyncDisposableStack());
  const openHere = async () => {
    const { openJobsSession } = await import('./jobs-session.ts');
    return later.use(await openJobsSession(context));
  };
  let session: Promise<JobsSession> | undefined;
  const openSession = async (): Promise<JobsSession> => {
    session ??= (options.session ?? openHere)();
    const found = await session;
    account = found.renting.account.account;
    return found;
  };
  const token = () => new Secret(freshSeed() + freshSeed() + freshSeed());
  const tokens = { full: token(), read: token() };
  const app = createOwnApp({
    ...books,
    jobRecords: createJobRecords(books.store),
    jobFiles: jobFilesOf(context),
    install: () => openInstall(config.home.value, random),
    account: () => account,
    baseUrl: config.baseUrl.value,
    service: async () => {
      const { renting } = await openSession();
      const { client, watcher, controller } = renting;
      return { account: renting.account.account, client, watcher, controller };
    },
    jobs: async () => (await openSession()).jobs,
    // Who watches runs from here has a monitor of their own at hand.
    monitor: undefined,
    market: async () => {
      const { createMarketSummary } = await import('./market-summary.ts');
      return await createMarketSummary(context).read();
    },
    latestPoll: () => undefined,
    parts: () => [],
    hub,
    tokens,
    hostNames: [],
    version: VERSION,
    pid: terminal.pid,
    startedAtMs: clock.now(),
    clock,
    log,
  });
  const client = createDaemonClient({
    address: ADDRESS,
    token: tokens.full,
    who: actingPerson(terminal),
    signal: terminal.interrupted,
    ...callApp(app),
  });
  const kept = opened.move();
  return { client, close: () => kept.disposeAsync() };
}

/** All that it loads when it is asked for, at once: for processes that live long enough for these files to be replaced. */
export async function loadOwnApi(): Promise<void> {
  await Promise.all([loadOwnApp(), import('./jobs-session.ts'), import('./market-summary.ts')]);
}
