// The journal and the segments, through the real writer: time and bytes of every poll, snapshot and seal.
import { join } from 'node:path';
import { DAY_MS, silentLog } from '../../src/base/std/index.ts';
import { checkMarket, createRowPacker, type PollInput } from '../../src/watch/history/index.ts';
import { peakMemoryMb, progress } from '../child.ts';
import type { Report } from '../lines.ts';
import { median, quantile } from '../statistics.ts';
import { createTraceClock, openBenchWriter, packPoll } from './bench-store.ts';
import { folderBytes, tableBytes } from './folder-size.ts';
import { storeDir } from './store-dir.ts';
import { POLL_INTERVAL_MS, TRACE_START_MS, tracePolls } from './trace/trace.ts';

export interface StorePartOptions {
  readonly days: number;
  readonly folder: string;
}

/** What comes after the seal, so that readers meet segments and a tail. */
const TAIL_MS = 10 * POLL_INTERVAL_MS;

/** From this many days on the first sight of every offer, which is written once, no longer counts. */
const BYTES_BUDGET_FROM_DAYS = 30;

/** What is kept beside the original's 16 columns; budgets of bytes are for those alone. */
const FURTHER_FACETS = /quote|terms|hardware|capacity/;

export async function measureStore({ days, folder }: StorePartOptions, report: Report): Promise<void> {
  const dir = storeDir(folder, 'month');
  const isLong = days >= BYTES_BUDGET_FROM_DAYS;
  const clock = createTraceClock();
  const diffs: number[] = [];
  const times: number[] = [];
  const packs: number[] = [];
  const idles: number[] = [];
  const packer = createRowPacker();
  const polls = tracePolls(days);
  const tailFromMs = TRACE_START_MS + days * DAY_MS - TAIL_MS;
  const tail: PollInput[] = [];
  let rows = 0;
  let events = 0;
  {
    await using writer = await openBenchWriter(dir, clock);
    // Nothing is kept of a poll once it is written, as in a collector: kept rows would be the garbage of later polls.
    for (;;) {
      let next: PollInput | undefined = polls.next().value as PollInput;
      if (next.tsMs >= tailFromMs) {
        tail.push(next);
        break;
      }
      clock.setNow(next.tsMs + 5_000);
      const packMs = clock.monotonic();
      const packed = packPoll(packer, next);
      next = undefined;
      const startMs = clock.monotonic();
      packs.push(startMs - packMs);
      const result = writer.append(packed);
      times.push(clock.monotonic() - startMs);
      const idleMs = clock.monotonic();
      writer.checkpoint();
      idles.push(clock.monotonic() - idleMs);
      diffs.push(result.diffMs);
      rows += result.rows;
      events += result.events;
      if (times.length % 500 === 0) progress(`store: poll ${times.length}`);
    }
    report('store: peak memory of the writer and the trace', peakMemoryMb(), 'MB');
  }
  report('trace: polls', times.length, 'polls');
  report('trace: observations', rows, 'obs');
  report('trace: events a poll', events / times.length, 'events');
  report('poll: pack the rows (part of decoding), median', median(packs), 'ms');
  report('poll: diff, median', median(diffs), 'ms');
  report('poll: diff + commit, median', median(times), 'ms', 5);
  report('poll: diff + commit, p99', quantile(times, 0.99), 'ms', 10);
  report('poll: checkpoint between polls, longest', quantile(idles, 1), 'ms');
  const journal = tableBytes(join(dir, 'journal.db'));
  const further = [...journal].filter(([table]) => FURTHER_FACETS.test(table));
  const furtherBytes = further.reduce((sum, [, bytes]) => sum + bytes, 0);
  const journalBytes = folderBytes(dir, /journal\.db/);
  report('journal: the 16 columns', (journalBytes - furtherBytes) / rows, 'B/obs', isLong ? 0.45 : null);
  report('journal: all columns', journalBytes / rows, 'B/obs');
  tail.push(...polls);
  await measureSeal({ dir, rows, tail, isLong }, report);
}

async function measureSeal(
  options: {
    readonly dir: string;
    readonly rows: number;
    readonly tail: readonly PollInput[];
    readonly isLong: boolean;
  },
  report: Report,
): Promise<void> {
  const { dir, rows, tail, isLong } = options;
  const clock = createTraceClock();
  clock.setNow(tail[0]?.tsMs ?? clock.now());
  const took = async <T>(name: string, fn: () => Promise<T>): Promise<T> => {
    const startMs = clock.monotonic();
    const value = await fn();
    report(`store: ${name}`, clock.monotonic() - startMs, 'ms');
    return value;
  };
  const writer = await took('open the writer', () => openBenchWriter(dir, clock));
  await took('seal', () => writer.seal());
  report('store: peak memory with the seal', peakMemoryMb(), 'MB');
  const segments = join(dir, 'segments');
  const all = folderBytes(segments);
  report(
    'segments: the 16 columns',
    (all - folderBytes(segments, FURTHER_FACETS)) / rows,
    'B/obs',
    isLong ? 0.1 : null,
  );
  report('segments: all columns', all / rows, 'B/obs');
  for (const poll of tail) {
    clock.setNow(poll.tsMs + 5_000);
    writer.append(poll);
  }
  await took('write the open snapshot', () => writer.snapshot());
  await writer.close();
  report('store: whole folder after the seal', folderBytes(dir) / rows, 'B/obs');
  const check = await took('check every poll by its hash', () => checkMarket({ dir, clock, log: silentLog }));
  for (const finding of check.findings) progress(finding);
  const name = `store: faults found in ${check.polls} polls, ${check.observations} observations`;
  report(name, check.findings.length, 'differences', 0);
}
