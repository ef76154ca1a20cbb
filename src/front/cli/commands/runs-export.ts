// `vastdeck runs export RUN`: everything that is kept of a run, one value a row, for whatever reads CSV, JSON or Parquet.
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { KeptPoint } from '../../../rent/training/index.ts';
import { openApi } from '../api-session.ts';
import type { Context } from '../context.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { type Flags, readText } from '../flags.ts';
import { formatBytes, plural } from '../output/number.ts';
import { numberOf } from './runs-figures.ts';
import { writePointsParquet } from './runs-parquet.ts';
import { POINT_FORMATS, type PointFormat, writePoints } from './runs-text.ts';

const FORMATS = [...POINT_FORMATS, 'parquet'] as const;

export async function runsExport(context: Context, word: string, flags: Flags): Promise<void> {
  const { terminal } = context;
  const format = formatOf(flags);
  const out = readText(flags.out) ?? '-';
  if (out === '-' && format === 'parquet')
    throw new UsageError('Parquet is no text: name the file to write with --out FILE.parquet');
  const target =
    out === '-' ? undefined : checkedTarget(resolve(terminal.cwd, out), flags.overwrite === true);
  await using api = await openApi(context);
  const { run, pages: told } = await api.client.keptPoints(word, terminal.interrupted);
  let rows = 0;
  async function* pages(): AsyncGenerator<readonly KeptPoint[]> {
    for await (const page of told) {
      terminal.interrupted.throwIfAborted();
      rows += page.length;
      yield page.map((point) => ({ ...point, value: numberOf(point.value), last: numberOf(point.last) }));
    }
  }
  if (target === undefined) {
    await writePoints(pages(), { format: format as PointFormat, stream: terminal.stdout });
  } else {
    // Made whole beside it first: whoever looks never finds half a file.
    const partial = `${target}.partial`;
    try {
      await written(pages(), format, partial);
      renameSync(partial, target);
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    }
  }
  const size = target === undefined ? '' : `, ${formatBytes(statSync(target).size)}`;
  terminal.err(`${plural(rows, 'value')} of ${run} written to ${target ?? 'standard output'}${size}.\n`);
}

async function written(
  pages: AsyncGenerator<readonly KeptPoint[]>,
  format: (typeof FORMATS)[number],
  path: string,
): Promise<void> {
  if (format === 'parquet') await writePointsParquet(pages, path);
  else await writePoints(pages, { format, path });
}

function formatOf(flags: Flags): (typeof FORMATS)[number] {
  const given = FORMATS.filter((format) => flags[format] === true);
  const [format] = given;
  if (format !== undefined && given.length === 1) return format;
  throw new UsageError(
    `Give one of ${FORMATS.map((known) => `--${known}`).join(', ')}, for example: vastdeck runs export RUN --csv --out run.csv`,
  );
}

function checkedTarget(target: string, isOverwriting: boolean): string {
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`${target} is a folder; name the file to write in it`);
  if (existsSync(target) && !isOverwriting)
    throw new UsageError(`${target} is there already; name another file, or add --overwrite`);
  try {
    mkdirSync(dirname(target), { recursive: true });
  } catch (error) {
    throw new NotFoundError(
      `${dirname(target)} cannot be made (${(error as Error).message}); name another file`,
    );
  }
  return target;
}
