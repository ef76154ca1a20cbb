// Writes a store's observations in a form that other programs read: Parquet, CSV, VastWatch's SQLite, or
// OpenMetrics text for Prometheus.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import type { DuckDBConnection } from '@duckdb/node-api';
import { assertNever, type Clock, type Log } from '../../../base/std/index.ts';
import { openMarketReader } from '../../history/index.ts';
import { ExportTargetError } from '../errors.ts';
import { countProgress, type Progress } from '../progress.ts';
import { type DayDone, exportCsv, exportParquet } from './day-files.ts';
import { exportOpenMetrics } from './openmetrics-export.ts';
import { writeWhole } from './output-file.ts';
import { type ExportDay, listDays, type Selection } from './selection.ts';
import { exportSqlite } from './sqlite-export.ts';
import { streamSink, type TextSink, writeThroughSink } from './text-sink.ts';

export const EXPORT_FORMATS = ['parquet', 'csv', 'sqlite', 'openmetrics'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportOptions extends Selection {
  /** The store's folder; it may be collected into meanwhile. */
  readonly dir: string;
  readonly format: ExportFormat;
  /** The file to make, or `-` for `stdout` (csv and openmetrics). Text formats are packed when it ends in `.gz`. */
  readonly out: string;
  /** Where `-` goes. */
  readonly stdout?: Writable;
  /** Whether a file that is there may be replaced; default false. */
  readonly overwrite?: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly onProgress?: (progress: Progress<'exporting'>) => void;
  readonly signal?: AbortSignal;
}

export interface ExportResult {
  readonly format: ExportFormat;
  readonly out: string;
  readonly days: number;
  readonly polls: number;
  /** Observations that passed the filter; samples for openmetrics. */
  readonly rows: number;
  /** Undefined on stdout. */
  readonly bytes: number | undefined;
  /** Whether the market is a simulated one: marked in all formats but csv, which has no place for it. */
  readonly simulated: boolean;
}

/**
 * Exports the selected polls. Throws ExportTargetError (file exists, disk full, no rights), the store's own
 * errors, or the signal's reason; whatever happens, no half file stands under the asked name.
 */
export async function exportMarket(options: ExportOptions): Promise<ExportResult> {
  const { out, format, stdout } = options;
  if (out !== '-') {
    return withReader(options, dirname(resolve(out)), (work) => exportToFile(work));
  }
  if (format === 'parquet' || format === 'sqlite') {
    throw new ExportTargetError('-', `${format} cannot be written to a stream; give a file with --out FILE`);
  }
  if (!stdout)
    throw new ExportTargetError('-', 'There is no stream to write to; give a file with --out FILE');
  const folder = mkdtempSync(join(tmpdir(), 'vastdeck-export-'));
  try {
    return await withReader(options, folder, async (work) => {
      await exportText(work, {
        sink: streamSink(stdout),
        partsDir: join(folder, 'parts'),
        onDay: dayCounter(work),
      });
      return undefined;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Opens the store with leave to write into one folder, and says what `write` has done. */
async function withReader(
  options: ExportOptions,
  folder: string,
  write: (work: ExportWork) => Promise<number | undefined>,
): Promise<ExportResult> {
  const { dir, clock, log, format, out } = options;
  await using reader = await openMarketReader({ dir, clock, log, folders: [folder] });
  const days = await listDays(reader.connection, options);
  const { connection, origin } = reader;
  const simulatedSeed = origin.kind === 'simulated' ? origin.seed : undefined;
  const work: ExportWork = { ...options, connection, simulatedSeed, days, rows: 0 };
  const bytes = await write(work);
  const polls = days.reduce((sum, day) => sum + day.polls, 0);
  const simulated = simulatedSeed !== undefined;
  return { format, out, days: days.length, polls, rows: work.rows, bytes, simulated };
}

interface ExportWork extends ExportOptions {
  readonly connection: DuckDBConnection;
  readonly simulatedSeed: string | undefined;
  readonly days: readonly ExportDay[];
  /** Counted while writing. */
  rows: number;
}

async function exportToFile(work: ExportWork): Promise<number> {
  const { out, format, overwrite = false } = work;
  return writeWhole({ out, overwrite }, async (partial) => {
    const partsDir = `${partial}.parts`;
    const onDay = dayCounter(work);
    switch (format) {
      case 'parquet':
        return exportParquet({ ...work, target: partial, partsDir, onDay });
      case 'sqlite':
        return exportSqlite({ ...work, target: partial, onDay });
      case 'csv':
      case 'openmetrics':
        return writeThroughSink({ path: partial, gzip: out.endsWith('.gz') }, (sink) =>
          exportText(work, { sink, partsDir, onDay }),
        );
      default:
        return assertNever(format, 'export format');
    }
  });
}

async function exportText(
  work: ExportWork,
  where: { readonly sink: TextSink; readonly partsDir: string; readonly onDay: DayDone },
): Promise<void> {
  if (work.format === 'csv') return exportCsv({ ...work, ...where });
  const samples = await exportOpenMetrics({ ...work, ...where });
  work.rows = samples;
}

function dayCounter(work: ExportWork): DayDone {
  const progress = countProgress({
    clock: work.clock,
    onProgress: work.onProgress,
    stage: 'exporting',
    pollsTotal: work.days.reduce((sum, day) => sum + day.polls, 0),
    rowsTotal: work.days.reduce((sum, day) => sum + day.rows, 0),
  });
  return (day, rows) => {
    work.rows += rows;
    progress.advance(day.polls, day.rows);
  };
}
