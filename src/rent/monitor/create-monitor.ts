// The monitor: keeps the roster of runs, watches each of them, keeps their metrics, and tells whoever listens.
import { HOUR_MS } from '../../base/std/index.ts';
import { createMetricStore, type MetricStore, type RunMetric } from '../training/index.ts';
import { createBell } from './bell.ts';
import { createLogBook } from './log-book.ts';
import type { Monitor, MonitorListener } from './monitor-api.ts';
import type { MonitorOptions } from './monitor-options.ts';
import { createRosterReader, type Roster } from './roster/read-roster.ts';
import type { MonitorView, RunView } from './run-view.ts';
import type { Situation } from './told/decide-events.ts';
import { createEventReader } from './told/read-events.ts';
import { createTeller } from './told/teller.ts';
import { INTERVAL_MS, type TrackedRun, trackRun } from './tracked-run.ts';
import { totalsOf } from './view/totals.ts';

/** No run has this key. */
export class NoSuchRunError extends Error {
  override name = 'NoSuchRunError';

  constructor(key: string) {
    super(`No run is called "${key}" here; it may have ended since it was listed`);
  }
}

const VIEW_EVERY_MS = 250;
/** Between two writes of metrics, and two looks for events. */
const KEEP_EVERY_MS = 1_000;
/** Between two listings while nobody looks at anything. */
const UNSEEN_LIST_MS = 30_000;
const PRUNE_EVERY_MS = HOUR_MS;
const CREDIT_EVERY_MS = 600_000;
/** A question that nobody answers is given up by `refresh`, not by those that go on asking. */
const REFRESH_MS = 30_000;
const NO_ROSTER: Roster = {
  entries: [],
  listedAtMs: null,
  trouble: null,
  failure: null,
  creditUsd: null,
  creditEndsAtMs: null,
  monthEndUsd: null,
};

/** Nothing is asked and nothing collected before `run`, except that `refresh` lists the account. */
export function createMonitor(options: MonitorOptions): Monitor {
  const { account, store, clock, log, intervalMs = INTERVAL_MS, viewEveryMs = VIEW_EVERY_MS } = options;
  const metrics: MetricStore = createMetricStore({ store });
  const logBook = createLogBook({ store, metrics });
  const reader = createRosterReader(options);
  const teller = createTeller({ account, store, log, onAlert: options.onAlert });
  const events = createEventReader({ account, store });
  const listeners = new Set<MonitorListener>();
  const runs = new Map<string, TrackedRun>();
  const changed = createBell(clock);
  const due = createBell(clock);
  let roster = NO_ROSTER;
  let failure: string | null = null;
  let keepFailure: string | null = null;
  let looked: readonly string[] = [];
  let isRunning = false;
  let ending = new AbortController();
  let pause: { readonly over: Promise<void>; readonly end: () => void } | undefined;
  let askedCreditMs = Number.NEGATIVE_INFINITY;
  let prunedMs = Number.NEGATIVE_INFINITY;
  let keeping: Promise<void> = Promise.resolve();
  let view: MonitorView = makeView();

  const each = (tell: (listener: MonitorListener) => void) => {
    for (const listener of listeners) tell(listener);
  };

  const allowed = async (signal: AbortSignal): Promise<void> => {
    while (pause) {
      signal.throwIfAborted();
      await orAborted(pause.over, signal);
    }
    signal.throwIfAborted();
  };

  function makeView(): MonitorView {
    const nowMs = clock.now();
    const views = [...runs.values()].map((run) => run.view(nowMs));
    return {
      atMs: nowMs,
      isSimulated: options.isSimulated ?? false,
      account: options.accountName ?? account,
      runs: views,
      totals: totalsOf(views, roster),
      listedAtMs: roster.listedAtMs,
      trouble: failure ?? roster.trouble,
    };
  }

  const publish = () => {
    view = makeView();
    each((listener) => listener.onView?.(view));
  };

  const list = async (startedAfterMs: number, signal: AbortSignal): Promise<void> => {
    try {
      if (options.askCredit && clock.monotonic() - askedCreditMs >= CREDIT_EVERY_MS) {
        askedCreditMs = clock.monotonic();
        await options.askCredit(signal).catch((error: unknown) => {
          signal.throwIfAborted();
          log.debug('the credit could not be asked for', { account, error });
        });
      }
      roster = await reader.read({ startedAfterMs, signal });
      failure = null;
      await follow();
    } catch (error) {
      signal.throwIfAborted();
      failure = error instanceof Error ? error.message : String(error);
      log.warn('the account could not be read', { account, error });
    }
    options.onRound?.({ trouble: failure ?? roster.failure ?? keepFailure });
    changed.ring();
  };

  /** The runs under watch become those of the roster, in its order. */
  const follow = async (): Promise<void> => {
    const known = new Map(runs);
    runs.clear();
    for (const entry of roster.entries) {
      const present = known.get(entry.key);
      known.delete(entry.key);
      if (present) {
        present.update(entry);
        runs.set(entry.key, present);
      } else if (isRunning) runs.set(entry.key, begin(entry));
    }
    await Promise.all([...known.values()].map(end));
  };

  const begin = (entry: Roster['entries'][number]): TrackedRun => {
    const run = trackRun({
      options,
      entry,
      logBook,
      allowed,
      onChange: () => changed.ring(),
      onLines: (lines) => {
        const { key } = entry;
        if (listeners.size === 0) return;
        const shown = view.runs.find((each) => each.key === key) ?? runs.get(key)?.view(clock.now());
        if (shown) each((listener) => listener.onLines?.(shown, lines));
      },
    });
    run.look(looked.includes(entry.key));
    return run;
  };

  const end = async (run: TrackedRun): Promise<void> => {
    await keepMetrics([run]);
    // Why it died is in the log already.
    await run.stop().catch(() => {});
    const { instanceId } = run.entry();
    const isUsed = [...runs.values()].some((other) => other.entry().instanceId === instanceId);
    if (instanceId !== null && !isUsed) await options.pool?.forget(instanceId);
  };

  const keepMetrics = async (of: Iterable<TrackedRun>): Promise<void> => {
    const taken = [...of].flatMap((run) => run.takeMetrics());
    if (taken.length === 0) return;
    try {
      await metrics.add(taken);
    } catch (error) {
      log.error('metrics could not be kept and are lost to charts', { metrics: taken.length, error });
    }
  };

  /** One after the other: two at once would each take the other for another process. */
  const keep = (): Promise<void> => {
    keeping = keeping.then(keepNow, keepNow);
    return keeping;
  };
  const keepNow = async (): Promise<void> => {
    await keepMetrics(runs.values());
    for (const run of runs.values()) {
      const shown = view.runs.find(({ key }) => key === run.key);
      if (shown) await teller.tell(situationOf(run, shown));
    }
    for (const event of await events.read()) {
      if (runs.has(event.key)) each((listener) => listener.onEvent?.(event));
    }
  };

  const prune = async (): Promise<void> => {
    if (clock.monotonic() - prunedMs < PRUNE_EVERY_MS) return;
    prunedMs = clock.monotonic();
    try {
      await metrics.prune(clock.now());
      await logBook.prune(account, new Set(runs.keys()));
    } catch (error) {
      log.warn('old metrics could not be deleted', { error });
    }
  };

  const situationOf = (run: TrackedRun, shown: RunView): Situation => {
    const status = run.entry().job?.status;
    const ended =
      status === 'succeeded' ? 'done' : status === 'failed' || status === 'cancelled' ? status : null;
    return {
      run: shown,
      end: ended,
      notes: run.notes(),
      nowMs: clock.now(),
      isCatchingUp: run.isCatchingUp(),
    };
  };

  const get = (key: string): TrackedRun => {
    const run = runs.get(key);
    if (!run) throw new NoSuchRunError(key);
    return run;
  };

  const listLoop = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await allowed(signal);
      await list(clock.now() - intervalMs / 2, signal);
      const isLookedAt = looked.length > 0;
      await due.wait(isLookedAt ? intervalMs : Math.max(intervalMs, UNSEEN_LIST_MS), signal);
    }
  };

  /** Soon after something changed, and else when ages have grown. */
  const viewLoop = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await changed.wait(intervalMs, signal);
      publish();
      await clock.sleep(viewEveryMs, signal);
    }
  };

  const keepLoop = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await clock.sleep(KEEP_EVERY_MS, signal);
      await keep().catch((error: unknown) => {
        keepFailure = `What happened to runs could not be kept: ${error instanceof Error ? error.message : String(error)}`;
        log.error('what happened to runs could not be kept', { account, error });
      });
      await prune();
    }
  };

  return {
    view: () => view,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    lines: (key, limit) => get(key).lines(limit),
    async series(key, name, { maxPoints }) {
      const tracked = get(key);
      await keepMetrics([tracked]);
      const run = tracked.metricRun();
      return run === undefined ? [] : await seriesOf(metrics, run, name, maxPoints);
    },
    lookAt(keys) {
      if (looked.length === 0 && keys.length > 0) due.ring();
      looked = keys;
      for (const run of runs.values()) run.look(keys.includes(run.key));
    },
    async refresh() {
      const patience = new AbortController();
      const timer = clock.setTimer(REFRESH_MS, () => patience.abort(new Error('It takes too long')));
      try {
        await list(clock.now(), patience.signal);
        await Promise.all([...runs.values()].map((run) => run.refresh(patience.signal)));
      } catch (error) {
        // Whatever has not answered shows its age.
        if (!patience.signal.aborted) throw error;
      } finally {
        timer.cancel();
      }
      await keep();
      publish();
    },
    nextSource: (key) => get(key).nextSource(ending.signal),
    setPaused(isPaused) {
      if (!isPaused) {
        pause?.end();
        pause = undefined;
        due.ring();
      } else if (!pause) {
        const { promise, resolve } = Promise.withResolvers<void>();
        pause = { over: promise, end: resolve };
        for (const run of runs.values()) run.interrupt();
      }
      changed.ring();
    },
    async run(signal) {
      isRunning = true;
      await events.begin();
      ending = new AbortController();
      const both = AbortSignal.any([signal, ending.signal]);
      try {
        await Promise.all([listLoop(both), viewLoop(both), keepLoop(both)]);
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        isRunning = false;
        ending.abort(new Error('The monitor has ended'));
        await Promise.all([...runs.values()].map((run) => run.stop().catch(() => {})));
        await keepMetrics(runs.values());
        runs.clear();
      }
    },
  };
}

async function seriesOf(
  metrics: Pick<MetricStore, 'series'>,
  run: string,
  name: string,
  maxPoints: number,
): Promise<readonly RunMetric[]> {
  const { attempts } = await metrics.series({ run, name, maxPoints });
  return attempts.flatMap(({ attempt, points }) =>
    points.map(({ atMs, step, value }, at): RunMetric => {
      const point = { run, attempt, seq: at + 1, atMs, name, value: value ?? Number.NaN };
      return step === null ? point : { ...point, step };
    }),
  );
}

function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
