// `vastdeck market import`, `export` and `attach`: the store and other people's tools.
import { formatDuration } from '../../../base/std/index.ts';
import {
  attachSql,
  EXPORT_FORMATS,
  exportMarket,
  type ImportResult,
  importMarket,
  type Progress,
} from '../../../watch/exchange/index.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Flags, readText, readTime } from '../flags.ts';
import { formatBytes } from '../output/number.ts';
import { progressLine } from '../output/progress.ts';
import { liveMarketDir, storeToRead, storeToWrite } from '../store-place.ts';

export async function marketImport(context: Context, source: string, flags: Flags): Promise<void> {
  const { terminal, config, clock, log } = context;
  const dir = storeToWrite(context, flags, liveMarketDir(config));
  const progress = progressLine(context);
  let result: ImportResult;
  try {
    result = await importMarket({
      source,
      dir,
      clock,
      log,
      signal: terminal.interrupted,
      onProgress: (now) => progress.show(describe(now)),
    });
  } finally {
    progress.end();
  }
  for (const row of result.refused) terminal.err(`left out: ${JSON.stringify(row)}\n`);
  if (result.missingColumns.length > 0) {
    terminal.err(`The source has no ${result.missingColumns.join(', ')}; they are NULL in the store.\n`);
  }
  const { proof, refused: _refused, missingColumns, origin: _origin, ...figures } = result;
  const row = { ...figures, ...prefixed('proof', proof), missingColumns: missingColumns.join(',') };
  const snake = Object.fromEntries(Object.entries(row).map(([key, value]) => [snakeCase(key), value]));
  if (terminal.outIsTerminal && !flags.json && !flags.format) {
    terminal.out(
      `${result.pollsImported} polls with ${result.rowsImported.toLocaleString('en-US')} observations are in ${dir}, from ${result.firstPoll} to ${result.lastPoll}, ` +
        `one each ${formatDuration(result.intervalMs)}; every poll was proven equal to the source. ` +
        `${result.duplicates} repeated and ${result.rowsRefused} unreadable rows were left out.\n`,
    );
    return;
  }
  context.print(
    [snake],
    Object.keys(snake).map((name) => ({ name })),
    flags,
  );
}

export async function marketExport(context: Context, formatText: string, flags: Flags): Promise<void> {
  const { terminal, clock, log } = context;
  const format = EXPORT_FORMATS.find((known) => known === formatText);
  if (!format)
    throw new UsageError(`"${formatText}" is not a format; it is one of ${EXPORT_FORMATS.join(', ')}`);
  const out = readText(flags.out);
  if (out === undefined)
    throw new UsageError('--out is empty; name the file to write, or - for standard output');
  const sinceMs = readTime('--since', flags.since, clock.now());
  const untilMs = readTime('--until', flags.until, clock.now());
  const progress = progressLine(context);
  try {
    const result = await exportMarket({
      dir: storeToRead(context, flags),
      format,
      out,
      stdout: terminal.stdout,
      overwrite: flags.overwrite === true,
      clock,
      log,
      signal: terminal.interrupted,
      onProgress: (now) => progress.show(describe(now)),
      ...(sinceMs === undefined ? {} : { sinceMs }),
      ...(untilMs === undefined ? {} : { untilMs }),
    });
    progress.end();
    const size = result.bytes === undefined ? '' : `, ${formatBytes(result.bytes)}`;
    terminal.err(
      `${result.rows.toLocaleString('en-US')} rows of ${result.polls} polls written to ${out}${size}.\n`,
    );
  } finally {
    progress.end();
  }
}

export async function marketAttach(context: Context, flags: Flags): Promise<void> {
  context.terminal.out(await attachSql({ dir: storeToRead(context, flags) }));
}

function describe({ stage, ...counts }: Progress<string>): string {
  const parts = Object.entries(counts)
    .filter(([, value]) => typeof value === 'number')
    .map(
      ([name, value]) =>
        `${snakeCase(name).replaceAll('_', ' ')} ${Math.round(value as number).toLocaleString('en-US')}`,
    );
  return `${stage}: ${parts.join(', ')}`;
}

function prefixed(prefix: string, fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [`${prefix}_${snakeCase(key)}`, value]),
  );
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
