// A year of the market as a collector would have left it, built from the trace's changes in minutes; then proven
// whole by a process of its own.
import { silentLog } from '../../src/base/std/index.ts';
import { checkMarket } from '../../src/watch/history/index.ts';
import { peakMemoryMb, progress } from '../child.ts';
import type { Report } from '../lines.ts';
import { createTraceClock } from './bench-store.ts';
import { folderBytes } from './folder-size.ts';
import { storeDir } from './store-dir.ts';
import { buildYear } from './year/build-year.ts';

export interface YearOptions {
  readonly days: number;
  readonly folder: string;
}

/** What making the year may take, so that it can be made anywhere. */
const BUILD_MEMORY_MB = 2_000;

export async function measureYear({ days, folder }: YearOptions, report: Report): Promise<void> {
  const dir = storeDir(folder, 'year');
  const built = await buildYear({
    dir,
    days,
    clock: createTraceClock(),
    onMonth: (month) =>
      progress(
        `year: day ${month.days}, ${month.spans} spans, ${Math.round(peakMemoryMb())} MB; ` +
          `${sec(month.spansMs)} s spans, ${sec(month.sealMs)} s segments, ${sec(month.rollupMs)} s roll-ups`,
      ),
  });
  report('year: polls', built.polls, 'polls');
  report('year: observations', built.observations, 'obs');
  report('year: spans', built.spans, 'rows');
  report('year: making the spans', built.spansMs / 1_000, 's');
  report('year: writing the segments', built.sealMs / 1_000, 's');
  report('year: rolling up its days', built.rollupMs / 1_000, 's');
  report('year: segments, the 16 columns', folderBytes(`${dir}/segments`) / built.observations, 'B/obs');
  report('year: roll-ups', folderBytes(`${dir}/rollups`) / 1e6, 'MB');
  report('year: whole folder, the 16 columns', folderBytes(dir) / 1e6, 'MB');
  report('year: peak memory of making it', peakMemoryMb(), 'MB', BUILD_MEMORY_MB);
}

const sec = (ms: number) => Math.round(ms / 1_000);

/** Every poll's rows, as the trace counted them, and its hash, from the spans that were written. */
export async function checkYear({ folder }: YearOptions, report: Report): Promise<void> {
  const check = await checkMarket({
    dir: storeDir(folder, 'year'),
    clock: createTraceClock(),
    log: silentLog,
  });
  for (const finding of check.findings) progress(finding);
  const name = `year: faults found in ${check.polls} polls, ${check.observations} observations`;
  report(name, check.findings.length, 'differences', 0);
  report('year: check every poll by its hash', check.tookMs / 1_000, 's');
  report('year: peak memory of the check', peakMemoryMb(), 'MB');
}
