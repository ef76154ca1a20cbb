// `rollup_daily`, `rollup_gpu` and `rollup_hourly`: finished days from their files, the running one computed from spans.
import { join } from 'node:path';
import { quote } from '../segments/duckdb-session.ts';
import { ROLLUP_FOLDER, ROLLUP_KINDS, type RollupKind } from '../segments/manifest.ts';
import { rollupQuery } from '../segments/rollup-sql.ts';
import type { StoreFiles } from '../segments/span-views.ts';

/**
 * Statements that make the views; `polls` must be there. `rollup_daily_finished` and its like leave out the running day,
 * which takes longer to compute than years of finished ones to read.
 */
export function rollupViews(files: StoreFiles): readonly string[] {
  return ROLLUP_KINDS.flatMap((kind) => [
    `CREATE OR REPLACE VIEW rollup_${kind}_finished AS ${finishedDays(files, kind)}`,
    `CREATE OR REPLACE VIEW rollup_${kind} AS FROM rollup_${kind}_finished UNION ALL ${runningDay(files, kind)}`,
  ]);
}

function finishedDays(files: StoreFiles, kind: RollupKind): string {
  const names = rollupsOf(files, kind).map(({ file }) => quote(join(files.dir, ROLLUP_FOLDER, file.name)));
  if (names.length > 0) return `FROM read_parquet([${names.join(', ')}])`;
  return `SELECT * FROM (${rollupQuery(kind, { first: '1', last: '0' })}) WHERE false`;
}

function runningDay(files: StoreFiles, kind: RollupKind): string {
  const lastPoll = Math.max(0, ...rollupsOf(files, kind).map((rollup) => rollup.lastPoll));
  return `SELECT * FROM (${rollupQuery(kind, { first: String(lastPoll + 1), last: '2147483646' })})`;
}

function rollupsOf({ manifest }: StoreFiles, kind: RollupKind) {
  return manifest.rollups.filter((rollup) => rollup.kind === kind);
}
