// The daemon put together: what rents, jobs, the monitor, their parts under supervision, and the socket they are asked at.
import { collectGarbage, type LogLine } from '../../base/std/index.ts';
import { appendEvents, type NewEvent } from '../../base/store/index.ts';
import {
  type CollectorThread,
  daemonParts,
  describeDaemonEnd,
  identify,
  type JobsApp,
  lastDaemonEnd,
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
  type RunsInRounds,
  removeDaemonFile,
  type StoredPoll,
  type Supervisor,
  supervise,
  tokenFilesOf,
  writeDaemonEnd,
  writeDaemonFile,
} from '../app/index.ts';
import { createEventHub, createHttpApp, serve } from '../http/index.ts';
import { actingPerson } from './acting-person.ts';
import { startLiveMarket } from './commands/live-market.ts';
import type { Context } from './context.ts';
import type { DaemonWish } from './daemon-flags.ts';
import { daemonMark } from './daemon-mark.ts';
import { UsageError } from './errors.ts';
import type { Flags } from './flags.ts';
import { jobFilesOf } from './job-files.ts';
import { createMarketSummary } from './market-summary.ts';
import { askAddress } from './origin.ts';
import { groupFor, logFor, thresholdsFor } from './vastdeck-yaml/index.ts';
import { VERSION } from './version.ts';

export interface OpenDaemonOptions {
  readonly wish: DaemonWish;
  readonly startedAtMs: number;
  /** For the collector. */
  readonly flags: Flags;
  readonly onCollector: (thread: CollectorThread, dir: string) => void;
  readonly onPart: (health: PartHealth) => void;
  readonly writeLog: (line: LogLine) => void;
}

export interface OpenDaemon extends AsyncDisposable {
  /** Writes an event about the daemon itself; its failure is logged. */
  readonly tell: (status: string, reason: string) => Promise<void>;
  readonly supervisor: Supervisor;
  readonly renting: Renting;
  readonly address: string;
}

/** By then all code is loaded and the first rounds are over. */
const SETTLED_AFTER_MS = 12_000;

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
  const { wish, startedAtMs, flags, onCollector, onPart } = options;
  const home = config.home.value;
  const has = (part: PartName) => wish.only === undefined || wish.only.includes(part);
  await using opened = new AsyncDisposableStack();
  opened.use(lockDaemon(home));
  const lastEnd = lastDaemonEnd(home);
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
  let tellMonitor: Parameters<RunsInRounds['run']>[1] = () => {};
  const { monitor } = opened.use(
    openMonitor(renting, {
      ...monitoringOptions(context, wish, { jobs, isSimulated: origin.kind !== 'live' }),
      pool,
      onRound: (round) => tellMonitor(round),
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
    jobs: { run: (signal, onRound) => jobs.jobs.run(signal, { onRound }) },
    monitor: {
      run: async (signal, onRound) => {
        tellMonitor = onRound;
        await monitor.run(signal);
      },
    },
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
  const app = createHttpApp({
    store,
    ledger,
    records,
    jobRecords: jobs.records,
    jobFiles: jobFilesOf(context),
    install: () => install,
    account: () => account,
    baseUrl: client.baseUrl,
    service: async () => ({ account, client, watcher, controller }),
    jobs: has('jobs') ? async () => jobs.jobs : undefined,
    monitor: has('monitor') ? async () => monitor : undefined,
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
  const { address } = opened.use(
    await serve({ app, hostname: wish.listen, port: wish.port }).catch((error: unknown) => {
      throw listenFault(error, wish);
    }),
  );
  const who = actingPerson(terminal);
  const data = { pid: terminal.pid, who, version: VERSION };
  const tell = async (status: string, reason: string) => {
    await note({ noun: 'daemon', id: account, status, reason, data });
  };
  const before = lastEnd && describeDaemonEnd(lastEnd);
  await tell('started', `${who} started it${before === undefined ? '' : `. ${before}`}`);
  opened.defer(async () => {
    removeDaemonFile(home);
    const { pid, startedAtMs: ofMs } = lastDaemonEnd(home) ?? {};
    // It was forced, and that was written.
    if (pid === terminal.pid && ofMs === startedAtMs) return;
    writeDaemonEnd(home, {
      kind: 'in-order',
      pid: terminal.pid,
      startedAtMs,
      endedAtMs: clock.now(),
      reason: '',
    });
    await tell('ended', 'it has ended in order');
  });
  writeDaemonFile(home, {
    ...identify(terminal.pid),
    ...tokenFilesOf(home),
    address,
    startedAtMs,
    parts: parts.filter(({ offBecause }) => offBecause === undefined).map(({ name }) => name),
    version: VERSION,
    drives: daemonMark(config, tokens.full),
  });
  const settled = clock.setTimer(SETTLED_AFTER_MS, () => collectGarbage('all-and-shrink'));
  opened.defer(() => settled.cancel());
  const kept = opened.move();
  return {
    supervisor,
    renting,
    address,
    tell,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A taken port is told in its own words. */
function listenFault(error: unknown, { listen }: DaemonWish): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (!['ENOTFOUND', 'EADDRNOTAVAIL', 'EAI_AGAIN', 'EINVAL'].includes(code)) return error;
  return new UsageError(
    `This computer cannot be asked at "${listen}" (${code}): --listen takes one of its own addresses, 127.0.0.1, or 0.0.0.0 for all`,
    { cause: error },
  );
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
