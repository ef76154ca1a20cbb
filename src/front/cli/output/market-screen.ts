// The screen of `up`: occupancy by GPU, refreshed as polls come in. On a terminal it is drawn over; elsewhere a
// table is printed when the past is filled in and then every ten minutes, so that a log of it stays readable.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatDuration,
  formatIso,
  formatLogLine,
  type LogLine,
  printable,
} from '../../../base/std/index.ts';
import { openMarketReader } from '../../../watch/history/index.ts';
import { type Report, reportNeeds, runReport } from '../../../watch/reports/index.ts';
import type { StoredPoll, SweepProgress } from '../../app/index.ts';
import type { Context } from '../context.ts';
import { describePoll, describeSweep } from './poll-line.ts';
import { makeFrame } from './screen-frame.ts';

export interface MarketScreen {
  pollStored(report: StoredPoll): void;
  sweeping(progress: SweepProgress): void;
  blind(sinceMs: number, reason: string): void;
  seeing(): void;
  caughtUp(): void;
  /** A log line, which must not be written across the table. */
  logged(line: LogLine): void;
  /** Says that the end has been asked for. */
  ending(): void;
  /** The last frame stays on the screen. */
  end(): Promise<void>;
}

export interface MarketScreenOptions {
  readonly dir: string;
  readonly headline: string;
}

/** No more often than this, whatever the polls do. */
const REFRESH_MS = 2_000;
/** Where nothing can be drawn over: soon while the past is filled in, then seldom, so that a log stays readable. */
const PLAIN_FILLING_MS = 10_000;
const PLAIN_REFRESH_MS = 10 * 60_000;
/** More rows than any window shows. */
const MOST_ROWS = 100;
const PLAIN_ROWS = 15;

interface View {
  readonly report: Report | undefined;
  /** What occupancy still lacks; empty when nothing. */
  readonly lacking: string;
}

export function marketScreen(context: Context, { dir, headline }: MarketScreenOptions): MarketScreen {
  const { terminal, clock, log } = context;
  const isTerminal = terminal.outIsTerminal;
  let view: View = { report: undefined, lacking: '' };
  let newest: StoredPoll | undefined;
  let sweep: SweepProgress | undefined;
  let blindness: { readonly sinceMs: number; readonly reason: string } | undefined;
  let lastLog = '';
  let isCaughtUp = false;
  let isEnding = false;
  let hasEnded = false;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  let frameLines = 0;
  /** Of the newest poll that the table holds. */
  let shownPoll: number | undefined;

  const blindText = () =>
    blindness
      ? `Blind since ${formatIso(blindness.sinceMs)} (${formatDuration(clock.now() - blindness.sinceMs)}): ${blindness.reason}. Trying on.`
      : '';
  const status = () =>
    [
      view.lacking,
      newest ? describePoll(newest) : 'waiting for the first poll…',
      sweep && !newest ? describeSweep(sweep, clock.now()) : '',
      blindText(),
      lastLog,
      isEnding ? 'Ending: the store is being completed…' : '',
    ].filter((line) => line !== '');

  const drawFrame = () => {
    if (hasEnded) return;
    const warning = view.report?.warnings.find((line) => line.includes('rentable=false')) ?? '';
    const lines = makeFrame({ headline, report: view.report, status: status(), warning }, terminal);
    // Home, then every line with the rest of it erased, then what is left below: no flicker, nothing stale.
    terminal.out(`\u001b[H${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`);
    frameLines = lines.length;
  };
  const printTable = () => {
    if (!view.report) return;
    const plain = { ...view.report, rows: view.report.rows.slice(0, PLAIN_ROWS) };
    const warning = plain.warnings.find((line) => line.includes('rentable=false')) ?? '';
    const lines = makeFrame(
      { headline: plain.header.simulated ? headline : '', report: plain, status: status(), warning },
      { columns: terminal.columns, rows: Number.POSITIVE_INFINITY },
    );
    terminal.out(`${lines.filter((line) => line !== '').join('\n')}\n\n`);
  };
  const read = async () => {
    shownPoll = newest?.poll;
    view = await readView(context, dir);
    if (isTerminal) drawFrame();
    else if (view.lacking === '') printTable();
  };
  const refresh = ({ isDue = false } = {}) => {
    const everyMs = isTerminal ? REFRESH_MS : isCaughtUp ? PLAIN_REFRESH_MS : PLAIN_FILLING_MS;
    if (reading || hasEnded || !existsSync(join(dir, 'store.json'))) return;
    if (!isDue && clock.monotonic() - readAt < everyMs) return;
    readAt = clock.monotonic();
    reading = read()
      .catch((error: unknown) => {
        lastLog = `The table could not be refreshed: ${printable(error instanceof Error ? error.message : String(error))}`;
        if (isTerminal) drawFrame();
        else log.warn('the table could not be refreshed', { error });
      })
      .finally(() => {
        reading = undefined;
      });
  };
  const redraw = () => {
    if (isTerminal) drawFrame();
  };

  if (isTerminal) terminal.out('\u001b[2J');
  redraw();
  const offResize = terminal.onResize(() => {
    terminal.out('\u001b[2J');
    redraw();
  });
  if (isTerminal) refresh({ isDue: true });

  return {
    pollStored(report) {
      newest = report;
      lastLog = '';
      if (isTerminal) redraw();
      else if (view.lacking !== '' || view.report === undefined) terminal.err(`${describePoll(report)}\n`);
      refresh();
    },
    sweeping(progress) {
      sweep = progress;
      redraw();
    },
    blind(sinceMs, reason) {
      blindness = { sinceMs, reason };
      if (!isTerminal) terminal.err(`${blindText()}\n`);
      redraw();
    },
    seeing() {
      blindness = undefined;
      lastLog = '';
      redraw();
    },
    caughtUp() {
      isCaughtUp = true;
      refresh({ isDue: true });
    },
    logged(line) {
      if (!isTerminal) return context.writeLog(line);
      lastLog = printable(formatLogLine(line));
      redraw();
    },
    ending() {
      isEnding = true;
      redraw();
    },
    async end() {
      await reading;
      offResize();
      isEnding = false;
      // The table may be older than the last poll; a store that cannot be read was said to be so before.
      if (newest && newest.poll !== shownPoll) await read().catch(() => {});
      if (isTerminal && frameLines > 0) drawFrame();
      hasEnded = true;
    },
  };
}

/** Occupancy once it means something; until then what was seen last. */
async function readView({ clock, log }: Context, dir: string): Promise<View> {
  await using reader = await openMarketReader({ dir, clock, log });
  const needs = await reportNeeds(reader);
  const occupancy = needs.find(({ report }) => report === 'occupancy');
  const isReady = occupancy?.ready === true;
  const report = await runReport(
    reader,
    {
      mode: isReady ? 'occupancy' : 'latest',
      by: 'gpu',
      type: 'on-demand',
      limit: MOST_ROWS,
      companion: 'skip',
      ...(isReady ? { since: '7d' } : {}),
    },
    clock,
  );
  return {
    report: report.rows.length > 0 ? report : undefined,
    lacking: isReady || !occupancy ? '' : `Still to come: ${occupancy.sentence} UTC.`,
  };
}
