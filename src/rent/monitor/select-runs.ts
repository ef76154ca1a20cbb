// Some of the runs that another monitor watches, for whoever wants to see no others of it.
import type { Monitor } from './monitor-api.ts';
import { selectEntries } from './roster/select-entries.ts';
import type { MonitorView, RunView } from './run-view.ts';
import { totalsOf } from './view/totals.ts';

/** Those that are called so, by id, name or group; all of them where nothing is named. */
export function selectRuns(monitor: Monitor, wanted: readonly string[]): Monitor {
  if (wanted.length === 0) return monitor;
  let shown: { readonly of: MonitorView; readonly view: MonitorView } | undefined;
  const viewOf = (of: MonitorView): MonitorView => {
    if (shown?.of !== of) shown = { of, view: selected(of, wanted) };
    return shown.view;
  };
  const isShown = (key: string) => viewOf(monitor.view()).runs.some((run) => run.key === key);
  return {
    ...monitor,
    view: () => viewOf(monitor.view()),
    listen: (listener) =>
      monitor.listen({
        onView: (view) => listener.onView?.(viewOf(view)),
        onLines: (run, lines) => {
          if (isShown(run.key)) listener.onLines?.(run, lines);
        },
        onEvent: (event) => {
          if (isShown(event.key)) listener.onEvent?.(event);
        },
      }),
  };
}

function selected(view: MonitorView, wanted: readonly string[]): MonitorView {
  // Of a view, a label is known where it is the name.
  const entries = view.runs.map((run) => ({ ...run, label: '' }));
  const { entries: chosen, unmatched } = selectEntries(entries, wanted);
  const keys = new Set(chosen.map(({ key }) => key));
  const runs = view.runs.filter((run: RunView) => keys.has(run.key));
  const words = unmatched.map((word) => `"${word}"`).join(', ');
  const isListed = view.listedAtMs !== null;
  return {
    ...view,
    runs,
    totals: totalsOf(runs, view.totals),
    trouble:
      view.trouble ??
      (isListed && unmatched.length > 0 ? `Nothing is called ${words}; "vd ps" shows what there is` : null),
  };
}
