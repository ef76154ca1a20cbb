// Which rows of a store an export takes, as SQL, and the days that hold them: a day of rows is what an export
// sorts and holds at once.
import type { DuckDBConnection } from '@duckdb/node-api';
import { DAY_MS, formatIso } from '../../../base/std/index.ts';
import { literal, streamRows } from '../source/duckdb-session.ts';

export interface ExportFilter {
  /** `RTX 4090`, `RTX_4090`, `rtx-4090` mean the same. */
  readonly gpuName?: string;
  /** `on-demand`, `interruptible`, … */
  readonly type?: string;
  readonly verified?: boolean;
}

export interface Selection {
  /** The first moment that is taken, epoch milliseconds; default the store's beginning. */
  readonly sinceMs?: number | undefined;
  /** The first moment that is not taken any more; default the store's end. */
  readonly untilMs?: number | undefined;
  readonly filter?: ExportFilter | undefined;
}

export interface ExportDay {
  /** `2026-11-22`. */
  readonly date: string;
  readonly polls: number;
  /** Before the filter. */
  readonly rows: number;
  /** An SQL condition on `offers_raw` that takes this day's rows. */
  readonly where: string;
}

/** The UTC days of the selection that hold polls, in order. */
export async function listDays(
  connection: DuckDBConnection,
  selection: Selection,
): Promise<readonly ExportDay[]> {
  const { sinceMs = 0, untilMs = Number.MAX_SAFE_INTEGER } = selection;
  const sql = `SELECT CAST(ts_ms // ${DAY_MS} AS DOUBLE), CAST(count(*) AS DOUBLE), CAST(sum(n) AS DOUBLE) FROM polls
               WHERE ts_ms >= ${Math.ceil(sinceMs)} AND ts_ms < ${Math.ceil(untilMs)} GROUP BY 1 ORDER BY 1`;
  const days: ExportDay[] = [];
  for await (const rows of streamRows(connection, sql)) {
    for (const [day, polls, observations] of rows) {
      const startMs = Number(day) * DAY_MS;
      const fromMs = Math.max(startMs, sinceMs);
      const toMs = Math.min(startMs + DAY_MS, untilMs);
      const conditions = [
        `ts >= ${literal(formatSecond(fromMs))}`,
        `ts < ${literal(formatSecond(toMs))}`,
        ...filterConditions(selection.filter ?? {}),
      ];
      days.push({
        date: formatIso(startMs).slice(0, 10),
        polls: Number(polls),
        rows: Number(observations),
        where: conditions.join(' AND '),
      });
    }
  }
  return days;
}

/** Polls have whole seconds: a bound between two of them means the later one. */
function formatSecond(ms: number): string {
  return formatIso(Math.ceil(ms / 1_000) * 1_000);
}

function filterConditions({ gpuName, type, verified }: ExportFilter): readonly string[] {
  return [
    ...(gpuName === undefined ? [] : [`${plainName('gpu_name')} = ${plainName(literal(gpuName))}`]),
    ...(type === undefined ? [] : [`type = ${literal(type)}`]),
    ...(verified === undefined ? [] : [`verified = ${verified ? 1 : 0}`]),
  ];
}

function plainName(expression: string): string {
  return `regexp_replace(lower(${expression}), '[ _-]', '', 'g')`;
}
