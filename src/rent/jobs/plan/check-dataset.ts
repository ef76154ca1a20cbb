// Whether a data set of this machine is one that the training script reads.
import { open, readdir, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { TrainingConfig } from '../training-config/index.ts';
import type { Check } from './check.ts';

const KINDS = ['.jsonl', '.json', '.csv', '.parquet', '.txt'];
const FORMS = [
  ['messages'],
  ['conversations'],
  ['prompt', 'completion'],
  ['instruction', 'output'],
  ['text'],
];
/** The first row has to end within so many bytes to be looked at. */
const HEAD_BYTES = 1 << 20;

/** `folder` is what `datasetPath` is relative to. Reads one row at most. */
export async function checkDataset(
  { datasetPath, datasetSource }: Pick<TrainingConfig, 'datasetPath' | 'datasetSource'>,
  folder: string,
): Promise<Check> {
  const check = (verdict: Check['verdict'], sentence: string): Check => ({
    name: 'dataset',
    verdict,
    sentence,
  });
  if (datasetSource === 'huggingface') {
    return check(
      'unknown',
      `dataset ${datasetPath} lies on the Hugging Face hub: whether it is there is not known here`,
    );
  }
  const place = resolve(folder, datasetPath);
  try {
    const file = (await stat(place)).isDirectory() ? await firstIn(place) : place;
    if (file === undefined || !KINDS.includes(extname(file))) {
      return check('fault', `dataset ${place} must be, or hold, a file of one of ${KINDS.join(', ')}`);
    }
    if (extname(file) !== '.jsonl')
      return check('ok', `dataset ${file} is there; its rows were not looked at`);
    return check(...judgeRow(await firstLine(file), file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return check(
      'fault',
      code === 'ENOENT' || code === 'ENOTDIR'
        ? `dataset ${datasetPath} is not there: it was looked for at ${place}`
        : `dataset ${place} cannot be read (${message})`,
    );
  }
}

function judgeRow(line: string | undefined, file: string): [verdict: Check['verdict'], sentence: string] {
  if (line === undefined)
    return ['unknown', `dataset ${file} is there; its first row is longer than 1 MB and was not looked at`];
  if (line.trim() === '') return ['fault', `dataset ${file} begins with an empty line, or is empty`];
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return ['fault', `dataset ${file}: its first line is no JSON: ${line.slice(0, 60)}`];
  }
  const columns = typeof row === 'object' && row !== null ? Object.keys(row) : [];
  if (FORMS.some((form) => form.every((name) => columns.includes(name)))) {
    return ['ok', `dataset ${file} has rows of ${columns.join(', ')}`];
  }
  const forms = FORMS.map((form) => form.join(' and ')).join(', or ');
  return [
    'fault',
    `dataset ${file} has rows of ${columns.join(', ') || 'no columns'}; the script needs ${forms}`,
  ];
}

async function firstIn(folder: string): Promise<string | undefined> {
  const names = (await readdir(folder)).sort();
  const name = names.find((each) => KINDS.includes(extname(each)));
  return name === undefined ? undefined : resolve(folder, name);
}

/** Undefined where it does not end within HEAD_BYTES. */
async function firstLine(path: string): Promise<string | undefined> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const end = buffer.subarray(0, bytesRead).indexOf(10);
  if (end < 0 && bytesRead === HEAD_BYTES) return undefined;
  return buffer.toString('utf8', 0, end < 0 ? bytesRead : end);
}
