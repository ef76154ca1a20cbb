// `vastdeck top --once`: the table as it is now, or all that is known as JSON.
import type { Monitor, MonitorView } from '../../../rent/monitor/index.ts';
import { tableText, terminalLook } from '../../tui/index.ts';
import type { Context } from '../context.ts';
import { snakeKeys } from '../output/snake-case.ts';
import type { TopSettings } from './top-flags.ts';

export async function topOnce(
  context: Context,
  monitor: Monitor,
  settings: TopSettings,
): Promise<MonitorView> {
  const { terminal, clock } = context;
  const over = new AbortController();
  const collecting = monitor.run(AbortSignal.any([over.signal, terminal.interrupted]));
  // Its failure is told by the refresh that then cannot end well, or below.
  collecting.catch(() => {});
  try {
    monitor.lookAt(monitor.view().runs.map(({ key }) => key));
    await monitor.refresh();
  } finally {
    over.abort();
    await collecting.catch(() => {});
  }
  terminal.interrupted.throwIfAborted();
  const view = monitor.view();
  const shown: MonitorView =
    settings.group === undefined
      ? view
      : { ...view, runs: view.runs.filter(({ group }) => group === settings.group) };
  if (settings.form === 'json') {
    terminal.out(`${JSON.stringify(jsonOf(shown), null, 2)}\n`);
    return view;
  }
  const look = terminalLook(terminal.env);
  terminal.out(
    tableText(shown, {
      columns: terminal.columns,
      depth: terminal.outIsTerminal ? look.depth : 'text',
      hasUnicode: settings.signs === undefined && look.hasUnicode,
      zone: settings.zone,
      staleAfterMs: settings.intervalMs * 3,
      nowMs: clock.now(),
    }),
  );
  return view;
}

/** Times in UTC, names as programs expect them, money in dollars. */
function jsonOf(view: MonitorView): unknown {
  return withTimes(snakeKeys(view));
}

/** `at_ms: 1790000000000` becomes `at: "2026-…Z"`, at every depth. */
function withTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimes);
  if (typeof value !== 'object' || value === null) return finite(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const moment = /^(.*)_ms$/.exec(name)?.[1];
      if (moment === undefined) return [name, withTimes(inner)];
      return [moment, typeof inner === 'number' ? new Date(inner).toISOString() : null];
    }),
  );
}

/** JSON has no NaN: a loss that is none is told as such. */
function finite(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
