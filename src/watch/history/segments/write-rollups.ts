// Rolls up the UTC days that are over, a file a month, each time with one more day in it.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Clock, DAY_MS, type Log } from '../../../base/std/index.ts';
import type { JournalReader } from '../journal/journal-reader.ts';
import { openDuckDbSession, quote } from './duckdb-session.ts';
import { flushTree } from './durable-file.ts';
import { inTurn } from './in-turn.ts';
import {
  type Manifest,
  ROLLUP_FOLDER,
  ROLLUP_KINDS,
  type Rollup,
  type RollupKind,
  readManifest,
} from './manifest.ts';
import { loadOpenPeriod } from './open-period.ts';
import { LOOKUP_LAYOUTS } from './parquet-layout.ts';
import { advanceManifest } from './retire-files.ts';
import { ROLLUP_ORDER, ROLLUP_TIME, rollupQuery } from './rollup-sql.ts';
import { spanViews } from './span-views.ts';
import { writeParquet } from './write-parquet.ts';
import { WRITER_MEMORY_MB } from './write-snapshot.ts';

export interface WriteRollupsOptions {
  readonly dir: string;
  readonly journal: JournalReader;
  readonly clock: Clock;
  readonly log: Log;
}

/** The polls of a UTC day that is over. */
interface FinishedDay {
  /** `2026-11-20`. */
  readonly day: string;
  readonly firstPoll: number;
  readonly lastPoll: number;
}

/** Whether a UTC day has ended whose polls are not rolled up. */
export function rollupsAreDue(manifest: Manifest, newestTsMs: number): boolean {
  const firstTsMs = manifest.segments[0]?.firstTsMs ?? manifest.open?.firstTsMs;
  if (firstTsMs === undefined) return false;
  const yesterday = utcDay(newestTsMs - DAY_MS);
  return utcDay(firstTsMs) <= yesterday && lastRolledDay(manifest) < yesterday;
}

/** Rolls up every finished day that is not, and returns them. A day ends when a poll of a later one exists. */
export function writeRollups(options: WriteRollupsOptions): Promise<readonly string[]> {
  return inTurn(options.dir, () => writeNow(options));
}

async function writeNow(options: WriteRollupsOptions): Promise<readonly string[]> {
  const { dir, journal, clock, log } = options;
  const manifest = readManifest(dir);
  using session = await openDuckDbSession({ folders: [dir], memoryLimitMb: WRITER_MEMORY_MB, threads: 1 });
  const { connection } = session;
  const period = await loadOpenPeriod({ connection, dir, manifest, journal, base: 'snapshot' });
  if (!period) return [];
  for (const statement of spanViews({ dir, manifest, period })) await connection.run(statement);
  mkdirSync(join(dir, ROLLUP_FOLDER), { recursive: true });
  let { rollups } = manifest;
  const rolled = new Set<string>();
  for (const kind of ROLLUP_KINDS) {
    const finished = await listFinishedDays(connection, kind, manifest);
    for (const [month, days] of Map.groupBy(finished, ({ day }) => day.slice(0, 7))) {
      const before = rollups.find((rollup) => rollup.kind === kind && rollup.month === month);
      const rollup = await writeMonth({ connection, dir, kind, month, days, before });
      rollups = [...rollups.filter((candidate) => candidate !== before), rollup];
      for (const { day } of days) rolled.add(day);
    }
  }
  if (rolled.size === 0) return [];
  flushTree(join(dir, ROLLUP_FOLDER));
  advanceManifest({ dir, clock, current: manifest, next: { rollups } });
  const days = [...rolled].sort();
  log.info('days rolled up', { through: days.at(-1), days: days.length });
  return days;
}

async function listFinishedDays(
  connection: DuckDBConnection,
  kind: RollupKind,
  manifest: Manifest,
): Promise<readonly FinishedDay[]> {
  const rolledThrough = Math.max(0, ...ofKind(manifest, kind).map(({ lastPoll }) => lastPoll));
  const day = `strftime(make_timestamp(ts_ms * 1000), '%Y-%m-%d')`;
  const result = await connection.runAndReadAll(
    `SELECT day, min(poll), max(poll) FROM (SELECT poll, ${day} AS day FROM polls)
     WHERE poll > ${rolledThrough} AND day < (SELECT max(${day}) FROM polls) GROUP BY day ORDER BY day`,
  );
  return result.getRows().map(([name, firstPoll, lastPoll]) => ({
    day: String(name),
    firstPoll: Number(firstPoll),
    lastPoll: Number(lastPoll),
  }));
}

interface WriteMonthOptions {
  readonly connection: DuckDBConnection;
  readonly dir: string;
  readonly kind: RollupKind;
  readonly month: string;
  /** At least one, in order. */
  readonly days: readonly FinishedDay[];
  readonly before: Rollup | undefined;
}

async function writeMonth(options: WriteMonthOptions): Promise<Rollup> {
  const { connection, dir, kind, month, days, before } = options;
  const folder = join(dir, ROLLUP_FOLDER);
  // Day by day: a month at once needs more memory than a collector has.
  for (const [index, { firstPoll, lastPoll }] of days.entries()) {
    const rows = rollupQuery(kind, { first: String(firstPoll), last: String(lastPoll) });
    await connection.run(
      index === 0 ? `CREATE OR REPLACE TABLE part.rolled AS ${rows}` : `INSERT INTO part.rolled ${rows}`,
    );
  }
  const kept = before && `SELECT * FROM read_parquet(${quote(join(folder, before.file.name))}) UNION ALL `;
  const query = `FROM (${kept ?? ''}SELECT * FROM part.rolled) ORDER BY ${ROLLUP_ORDER[kind]}, ${ROLLUP_TIME[kind]}`;
  const last = days.at(-1) as FinishedDay;
  const name = `${kind}-${last.day}.parquet`;
  const file = await writeParquet({ connection, folder, name, query, layout: LOOKUP_LAYOUTS[kind] });
  return { kind, month, lastDay: last.day, lastPoll: last.lastPoll, file };
}

/** Of the kind that is furthest behind: one that came with a newer version begins at the first day. */
function lastRolledDay(manifest: Manifest): string {
  const lastDays = ROLLUP_KINDS.map((kind) =>
    ofKind(manifest, kind).reduce((last, { lastDay }) => (lastDay > last ? lastDay : last), ''),
  );
  return lastDays.reduce((first, day) => (day < first ? day : first));
}

function ofKind({ rollups }: Manifest, kind: RollupKind): readonly Rollup[] {
  return rollups.filter((rollup) => rollup.kind === kind);
}

function utcDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
