// From the monitor to the state of the screen: views, lines, events, points of charts. Lines come in bursts; they are
// taken together so that a hundred a second make a few frames.
import type { Clock, Timer } from '../../../base/std/index.ts';
import type { Monitor, MonitorView, RunView, ShownLine } from '../../../rent/monitor/index.ts';
import { LINES_A_RUN, layoutOf, logRows, tablePage } from '../state/layout.ts';
import {
  addLines,
  bottomIndex,
  KEPT_LINES,
  putLines,
  READ_BACK_AT_MOST,
  shownLines,
} from '../state/log-lines.ts';
import { addSamples } from '../state/samples.ts';
import { runOf, type ScreenState, seriesKey } from '../state/screen-state.ts';
import { visibleSeries } from '../state/visible-charts.ts';
import { selectedRun, shownRuns } from '../table/shown-runs.ts';
import type { ScreenStore } from './screen-store.ts';

export interface Feed {
  /** To be called after the person did something: what is looked at may be something else. */
  follow(): void;
  stop(): void;
}

export interface FeedOptions {
  readonly monitor: Monitor;
  readonly store: ScreenStore;
  readonly clock: Clock;
  /** What went wrong on the way, for the log. */
  readonly onError: (what: string, error: unknown) => void;
}

/** A line may wait so long for others to be shown with. */
const TOGETHER_MS = 60;
/** Ages on the screen grow also when nothing comes. */
const TICK_MS = 5_000;
const KEPT_EVENTS = 500;
/** More points than a wide chart has dots are of no use. */
const SERIES_POINTS = 600;
const MESSAGE_MS = 8_000;

export function startFeed({ monitor, store, clock, onError }: FeedOptions): Feed {
  const pending = new Map<string, ShownLine[]>();
  const asked = new Map<string, number>();
  const loadedSeries = new Map<string, number | null>();
  let together: Timer | undefined;
  let tick: Timer | undefined;
  let lookedAt = '';
  let isStopped = false;

  const takeView = (view: MonitorView) => {
    store.change((state) => withView(state, view, clock.now()));
    follow();
  };
  const takeLines = () => {
    together = undefined;
    store.change((state) => {
      let next = state;
      for (const [key, lines] of pending) next = { ...next, lines: addLines(next, key, lines) };
      return next;
    });
    pending.clear();
  };
  const onLines = (run: RunView, lines: readonly ShownLine[]) => {
    const waiting = pending.get(run.key);
    if (waiting) waiting.push(...lines);
    else pending.set(run.key, [...lines]);
    together ??= clock.setTimer(TOGETHER_MS, takeLines);
  };
  const askLines = (key: string, limit: number) => {
    if ((asked.get(key) ?? 0) >= limit) return;
    asked.set(key, limit);
    monitor
      .lines(key, limit)
      .then((lines) => {
        store.change((state) => ({
          ...state,
          lines: putLines(state, key, lines),
          wholeLogs: lines.length < limit ? new Set(state.wholeLogs).add(key) : state.wholeLogs,
        }));
      })
      .catch((error: unknown) => {
        asked.delete(key);
        onError('lines could not be read', error);
      });
  };
  const askSeries = (run: RunView, name: string) => {
    const id = seriesKey(run.key, name);
    // No line has come since it was read: it is what it was.
    if (loadedSeries.has(id) && loadedSeries.get(id) === run.lineAtMs) return;
    loadedSeries.set(id, run.lineAtMs);
    monitor
      .series(run.key, name, { maxPoints: SERIES_POINTS })
      .then((metrics) =>
        store.change((state) => ({ ...state, series: new Map(state.series).set(id, metrics) })),
      )
      .catch((error: unknown) => {
        loadedSeries.delete(id);
        onError('a series could not be read', error);
      });
  };
  const follow = () => {
    if (isStopped) return;
    const state = store.state();
    const looked = keysLookedAt(state);
    if (looked.join('\n') !== lookedAt) {
      lookedAt = looked.join('\n');
      monitor.lookAt(looked);
    }
    for (const { key, limit } of linesWanted(state)) askLines(key, limit);
    for (const { run, name } of visibleSeries(state)) askSeries(run, name);
  };
  const armTick = () => {
    tick = clock.setTimer(TICK_MS, () => {
      store.change((state) => withTime(state, clock.now()));
      armTick();
    });
  };
  const stopListening = monitor.listen({
    onView: takeView,
    onLines,
    onEvent: (event) =>
      store.change((state) => ({
        ...state,
        events: [...state.events, event].slice(-KEPT_EVENTS),
        // Who reads older events goes on reading them.
        eventScroll: state.eventScroll === 0 ? 0 : Math.min(state.eventScroll + 1, KEPT_EVENTS - 1),
      })),
  });
  takeView(monitor.view());
  armTick();
  return {
    follow,
    stop() {
      isStopped = true;
      stopListening();
      together?.cancel();
      tick?.cancel();
    },
  };
}

function withView(state: ScreenState, view: MonitorView, nowMs: number): ScreenState {
  const next = withTime({ ...state, view, samples: addSamples(state.samples, view.runs) }, nowMs);
  const keys = new Set(view.runs.map(({ key }) => key));
  const marks = [...state.marks].every((key) => keys.has(key))
    ? state.marks
    : new Set([...state.marks].filter((key) => keys.has(key)));
  // The cursor stays on its run when a new one comes before it.
  return { ...next, marks, selectedKey: state.selectedKey ?? selectedRun(next)?.key ?? null };
}

function withTime(state: ScreenState, nowMs: number): ScreenState {
  const isOver = state.message !== null && nowMs - state.message.atMs > MESSAGE_MS;
  return { ...state, nowMs, message: isOver ? null : state.message };
}

/** On the overview what the table shows; on other screens the run that they are about, and those beside it. */
function keysLookedAt(state: ScreenState): readonly string[] {
  const selected = selectedRun(state)?.key;
  if (state.screen !== 'overview') return [...new Set([...(selected ? [selected] : []), ...state.marks])];
  const runs = shownRuns(state);
  const at = Math.max(
    0,
    runs.findIndex(({ key }) => key === selected),
  );
  const page = tablePage(state);
  const first = Math.min(Math.max(0, at - Math.floor(page / 2)), Math.max(0, runs.length - page));
  return runs.slice(first, first + page).map(({ key }) => key);
}

function linesWanted(state: ScreenState): readonly { readonly key: string; readonly limit: number }[] {
  if (layoutOf(state).lowerRows === 0 && state.screen === 'overview') return [];
  if (state.log.scope === 'all') return shownRuns(state).map(({ key }) => ({ key, limit: LINES_A_RUN * 2 }));
  const run = selectedRun(state);
  if (!run) return [];
  const { key } = run;
  const have = state.lines.get(key)?.length ?? 0;
  if (state.wholeLogs.has(key) || !runOf(state, key)) return [];
  // Whoever comes near the oldest line that is here is given older ones.
  const seen = bottomIndex(shownLines(state, key), state.log.anchorSeq);
  const isAtTop = state.log.anchorSeq !== null && seen <= 2 * logRows(state);
  return [{ key, limit: isAtTop ? Math.min(READ_BACK_AT_MOST, Math.max(KEPT_LINES, have) * 4) : KEPT_LINES }];
}
