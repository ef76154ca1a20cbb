// The daemon put together: what rents, jobs, the monitor, their parts under supervision, and the socket they are asked at.
import type { LogLine } from '../../base/std/index.ts';
import { appendEvents, type NewEvent } from '../../base/store/index.ts';
import {
  type CollectorThread,
  daemonParts,
  identify,
  type JobsApp,
  lockDaemon,
  type MonitoringOptions,
  openDaemonTokens,
  openJobs,
  openMachinePool,
  openMonitor,
  openRenting,
  type PartHealth,
  type PartName,
  type Renting,
  removeDaemonFile,
  type StoredPoll,
  type Supervisor,
  supervise,
  tokenFilesOf,
  writeDaemonFile,
} from '../app/index.ts';
import { createEventHub, createHttpApp, serve } from '../http/index.ts';
import { actingPerson } from './acting-person.ts';
import { startLiveMarket } from './commands/live-market.ts';
import type { Context } from './context.ts';
import type { DaemonWish } from './daemon-flags.ts';
import { UsageError } from './errors.ts';
import type { Flags } from './flags.ts';
import { createMarketSummary } from './market-summary.ts';
import { askAddress } from './origin.ts';
import { groupFor, logFor, thresholdsFor } from './vastdeck-yaml/index.ts';
import { VERSION } from './version.ts';

export interface OpenDaemonOptions {
  readonly wish: DaemonWish;
  /** For the collector. */
  readonly flags: Flags;
  readonly onCollector: (thread: CollectorThread, dir: string) => void;
  readonly onPart: (health: PartHealth) => void;
  readonly writeLog: (line: LogLine) => void;
}

export interface OpenDaemon extends AsyncDisposable {
  readonly supervisor: Supervisor;
  readonly renting: Renting;
  readonly address: string;
}

/** What rents, as a controller: people who wait for an answer go before it. Throws as `openRentingHere` does. */
export async function openDaemonRenting(context: Context, wish: DaemonWish): Promise<Renting> {
  const { config, clock, random, log } = context;
  const apiKey = config.apiKey.value;
  if (!apiKey) throw new UsageError('There is no API key: run "vastdeck login", or set VAST_API_KEY.');
  const { origin, searchesPerMinute } = await askAddress(config.baseUrl.value, context);
  return await openRenting({
    apiKey,
    baseUrl: config.baseUrl.value,
    stateUrl: config.stateUrl.value,
    home: config.home.value,
    notify: wish.settings.notify,
    timeoutMs: config.timeoutMs.value,
    pace: origin.kind === 'live' ? 'published' : 'learned',
    searchesPerMinute,
    priority: 'controller',
    clock,
    random,
    log,
  });
}

/** Throws DaemonRunningError when this home has one already. The parts do not run before `supervisor.run`. */
export async function openDaemon(context: Context, options: OpenDaemonOptions): Promise<OpenDaemon> {
  const { config, clock, random, log, terminal } = context;
  const { wish, flags, onCollector, onPart } = options;
  const home = config.home.value;
  const has = (part: PartName) => wish.only === undefined || wish.only.includes(part);
  await using opened = new AsyncDisposableStack();
  opened.use(lockDaemon(home));
  const renting = opened.use(await openDaemonRenting(context, wish));
  const { store, ledger, records, install, outbox, controller, watcher, client } = renting;
  const { account } = renting.account;
  const { origin } = await askAddress(config.baseUrl.value, context);
  const agent = terminal.env.SSH_AUTH_SOCK;
  const pool = opened.use(
    openMachinePool(renting, { ...(agent && { agent }), clock, random: random.fork('machines'), log }),
  );
  const jobs = opened.use(
    openJobs(renting, { home, env: terminal.env, pool, clock, random: random.fork('daemon'), log }),
  );
  const { monitor } = opened.use(
    openMonitor(renting, {
      ...monitoringOptions(context, wish, { jobs, isSimulated: origin.kind !== 'live' }),
      pool,
    }),
  );
  let latestPoll: StoredPoll | undefined;
  const market = createMarketSummary(context);
  const startCollector = async () => {
    const { thread, dir } = await startLiveMarket({ ...context, writeLog: options.writeLog }, flags);
    thread.events.on('poll:stored', (poll) => {
      latestPoll = poll;
    });
    market.watch(thread, dir);
    onCollector(thread, dir);
    return thread;
  };
  // Events are for those who watch and for the audit: one that cannot be written stops nothing.
  const note = (event: NewEvent) =>
    store
      .transaction((trx) => appendEvents(trx, { events: [event], clock }))
      .catch((error: unknown) => log.warn('an event could not be written', { error, ...event }));
  const parts = daemonParts({
    startCollector,
    isCollectorFinite: flags.polls !== undefined,
    controller,
    watcher,
    jobs: jobs.jobs,
    monitor,
    outbox,
    store,
    clock,
    heartbeat: {
      url: wish.settings.heartbeatUrl,
      fetch: globalThis.fetch,
      health: () => supervisor.health(),
    },
    ...(wish.only && { only: wish.only }),
  });
  const supervisor: Supervisor = supervise({
    parts,
    clock,
    random,
    log,
    onChange: (health) => {
      onPart(health);
      void note({ noun: 'part', id: health.name, status: health.status, reason: health.reason });
    },
  });
  const hub = opened.use(createEventHub({ store, clock, log }));
  const tokens = openDaemonTokens(home);
  const startedAtMs = clock.now();
  const app = createHttpApp({
    store,
    ledger,
    records,
    install,
    account,
    baseUrl: client.baseUrl,
    jobs: has('jobs') ? jobs : undefined,
    monitor: has('monitor') ? monitor : undefined,
    market: market.read,
    latestPoll: () => latestPoll,
    parts: () => supervisor.health(),
    hub,
    tokens,
    hostNames: wish.hostNames,
    version: VERSION,
    pid: terminal.pid,
    startedAtMs,
    clock,
    log,
  });
  const { address } = opened.use(await serve({ app, hostname: wish.listen, port: wish.port }));
  const who = actingPerson(terminal);
  const data = { pid: terminal.pid, who, version: VERSION };
  await note({ noun: 'daemon', id: account, status: 'started', reason: `${who} started it`, data });
  opened.defer(async () => {
    removeDaemonFile(home);
    await note({ noun: 'daemon', id: account, status: 'ended', reason: 'it has ended in order', data });
  });
  writeDaemonFile(home, {
    ...identify(terminal.pid),
    ...tokenFilesOf(home),
    address,
    startedAtMs,
    parts: parts.filter(({ offBecause }) => offBecause === undefined).map(({ name }) => name),
    version: VERSION,
  });
  const kept = opened.move();
  return { supervisor, renting, address, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** What vastdeck.yaml says of runs. */
function monitoringOptions(
  { clock, log, random }: Context,
  { settings }: DaemonWish,
  { jobs: { jobs, records }, isSimulated }: { readonly jobs: JobsApp; readonly isSimulated: boolean },
): MonitoringOptions {
  return {
    entering: 'ssh',
    alerts: 'send',
    isSimulated,
    jobs: { records, logFile: (id, attempt) => jobs.logFile(id, attempt) },
    training: settings.training,
    rules: {
      groupOf: (run) => groupFor(settings, run),
      logOf: (run) => logFor(settings, run),
      limitsOf: (run) => thresholdsFor(settings, run),
    },
    clock,
    random: random.fork('daemon'),
    log,
  };
}
