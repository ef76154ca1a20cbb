// The correctness line: a day of the trace through the store against raw rows; every count must be zero.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { peakMemoryMb, progress } from '../child.ts';
import type { Report } from '../lines.ts';
import { createTraceClock, openBenchWriter } from './bench-store.ts';
import { compareWithReference } from './compare.ts';
import { tracePolls } from './trace/trace.ts';

/** Raw rows of more than a day take gigabytes. */
const DAYS_MAX = 1;

export async function measureEquality(
  options: { readonly days: number; readonly folder: string },
  report: Report,
): Promise<void> {
  const days = Math.min(DAYS_MAX, options.days);
  const dir = join(options.folder, 'equal.market');
  const clock = createTraceClock();
  {
    await using writer = await openBenchWriter(dir, clock);
    let polls = 0;
    for (const poll of tracePolls(days)) {
      clock.setNow(poll.tsMs + 5_000);
      writer.append(poll);
      polls += 1;
      // Half of it sealed, the rest in the snapshot and the journal: every way that a row can be kept.
      if (polls === Math.ceil((days * 240) / 2)) await writer.seal();
      if (polls === Math.ceil((days * 240 * 3) / 4)) await writer.snapshot();
    }
  }
  progress('comparing with raw rows');
  const result = await compareWithReference({ dir, clock, polls: tracePolls(days) });
  report(`equal, ${days} d: observations compared`, result.rows, 'obs');
  report(
    `equal, ${days} d: polls that differ by hash, of ${result.polls}`,
    result.pollsDiffering,
    'polls',
    0,
  );
  for (const each of result.reports) {
    if (each.first) progress(`report ${each.mode} differs: ${each.first}`);
    const name = `equal, ${days} d: report ${each.mode} against reference SQL, ${each.rows} rows`;
    report(name, each.differences, 'differences', 0);
  }
  report(`equal, ${days} d: peak memory`, peakMemoryMb(), 'MB');
  rmSync(dir, { recursive: true, force: true });
}
