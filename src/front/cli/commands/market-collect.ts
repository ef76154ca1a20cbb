// `vastdeck market collect`: one collector on one store, in the foreground, a line for each poll.
import { formatDuration, formatIso, type LogLine } from '../../../base/std/index.ts';
import type { StoredPoll } from '../../app/index.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import type { Flags } from '../flags.ts';
import type { Column, Row } from '../output/column.ts';
import { plural } from '../output/number.ts';
import { describePoll, describeSweep } from '../output/poll-line.ts';
import { progressLine } from '../output/progress.ts';
import { rowStream } from '../output/row-stream.ts';
import { startLiveMarket } from './live-market.ts';

/** A sweep under a low cap takes many minutes; a log of it stays readable. */
const PLAIN_PROGRESS_MS = 60_000;

const COLUMNS: readonly Column[] = [
  'poll',
  'ts',
  'offers',
  'events',
  'appeared',
  'gone',
  'missing',
  'complete',
  'reasons',
  'searches',
  'bytes',
  'duration_ms',
  'diff_ms',
  'commit_ms',
].map((name) => ({ name }));

export async function marketCollect(context: Context, flags: Flags): Promise<void> {
  const { terminal, clock } = context;
  const progress = progressLine(context, { plainEveryMs: PLAIN_PROGRESS_MS });
  const say = (text: string) => {
    progress.end();
    terminal.err(`${text}\n`);
  };
  let blindSinceMs: number | undefined;
  const writeLog = (line: LogLine) => {
    progress.end();
    context.writeLog(line);
  };
  const { thread, dir, intervalMs } = await startLiveMarket({ ...context, writeLog }, flags);
  const rows = rowStream(context, COLUMNS, flags);
  const most = Number(flags.polls);
  let polls = 0;
  thread.events.on('sweep:progress', (sweep) =>
    progress.keepShowing(() => describeSweep(sweep, clock.now())),
  );
  thread.events.on('poll:stored', (report) => {
    polls += 1;
    say(describePoll(report));
    rows.write([pollRow(report)]);
    // Only where it can be written over.
    if (terminal.errIsTerminal && polls !== most) {
      progress.show(`next poll at ${formatIso(nextPollMs(report, intervalMs))}`);
    }
  });
  thread.events.on('collector:blind', ({ sinceMs, reason }) => {
    blindSinceMs = sinceMs;
    say(`Blind since ${formatIso(sinceMs)}: ${reason}. Trying on; nothing that is stored is lost.`);
  });
  thread.events.on('poll:unseen', ({ sinceMs }) => {
    say(`Still blind since ${formatIso(sinceMs)} (${formatDuration(clock.now() - sinceMs)}).`);
  });
  thread.events.on('collector:seeing', () => {
    if (blindSinceMs === undefined) return;
    say(`Sees again after ${formatDuration(clock.now() - blindSinceMs)}.`);
    blindSinceMs = undefined;
  });
  terminal.interrupted.addEventListener('abort', () => void thread.stop().catch(() => {}), { once: true });
  try {
    await thread.done;
  } finally {
    progress.end();
    rows.end();
  }
  if (!terminal.interrupted.aborted) {
    if (polls !== most) terminal.err(`The recording holds no newer poll; ${plural(polls, 'poll')} stored.\n`);
    return;
  }
  terminal.err(`Stopped after ${plural(polls, 'poll')}; ${dir} is closed and whole.\n`);
  // Whoever asked for so many polls has not got them.
  if (flags.polls !== undefined) context.endWith(EXIT_CODES.interrupted);
}

/** A sweep that took longer than the interval is followed by the next one at once. */
function nextPollMs({ tsMs, durationMs }: StoredPoll, intervalMs: number): number {
  return Math.round((tsMs + Math.max(intervalMs, durationMs)) / 1_000) * 1_000;
}

function pollRow(report: StoredPoll): Row {
  return {
    poll: report.poll,
    ts: formatIso(report.tsMs),
    offers: report.rows,
    events: report.events,
    appeared: report.appeared,
    gone: report.gone,
    missing: report.missing,
    complete: report.complete,
    reasons: report.reasons.join('; '),
    searches: report.searches,
    bytes: report.bytes,
    duration_ms: Math.round(report.durationMs),
    diff_ms: report.diffMs,
    commit_ms: report.commitMs,
  };
}
