// The values of a run as text, a page at a time: CSV with a header, or one JSON array.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { formatIso } from '../../../base/std/index.ts';
import type { KeptPoint } from '../../../rent/training/index.ts';

export const POINT_FORMATS = ['csv', 'json'] as const;
export type PointFormat = (typeof POINT_FORMATS)[number];

/** In the order of the file. A row of minutes or ten minutes is the mean of `count` values; the rest are values. */
export const POINT_COLUMNS = [
  'run',
  'attempt',
  'name',
  'seq',
  'time',
  'step',
  'value',
  'min',
  'max',
  'count',
  'not_finite',
  'resolution',
] as const;

interface TextTarget {
  readonly format: PointFormat;
  /** One of them. */
  readonly stream?: Writable;
  readonly path?: string;
}

export async function writePoints(
  pages: AsyncIterable<readonly KeptPoint[]>,
  { format, stream, path }: TextTarget,
): Promise<void> {
  const target = stream ?? createWriteStream(path ?? '');
  const ended = stream === undefined ? finished(target) : Promise.resolve();
  // Awaited below; a failure before that must not end the process.
  ended.catch(() => {});
  const write = async (text: string) => {
    if (target.errored) throw target.errored;
    if (!target.write(text)) await Promise.race([once(target, 'drain'), ended]);
  };
  try {
    await write(format === 'csv' ? `${POINT_COLUMNS.join(',')}\n` : '[');
    let isFirst = true;
    for await (const page of pages) {
      const lines = page.map((point) => (format === 'csv' ? csvLine(point) : JSON.stringify(rowOf(point))));
      if (format === 'csv') await write(`${lines.join('\n')}\n`);
      else await write(`${isFirst ? '\n' : ',\n'}${lines.join(',\n')}`);
      isFirst = false;
    }
    if (format === 'json') await write('\n]\n');
    if (stream === undefined) target.end();
    else await flushed(target);
    await ended;
  } catch (error) {
    if (stream === undefined) target.destroy();
    throw error;
  }
}

/** Standard output may be a full disk, which is told after the write only. */
function flushed(target: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    target.write('', (error) => (error ? reject(error) : resolve()));
  });
}

function rowOf(point: KeptPoint): Readonly<Record<(typeof POINT_COLUMNS)[number], string | number | null>> {
  const { run, attempt, name, seq, atMs, step, value, min, max, count, oddCount, resolution } = point;
  return {
    run,
    attempt,
    name,
    seq,
    time: formatIso(atMs),
    step,
    // JSON has no word for what is no number.
    value: value === null || Number.isFinite(value) ? value : String(value),
    min,
    max,
    count,
    not_finite: oddCount,
    resolution,
  };
}

function csvLine(point: KeptPoint): string {
  const row = rowOf(point);
  return POINT_COLUMNS.map((name) => cell(row[name])).join(',');
}

function cell(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
