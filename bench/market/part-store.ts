// The journal and the segments, through the real writer: time and bytes of every poll, snapshot and seal.
import { join } from 'node:path';
import { assert, DAY_MS, silentLog } from '../../src/base/std/index.ts';
import { checkMarket } from '../../src/watch/history/index.ts';
import { peakMemoryMb, progress } from '../child.ts';
import type { Report } from '../lines.ts';
import { median, quantile } from '../statistics.ts';
import { createTraceClock, openBenchWriter } from './bench-store.ts';
import { folderBytes, tableBytes } from './folder-size.ts';
import { storeDir } from './store-dir.ts';
import { packedTrace, type TracedPoll } from './trace/packed-trace.ts';
import { POLL_INTERVAL_MS, TRACE_START_MS } from './trace/trace.ts';

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
  const polls = packedTrace(days, clock);
  const tailFromMs = TRACE_START_MS + days * DAY_MS - TAIL_MS;
  let firstOfTail: TracedPoll | undefined;
  let rows = 0;
  let events = 0;
  {
    await using writer = await openBenchWriter(dir, clock);
    // By hand, since a loop that is left would end the trace.
    for (let next = await polls.next(); !next.done; next = await polls.next()) {
      const { poll, packMs } = next.value;
      if (poll.tsMs >= tailFromMs) {
        firstOfTail = next.value;
        break;
      }
      clock.setNow(poll.tsMs + 5_000);
      packs.push(packMs);
      const startMs = clock.monotonic();
      const result = writer.append(poll);
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
  assert(firstOfTail, 'The trace ends before its last hour');
  await measureSeal({ dir, rows, tail: withFirst(firstOfTail, polls), tailFromMs, isLong }, report);
}

async function* withFirst(first: TracedPoll, polls: AsyncGenerator<TracedPoll>): AsyncGenerator<TracedPoll> {
  yield first;
  yield* polls;
}

async function measureSeal(
  options: {
    readonly dir: string;
    readonly rows: number;
    readonly tail: AsyncIterable<TracedPoll>;
    readonly tailFromMs: number;
    readonly isLong: boolean;
  },
  report: Report,
): Promise<void> {
  const { dir, rows, tail, tailFromMs, isLong } = options;
  const clock = createTraceClock();
  clock.setNow(tailFromMs);
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
  for await (const { poll } of tail) {
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
