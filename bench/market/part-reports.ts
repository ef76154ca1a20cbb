// Every report on the store of all columns, warm: the best of three after one to warm up, rows as objects included.
import { silentLog } from '../../src/base/std/index.ts';
import { openMarketReader } from '../../src/watch/history/index.ts';
import { type ReportMode, runReport } from '../../src/watch/reports/index.ts';
import { peakMemoryMb } from '../child.ts';
import type { Report } from '../lines.ts';
import { createTraceClock } from './bench-store.ts';

/** By days of history: what DESIGN promises for a month and for a year. */
const BUDGETS_MS: Readonly<Record<number, Partial<Record<ReportMode, number>>>> = {
  30: { occupancy: 50, ttr: 20, latest: 15, daily: 400 },
  365: { occupancy: 500, ttr: 150, daily: 4_500 },
};
const MODES: readonly ReportMode[] = ['occupancy', 'ttr', 'latest', 'daily', 'prices', 'whole-gpu'];
const RUNS = 3;
const YEAR_MEMORY_MB = 600;

export async function measureReports(
  { days, dir }: { readonly days: number; readonly dir: string },
  report: Report,
): Promise<void> {
  const clock = createTraceClock();
  const startMs = clock.monotonic();
  await using reader = await openMarketReader({ dir, clock, log: silentLog, memoryLimitMb: 512 });
  report(`reports, ${days} d: open the store`, clock.monotonic() - startMs, 'ms');
  const [newest] = await reader.rows('SELECT max(ts_ms) AS ts_ms FROM polls');
  clock.setNow(Number(newest?.ts_ms) + 60_000);
  const bestOf = async (fn: () => Promise<unknown>) => {
    await fn();
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS; run += 1) {
      const fromMs = clock.monotonic();
      await fn();
      best = Math.min(best, clock.monotonic() - fromMs);
    }
    return best;
  };
  for (const mode of MODES) {
    const ms = await bestOf(() => runReport(reader, { mode }, clock));
    report(`report ${mode}, ${days} d`, ms, 'ms', BUDGETS_MS[days]?.[mode] ?? null);
  }
  if (days >= 365) {
    const [one] = await reader.rows(
      'SELECT gpu_name FROM rollup_daily GROUP BY gpu_name ORDER BY count(*) DESC LIMIT 1',
    );
    const query = 'SELECT * FROM rollup_daily WHERE gpu_name = $gpu ORDER BY ALL';
    report(
      'roll-up, one GPU over the year',
      await bestOf(() => reader.rows(query, { gpu: one?.gpu_name })),
      'ms',
      25,
    );
  }
  report(`reports, ${days} d: peak memory`, peakMemoryMb(), 'MB', days >= 365 ? YEAR_MEMORY_MB : null);
}
