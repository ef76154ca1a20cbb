// The screen of `up`: occupancy by GPU, refreshed as polls come in. On a terminal it is drawn over; elsewhere a
// table is printed when the past is filled in and then every ten minutes, so that a log of it stays readable.
import { formatDuration, formatIso } from '../../../base/std/index.ts';
import { openMarketReader } from '../../../watch/history/index.ts';
import { type Report, runReport } from '../../../watch/reports/index.ts';
import type { StoredPoll } from '../../app/index.ts';
import type { Context } from '../context.ts';
import { describePoll } from './poll-line.ts';
import { reportText } from './report.ts';

export interface MarketScreen {
  pollStored(report: StoredPoll): void;
  blind(sinceMs: number, reason: string): void;
  seeing(): void;
  caughtUp(): void;
  end(): Promise<void>;
}

/** No more often than this, whatever the polls do. */
const REFRESH_MS = 2_000;
/** Where nothing can be drawn over: soon while the past is filled in, then seldom, so that a log stays readable. */
const PLAIN_FILLING_MS = 10_000;
const PLAIN_REFRESH_MS = 10 * 60_000;

/** What fits on 80 columns and says the most. */
const SHOWN = [
  'gpu_name',
  'offers',
  'machines',
  'total_hours',
  'unseen_hours',
  'utilization_pct',
  'gpu_weighted_utilization_pct',
];

export function marketScreen(
  context: Context,
  { dir, headline }: { readonly dir: string; readonly headline: string },
): MarketScreen {
  const { terminal, clock, log } = context;
  let isCaughtUp = false;
  const refreshMs = () =>
    terminal.outIsTerminal ? REFRESH_MS : isCaughtUp ? PLAIN_REFRESH_MS : PLAIN_FILLING_MS;
  let newest: StoredPoll | undefined;
  let polls = 0;
  let blindness: string | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let drawing: Promise<void> | undefined;
  let hasEnded = false;

  const footer = () => {
    const lines = newest ? [describePoll(newest)] : [];
    if (blindness) lines.push(blindness);
    return lines.map((line) => `${line}\n`).join('');
  };
  const draw = async () => {
    const report = await occupancy(
      context,
      dir,
      terminal.outIsTerminal ? Math.max(5, terminal.rows - 10) : 15,
    );
    if (hasEnded) return;
    const warning = report.warnings.find((line) => line.includes('rentable=false')) ?? '';
    const text = `${reportText(shown(report), terminal.columns)}${footer()}${warning ? `${warning}\n` : ''}`;
    // Home, then every line with the rest of it erased, then what is left below: no flicker, nothing stale.
    const frame = `${headline}\n${text}`.replaceAll('\n', '\u001b[K\n');
    terminal.out(terminal.outIsTerminal ? `\u001b[H${frame}\u001b[J` : `${text}\n`);
  };
  const refresh = (force: boolean) => {
    if (drawing || hasEnded || (!force && clock.monotonic() - drawnAt < refreshMs())) return;
    drawnAt = clock.monotonic();
    drawing = draw()
      .catch((error: unknown) => log.warn('the screen could not be refreshed', { error }))
      .finally(() => {
        drawing = undefined;
      });
  };
  if (terminal.outIsTerminal) terminal.out('\u001b[2J');
  return {
    pollStored(report) {
      newest = report;
      polls += 1;
      if (polls >= 4) refresh(false);
      else if (!terminal.outIsTerminal) terminal.err(`${describePoll(report)}\n`);
    },
    blind(sinceMs, reason) {
      blindness = `Blind since ${formatIso(sinceMs)} (${formatDuration(clock.now() - sinceMs)}): ${reason}`;
      if (!terminal.outIsTerminal) terminal.err(`${blindness}\n`);
      refresh(false);
    },
    seeing() {
      blindness = undefined;
    },
    caughtUp() {
      isCaughtUp = true;
      refresh(true);
    },
    async end() {
      await drawing;
      hasEnded = true;
      terminal.out(footer());
    },
  };
}

function shown(report: Report): Report {
  return { ...report, columns: report.columns.filter(({ name }) => SHOWN.includes(name)) };
}

async function occupancy({ clock, log }: Context, dir: string, limit: number): Promise<Report> {
  await using reader = await openMarketReader({ dir, clock, log });
  // Awaited here: the reader closes when this function ends.
  return await runReport(
    reader,
    { mode: 'occupancy', by: 'gpu', type: 'on-demand', since: '7d', limit },
    clock,
  );
}
