// `vastdeck market import`, `export` and `attach`: the store and other people's tools.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatDuration } from '../../../base/std/index.ts';
import {
  attachSql,
  EXPORT_FORMATS,
  exportMarket,
  type ImportResult,
  importMarket,
  type Progress,
} from '../../../watch/exchange/index.ts';
import { type Context, formatOf } from '../context.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { type Flags, readOfferType, readText, readTime } from '../flags.ts';
import type { Row } from '../output/column.ts';
import { formatBytes } from '../output/number.ts';
import { type ProgressLine, progressLine } from '../output/progress.ts';
import { snakeKeys } from '../output/snake-case.ts';
import { liveMarketDir, storeToRead, storeToWrite } from '../store-place.ts';

export async function marketImport(context: Context, source: string, flags: Flags): Promise<void> {
  const { terminal, config, clock, log } = context;
  const path = resolve(terminal.cwd, source);
  if (!existsSync(path)) {
    throw new NotFoundError(
      `There is no file ${path}; give the path of a Parquet, CSV, VastWatch SQLite or DuckDB file`,
    );
  }
  const dir = storeToWrite(context, flags, liveMarketDir(config));
  const result = await showing(progressLine(context), (onProgress) =>
    importMarket({
      source: path,
      dir,
      clock,
      log,
      signal: terminal.interrupted,
      onProgress,
      ...(flags.live === true ? { origin: { kind: 'live', url: config.baseUrl.value } } : {}),
    }),
  );
  for (const row of result.refused) terminal.err(`left out: ${JSON.stringify(row)}\n`);
  if (result.missingColumns.length > 0) {
    terminal.err(`The source has no ${result.missingColumns.join(', ')}: NULL in the store.\n`);
  }
  if (formatOf(flags, terminal) === 'table') terminal.out(`${importSentence(result)}\n`);
  else printOne(context, importRow(result), flags);
}

function importSentence(result: ImportResult): string {
  const span = `from ${result.firstPoll} to ${result.lastPoll}, one each ${formatDuration(result.intervalMs)}`;
  return (
    `${result.pollsImported} polls with ${result.rowsImported.toLocaleString('en-US')} observations were imported into ${result.dir} (${span}); every poll was proven equal to the source. ` +
    `${result.duplicates} repeated and ${result.rowsRefused} unreadable rows were left out.`
  );
}

function importRow({ proof, refused: _refused, missingColumns, origin, ...figures }: ImportResult): Row {
  const proven = Object.entries(snakeKeys(proof) as Row).map(([key, value]) => [`proof_${key}`, value]);
  return {
    ...(snakeKeys(figures) as Row),
    ...Object.fromEntries(proven),
    missing_columns: missingColumns.join(','),
    origin: Object.values(origin).join(' '),
  };
}

export async function marketExport(context: Context, formatText: string, flags: Flags): Promise<void> {
  const { terminal, clock, log } = context;
  const format = EXPORT_FORMATS.find((known) => known === formatText);
  if (!format) {
    throw new UsageError(
      `"${formatText}" is not a format; write for example: vastdeck market export ${EXPORT_FORMATS[1]} --out market.${EXPORT_FORMATS[1]} (there are ${EXPORT_FORMATS.join(', ')})`,
    );
  }
  const out = readText(flags.out);
  if (out === undefined) {
    throw new UsageError('--out is empty; name the file to write, or - for standard output');
  }
  if (out === '-' && (flags.json === true || flags.format !== undefined)) {
    throw new UsageError(
      'The export itself goes to standard output with --out -, so leave out --json and --format',
    );
  }
  const sinceMs = readTime('--since', flags.since, clock.now());
  const untilMs = readTime('--until', flags.until, clock.now());
  const gpuName = readText(flags.gpu);
  const type = readOfferType('--type', flags.type);
  const filter = {
    ...(gpuName === undefined ? {} : { gpuName }),
    ...(type === undefined ? {} : { type }),
    ...(flags.verified === true ? { verified: true } : {}),
  };
  const result = await showing(progressLine(context), (onProgress) =>
    exportMarket({
      dir: storeToRead(context, flags),
      format,
      out: out === '-' ? out : resolve(terminal.cwd, out),
      stdout: terminal.stdout,
      overwrite: flags.overwrite === true,
      filter,
      clock,
      log,
      signal: terminal.interrupted,
      onProgress,
      ...(sinceMs === undefined ? {} : { sinceMs }),
      ...(untilMs === undefined ? {} : { untilMs }),
    }),
  );
  if (result.simulated) terminal.err('SIMULATED market: nothing here is real.\n');
  const size = result.bytes === undefined ? '' : `, ${formatBytes(result.bytes)}`;
  const where = out === '-' ? 'standard output' : out;
  const unit = format === 'openmetrics' ? 'samples' : 'rows';
  terminal.err(
    `${result.rows.toLocaleString('en-US')} ${unit} of ${result.polls} polls written to ${where}${size}.\n`,
  );
  if (result.rows === 0) terminal.err('Nothing in the store is of these times, GPU and type.\n');
  if (out !== '-' && (flags.json === true || flags.format !== undefined)) {
    printOne(context, snakeKeys(result) as Row, flags);
  }
}

export function marketAttach(context: Context, flags: Flags): void {
  const sql = attachSql({ dir: storeToRead(context, flags) });
  if (flags.json === true || flags.format !== undefined) printOne(context, { sql }, flags);
  else context.terminal.out(sql);
}

async function showing<T>(
  progress: ProgressLine,
  work: (onProgress: (now: Progress<string>) => void) => Promise<T>,
): Promise<T> {
  try {
    return await work((now) => {
      if (now.pollsTotal > 0) progress.show(describe(now));
    });
  } finally {
    progress.end();
  }
}

function describe({
  stage,
  pollsDone,
  pollsTotal,
  rowsDone,
  rowsPerSecond,
  leftMs,
}: Progress<string>): string {
  const count = (value: number) => Math.round(value).toLocaleString('en-US');
  const left = leftMs === undefined || pollsDone >= pollsTotal ? '' : `, ${formatDuration(leftMs)} left`;
  return `${stage}: ${count(pollsDone)} of ${count(pollsTotal)} polls, ${count(rowsDone)} rows, ${count(rowsPerSecond)} a second${left}`;
}

function printOne(context: Context, row: Row, flags: Flags): void {
  context.print(
    [row],
    Object.keys(row).map((name) => ({ name })),
    flags,
  );
}
