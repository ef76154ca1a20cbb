// Every report on the month's or the year's store, warm: the best of three after one to warm up. Its time ends when
// every row has been made and read, a thousand at a time, as data formats take them.
import { silentLog } from '../../src/base/std/index.ts';
import { type MarketReader, openMarketReader } from '../../src/watch/history/index.ts';
import {
  dailyHistory,
  dataBatches,
  type ReportMode,
  runReport,
  type Report as WatchReport,
} from '../../src/watch/reports/index.ts';
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
const YEAR_FROM_DAYS = 365;
const YEAR_MEMORY_MB = 600;
const ROLLUP_MS = 25;

export async function measureReports(
  { days, dir }: { readonly days: number; readonly dir: string },
  report: Report,
): Promise<void> {
  const isYear = days >= YEAR_FROM_DAYS;
  const clock = createTraceClock();
  const [commonGpu] = isYear ? await commonGpus(dir) : [];
  const startMs = clock.monotonic();
  await using reader = await openMarketReader({ dir, clock, log: silentLog, memoryLimitMb: 512 });
  report(`reports, ${days} d: open the store`, clock.monotonic() - startMs, 'ms');
  // Before all else, as a process that is asked for nothing else meets it.
  if (commonGpu !== undefined) await measureFirstRollup(reader, commonGpu, report);
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
    const ms = await bestOf(async () => readAll(await runReport(reader, { mode }, clock)));
    report(`report ${mode}, ${days} d`, ms, 'ms', BUDGETS_MS[days]?.[mode] ?? null);
  }
  if (commonGpu !== undefined) {
    const ms = await bestOf(() => dailyHistory(reader, { gpuName: commonGpu }));
    report('roll-up, one GPU over the year, asked again', ms, 'ms', ROLLUP_MS);
  }
  report(`reports, ${days} d: peak memory`, peakMemoryMb(), 'MB', isYear ? YEAR_MEMORY_MB : null);
  if (commonGpu !== undefined) await measureRollupSql(reader, commonGpu, { bestOf, report });
}

/** What stands beneath a report as well. */
function readAll(report: WatchReport): number {
  let rows = 0;
  for (const part of [report, ...report.also]) for (const batch of dataBatches(part)) rows += batch.length;
  return rows;
}

/** The GPU with most rows over all days that are finished; from the call, with the store open, to the last number. */
async function measureFirstRollup(reader: MarketReader, gpuName: string, report: Report): Promise<void> {
  const clock = createTraceClock();
  const fromMs = clock.monotonic();
  const { length } = await dailyHistory(reader, { gpuName });
  const ms = clock.monotonic() - fromMs;
  report(`roll-up, one GPU over the year, ${length} rows, first of the process`, ms, 'ms', ROLLUP_MS);
  const byLocation = { gpuName, byLocation: true };
  const thenMs = clock.monotonic();
  const all = await dailyHistory(reader, byLocation);
  report(`roll-up, the same by location, ${all.length} rows`, clock.monotonic() - thenMs, 'ms');
}

/** The running day, which no file has yet, costs extra, and rows as objects too; it has no budget. */
async function measureRollupSql(
  reader: MarketReader,
  gpuName: string,
  {
    bestOf,
    report,
  }: { readonly bestOf: (act: () => Promise<unknown>) => Promise<number>; readonly report: Report },
): Promise<void> {
  const sql = 'SELECT * FROM rollup_daily WHERE gpu_name = $gpuName ORDER BY ALL';
  const asRows = await bestOf(() => reader.rows(sql, { gpuName }));
  report('roll-up, one GPU over the year and the running day, by SQL', asRows, 'ms');
}

/** By a reader of its own, so that the measured one has touched no roll-up. */
async function commonGpus(dir: string): Promise<readonly string[]> {
  await using reader = await openMarketReader({ dir, clock: createTraceClock(), log: silentLog });
  const rows = await reader.rows(
    'SELECT gpu_name FROM rollup_daily_finished GROUP BY gpu_name ORDER BY count(*) DESC LIMIT 1',
  );
  return rows.map((row) => String(row.gpu_name));
}
