// The collector: sweeps the market, stores each sweep as one poll, and keeps doing so on schedule.
import { assert, createEvents, startRunning } from '../../base/std/index.ts';
import { type OfferQuery, parseOfferQuery } from '../../net/vast/index.ts';
import { StoreFullError } from '../history/index.ts';
import type {
  Collector,
  CollectorDeps,
  CollectorEvents,
  CollectorOptions,
  CollectorStatus,
  PollReport,
} from './collector-types.ts';
import { canLeave } from './confirm-absence.ts';
import { createDiskPatience, type DiskPatience, MOST_FULL_TRIES } from './disk-patience.ts';
import { type Blindness, createFarEnd, type FarEnd } from './far-end.ts';
import { checkInterval, DEFAULT_INTERVAL_MS, nextDueMs } from './interval.ts';
import { makePoll, startTiming, summarise, type Timing } from './make-poll.ts';
import { createSweepMemory } from './memory.ts';
import { KEPT_FIELDS } from './observe.ts';
import { recall, writeNote } from './recall.ts';
import { MARKET_TYPES } from './slice.ts';
import { formatScope, makeScope, possibleSearches } from './slice-query.ts';
import { sweepType, type TypeSweep } from './sweep.ts';
import type { SweepContext } from './sweep-run.ts';

/** What the service prices when nothing is said. The official CLI says 5, or the disk to be rented. */
export const DEFAULT_STORAGE_GB = 8;
/** More offers than exist: the service's own default would be a small page. */
export const DEFAULT_LIMIT_ROWS = 100_000;

/** Throws IntervalTooShortError, and QuerySyntaxError for a filter that cannot be read. */
export function createCollector(deps: CollectorDeps, options: CollectorOptions = {}): Collector {
  const { client, writer, clock, random, log } = deps;
  const {
    intervalMs = DEFAULT_INTERVAL_MS,
    types = MARKET_TYPES,
    includeUnverified = true,
    allocatedStorageGb,
    limitRows = DEFAULT_LIMIT_ROWS,
    maintenance = 'after-poll',
  } = options;
  checkInterval({ intervalMs, origin: writer.origin });
  const scope = makeScope({
    filter: parseFilter(options.filter),
    includeUnverified,
    storageGb: allocatedStorageGb,
    limitRows,
  });
  const filter = formatScope(scope);
  const events = createEvents<CollectorEvents>();
  const memory = createSweepMemory({ clock });
  recall(memory, writer, filter);
  let storedNote = writer.note();
  const onBlind = (blindness: Blindness) => events.emit('collector:blind', blindness);
  const onSeeing = (blindness: Blindness) => {
    // The service may answer again while the disk is still full, and the other way round.
    if (farEnd.blindness() || disk.blindness()) return;
    log.info('collector sees again', { blindMs: clock.now() - blindness.sinceMs });
    events.emit('collector:seeing', { ...blindness, untilMs: clock.now() });
  };
  const dice = random.fork('collector');
  const farEnd: FarEnd = createFarEnd({ client, clock, random: dice, log, scope, onBlind, onSeeing });
  const disk: DiskPatience = createDiskPatience({ clock, random: dice.fork('disk'), log, onBlind, onSeeing });
  let searches = 0;
  let polls = 0;
  let last: CollectorStatus['last'];
  let state: CollectorState = { state: 'idle' };

  const context: SweepContext = {
    ask: (ask, signal) => {
      searches += 1;
      return farEnd.ask(ask, signal);
    },
    memory,
    clock,
    log,
    limitRows,
    searches: possibleSearches(scope.filters),
    isFiltered: filter !== '',
    canLeaveFilter: canLeave(scope.filters),
    openOffers: writer.openOffers,
    keptFields: KEPT_FIELDS,
    onSlice: (record) => events.emit('slice:done', record),
  };

  const pollOnce: Collector['pollOnce'] = async (signal) => {
    assert(state.state !== 'sweeping', 'A collector polls once at a time: wait for the poll that runs.');
    signal.throwIfAborted();
    const timing = startTiming(clock, farEnd);
    searches = 0;
    state = { state: 'sweeping', sinceMs: clock.now() };
    try {
      const sweeps: TypeSweep[] = [];
      for (const type of types) {
        sweeps.push(await sweepType(context, type, signal, sweeps.at(-1)?.blindReason));
      }
      signal.throwIfAborted();
      return conclude(sweeps, timing);
    } finally {
      state = { state: 'idle' };
    }
  };

  const conclude = (sweeps: readonly TypeSweep[], timing: Timing): PollReport => {
    const summary = summarise(sweeps, { timing, searches, cap: memory.cap });
    if (summary.isUnseen) {
      const sinceMs = farEnd.blindness()?.sinceMs ?? timing.startedAtMs;
      const reason = summary.reasons.join('; ');
      log.warn('nothing was seen, so no poll is stored', { reason });
      events.emit('poll:unseen', { sinceMs, reason });
      return { ...summary.report, kind: 'unseen', reason, sinceMs };
    }
    const lastMs = writer.lastPoll()?.tsMs;
    const note = writeNote(memory);
    const poll = makePoll(sweeps, {
      timing,
      lastMs,
      intervalMs,
      filters: scope.filters,
      filter,
      note: note === storedNote ? undefined : note,
    });
    if (poll === 'replay-ended') return { ...summary.report, kind: 'replay-ended' };
    if (poll.tsMs > timing.startedAtMs) {
      log.warn('the clock is behind the newest poll of the store', {
        newestMs: lastMs,
        nowMs: timing.startedAtMs,
      });
    }
    const stored = writer.append(poll);
    storedNote = note;
    disk.foundRoom();
    const { complete, reasons } = summary;
    const { duplicates, tsMs } = poll;
    const report = {
      ...summary.report,
      ...stored,
      kind: 'stored',
      tsMs,
      complete,
      reasons,
      duplicates,
    } as const;
    polls += 1;
    last = report;
    try {
      noteFields(sweeps);
    } catch (error) {
      if (!(error instanceof StoreFullError)) throw error;
      // The poll is stored; the fields are compared again at the next one.
      log.error('the names of the API fields could not be stored', { error: error.message });
    }
    log.info('poll stored', {
      poll: stored.poll,
      rows: stored.rows,
      gone: stored.gone,
      searches,
      seconds: Math.round(report.durationMs / 1_000),
      ...(complete ? {} : { incomplete: reasons.join('; ') }),
    });
    events.emit('poll:stored', report);
    return report;
  };

  const noteFields = (sweeps: readonly TypeSweep[]) => {
    const names = new Set(sweeps.flatMap((sweep) => [...sweep.fieldNames]));
    if (names.size === 0) return;
    const changes = writer.recordFields([...names].sort());
    for (const name of changes.appeared) events.emit('field:new', { name });
    for (const name of changes.vanished) {
      log.warn('the API no longer sends a field', { name });
      events.emit('field:vanished', { name });
    }
  };

  const maintain = async () => {
    try {
      await writer.maintain();
    } catch (error) {
      // The journal holds every poll; what is derived from it can be made at the next poll as well.
      log.error('the store could not be maintained', { error });
    }
  };

  /** How long to wait, where the disk was full. */
  const pollPatiently = async (signal: AbortSignal, mostTries: number): Promise<PollReport | number> => {
    try {
      return await pollOnce(signal);
    } catch (error) {
      if (!(error instanceof StoreFullError)) throw error;
      const waitMs = disk.foundFull(error);
      if (disk.tries() >= mostTries) throw error;
      return waitMs;
    }
  };

  const rest = async (waitMs: number, signal: AbortSignal) => {
    const nextPollAtMs = clock.now() + waitMs;
    state = { state: 'waiting', sinceMs: clock.now(), nextPollAtMs };
    events.emit('collector:resting', { nextPollAtMs });
    try {
      await clock.sleep(waitMs, signal);
    } finally {
      state = { state: 'idle' };
    }
  };

  const start: Collector['start'] = ({ polls: most = Number.POSITIVE_INFINITY } = {}) =>
    startRunning(async (signal) => {
      let dueMs = clock.monotonic();
      for (let stored = 0; stored < most; ) {
        const report = await pollPatiently(signal, Number.isFinite(most) ? MOST_FULL_TRIES : most);
        if (typeof report === 'number') {
          await rest(report, signal);
          continue;
        }
        if (report.kind === 'replay-ended') return;
        if (report.kind === 'stored') {
          stored += 1;
          if (maintenance === 'after-poll') await maintain();
          if (stored >= most) return;
        }
        const nowMs = clock.monotonic();
        const scheduledMs = nextDueMs({ lastDueMs: dueMs, intervalMs, nowMs });
        // Blind, it does not wait for the next turn of the schedule.
        dueMs = farEnd.blindness() ? Math.min(scheduledMs, nowMs + farEnd.backoffMs()) : scheduledMs;
        await rest(dueMs - nowMs, signal);
      }
    });

  return {
    pollOnce,
    start,
    events,
    status: () => ({
      polls,
      last,
      blind: farEnd.blindness() ?? disk.blindness(),
      cap: memory.cap,
      allocatedStorageGb: allocatedStorageGb ?? DEFAULT_STORAGE_GB,
      filter,
      ...(state.state === 'sweeping' ? { ...state, searches } : state),
    }),
  };
}

type CollectorState =
  | { readonly state: 'idle' }
  | { readonly state: 'sweeping'; readonly sinceMs: number }
  | { readonly state: 'waiting'; readonly sinceMs: number; readonly nextPollAtMs: number };

function parseFilter(filter: string | OfferQuery | undefined): OfferQuery | undefined {
  if (typeof filter !== 'string') return filter;
  return filter.trim() === '' ? undefined : parseOfferQuery(filter, { defaults: 'none' });
}
