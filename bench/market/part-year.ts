// A year through the real writer: sealed and rolled up as a collector would have left it. It takes some minutes.
import { DAY_MS } from '../../src/base/std/index.ts';
import { peakMemoryMb, progress } from '../child.ts';
import type { Report } from '../lines.ts';
import { createTraceClock, openBenchWriter } from './bench-store.ts';
import { folderBytes } from './folder-size.ts';
import { storeDir } from './store-dir.ts';
import { TRACE_START_MS, tracePolls } from './trace/trace.ts';

/** Upkeep less often than a collector's costs less and leaves the same files. */
const MAINTAIN_EVERY_DAYS = 10;

export async function measureYear(
  { days, folder }: { readonly days: number; readonly folder: string },
  report: Report,
): Promise<void> {
  const dir = storeDir(folder, 'year');
  const clock = createTraceClock();
  const startMs = clock.monotonic();
  let rows = 0;
  let day = 0;
  let maintenanceMs = 0;
  await using writer = await openBenchWriter(dir, clock);
  for (const poll of tracePolls(days)) {
    clock.setNow(poll.tsMs + 5_000);
    rows += writer.append(poll).rows;
    const today = Math.floor((poll.tsMs - TRACE_START_MS) / DAY_MS);
    if (today === day) continue;
    day = today;
    if (day % MAINTAIN_EVERY_DAYS !== 0) continue;
    const fromMs = clock.monotonic();
    await writer.maintain();
    maintenanceMs = Math.max(maintenanceMs, clock.monotonic() - fromMs);
    progress(`year: day ${day}, ${Math.round(peakMemoryMb())} MB`);
  }
  await writer.maintain();
  await writer.close();
  report(`year: observations`, rows, 'obs');
  report(`year: writing it`, (clock.monotonic() - startMs) / 1_000, 's');
  report('year: longest maintenance', maintenanceMs, 'ms');
  report('year: whole folder, all columns', folderBytes(dir) / rows, 'B/obs');
  report('year: whole folder, all columns, size', folderBytes(dir) / 1e6, 'MB');
  report('year: peak memory of the writer and the trace', peakMemoryMb(), 'MB');
}
