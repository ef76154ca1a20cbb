// The year is built beside the journal, so a short trace is built both ways, and every file compared; then the real
// writer goes on with what was built. Every count must be zero.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS, silentLog } from '../../src/base/std/index.ts';
import { checkMarket, type PollInput } from '../../src/watch/history/index.ts';
import { openDuckDbSession, quote } from '../../src/watch/history/segments/duckdb-session.ts';
import { progress } from '../child.ts';
import type { Report } from '../lines.ts';
import { createTraceClock, openBenchWriter } from './bench-store.ts';
import { TRACE_START_MS, tracePolls } from './trace/trace.ts';
import { buildYear } from './year/build-year.ts';

const DAYS = 3;
const MONTH_DAYS = 1;
const FURTHER_POLLS = 20;

export interface YearEquality {
  readonly observations: number;
  /** Rows that only one of the two stores has, over all files of all segments. */
  readonly differences: number;
  readonly findings: readonly string[];
}

export async function measureYearEquality(
  { folder }: { readonly folder: string },
  report: Report,
): Promise<void> {
  const result = await compareYear({ folder, days: DAYS, monthDays: MONTH_DAYS });
  for (const finding of result.findings) progress(finding);
  const name = `year, ${DAYS} d: rows that the real writer stores otherwise, of ${result.observations} observations`;
  report(name, result.differences, 'differences', 0);
  report(`year, ${DAYS} d: faults after the real writer went on`, result.findings.length, 'differences', 0);
}

/** Sealed every `monthDays`. `machines` as in the trace. */
export async function compareYear(options: {
  readonly folder: string;
  readonly days: number;
  readonly monthDays: number;
  readonly machines?: number;
}): Promise<YearEquality> {
  const { folder, days, monthDays } = options;
  const size = options.machines === undefined ? {} : { machines: options.machines };
  const [built, written] = ['built.market', 'written.market'].map((name) => join(folder, name)) as [
    string,
    string,
  ];
  const clock = createTraceClock();
  const { observations } = await buildYear({ dir: built, days, monthDays, trace: size, clock });
  const further = await writeAll({ dir: written, days, monthDays, size });
  let differences = 0;
  for (const segment of new Set([...segmentsOf(built), ...segmentsOf(written)])) {
    differences += await countDifferences(folder, [built, written], segment);
  }
  {
    await using writer = await openBenchWriter(built, clock);
    for (const poll of further) {
      clock.setNow(poll.tsMs);
      writer.append(poll);
    }
  }
  const { findings } = await checkMarket({ dir: built, clock, log: silentLog });
  for (const dir of [built, written]) rmSync(dir, { recursive: true, force: true });
  return { observations, differences, findings };
}

/** The same days through the real writer; returns the polls that follow. */
async function writeAll(options: {
  readonly dir: string;
  readonly days: number;
  readonly monthDays: number;
  readonly size: { readonly machines?: number };
}): Promise<readonly PollInput[]> {
  const { dir, days, monthDays, size } = options;
  const clock = createTraceClock();
  await using writer = await openBenchWriter(dir, clock);
  const further: PollInput[] = [];
  let monthEndMs = TRACE_START_MS + monthDays * DAY_MS;
  for (const poll of tracePolls(days + 1, { ...size, columns: 'original' })) {
    if (poll.tsMs >= monthEndMs) {
      await writer.seal();
      monthEndMs += monthDays * DAY_MS;
    }
    if (poll.tsMs >= TRACE_START_MS + days * DAY_MS) further.push(poll);
    else writer.append(poll);
    if (further.length === FURTHER_POLLS) break;
    clock.setNow(poll.tsMs + 5_000);
  }
  return further;
}

const segmentsOf = (dir: string) => readdirSync(join(dir, 'segments'));

async function countDifferences(
  folder: string,
  stores: readonly [string, string],
  segment: string,
): Promise<number> {
  using session = await openDuckDbSession({ folders: [folder], memoryLimitMb: 512 });
  let differences = 0;
  const folders = stores.map((dir) => join(dir, 'segments', segment));
  for (const file of readdirSync(folders[1] as string)) {
    const [ours, theirs] = folders.map((path) => `FROM read_parquet(${quote(join(path, file))})`);
    const result = await session.connection.runAndReadAll(
      `SELECT count(*) FROM ((${ours} EXCEPT ALL ${theirs}) UNION ALL (${theirs} EXCEPT ALL ${ours}))`,
    );
    const count = Number(result.getRows()[0]?.[0]);
    if (count > 0) progress(`${segment}/${file}: ${count} rows differ`);
    differences += count;
  }
  return differences;
}
