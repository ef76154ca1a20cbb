// `vastdeck runs parse FILE...`: where the training in a log stands, without keeping anything. Files are read piece by
// piece, so their length does not matter, nor that they hold anything else than a log.
import { closeSync, createReadStream, fstatSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatDuration, printable } from '../../../base/std/index.ts';
import { createLogSummary, type RunSummary, type TrainingOptions } from '../../../rent/training/index.ts';
import { type Context, formatOf } from '../context.ts';
import { EXIT_CODES, NotFoundError, UsageError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import type { Column, Row } from '../output/column.ts';
import { readVastdeckYaml } from '../vastdeck-yaml/index.ts';
import { figure } from './runs-list.ts';

/** What `--json` prints; the other formats say of which file. */
const COLUMNS: readonly Column[] = [
  { name: 'format' },
  { name: 'attempts', importance: 2 },
  { name: 'epoch', format: figure },
  { name: 'total_epochs', importance: 3 },
  { name: 'step' },
  { name: 'total_steps', importance: 4 },
  { name: 'loss', format: figure },
  {
    name: 'eta_seconds',
    title: 'ETA',
    format: (value) => formatDuration(Math.round(Number(value)) * 1_000),
    align: 'right',
  },
  { name: 'metrics', isProse: true, importance: 1 },
];

export async function runsParse(context: Context, files: readonly string[], flags: Flags): Promise<void> {
  const { config, terminal } = context;
  const { training } = readVastdeckYaml(config);
  const format = formatOf(flags, terminal);
  const rows: Row[] = [];
  let isAllKnown = true;
  for (const file of files) {
    const { runs, bytes, notes } = await summaryOf(context, file, training);
    if (runs.length === 0) isAllKnown = false;
    for (const sentence of sentencesOf(file, runs, { bytes, notes }))
      terminal.err(`${printable(sentence)}\n`);
    rows.push(
      ...runs.map((run) => {
        const row = rowOf(run);
        return format === 'json' ? row : { file, ...row, metrics: metricsText(run) };
      }),
    );
  }
  const columns = format === 'json' ? COLUMNS : [{ name: 'file' }, ...COLUMNS];
  if (rows.length > 0 || format !== 'table') context.print(rows, columns, flags);
  if (!isAllKnown) context.endWith(EXIT_CODES.failed);
}

async function summaryOf(
  { terminal }: Context,
  file: string,
  { metrics, templates }: TrainingOptions,
): Promise<{ readonly runs: readonly RunSummary[] } & ReadLog> {
  const summary = createLogSummary({ custom: metrics, templates });
  let bytes = 0;
  const pieces = file === '-' ? terminal.stdin : openLog(resolve(terminal.cwd, file));
  for await (const piece of pieces) {
    terminal.interrupted.throwIfAborted();
    const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece;
    bytes += chunk.length;
    summary.push(chunk);
  }
  return { runs: summary.end(), bytes, notes: summary.notes() };
}

interface ReadLog {
  readonly bytes: number;
  /** What is odd about it, also where nothing in it was recognised. */
  readonly notes: readonly string[];
}

const PIECE_BYTES = 1 << 20;

/** Opened before it is read, so that what is no file is told in one sentence. */
function openLog(path: string): AsyncIterable<Buffer> {
  try {
    const fd = openSync(path, 'r');
    if (fstatSync(fd).isDirectory()) {
      closeSync(fd);
      throw new UsageError(`${path} is a folder; name the log in it, for example ${path}/training.log`);
    }
    return createReadStream(path, { fd, highWaterMark: PIECE_BYTES });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new NotFoundError(`There is no file ${path}; name a log, or - for standard input`);
    if (code === undefined) throw error;
    throw new UsageError(`${path} cannot be read (${message}); mend its permissions, or name another`);
  }
}

function rowOf(run: RunSummary): Row {
  return {
    format: run.format,
    attempts: run.attempts,
    epoch: run.epoch,
    total_epochs: run.totalEpochs,
    step: run.step,
    total_steps: run.totalSteps,
    loss: run.loss,
    eta_seconds: run.etaS,
    metrics: Object.fromEntries(Object.entries(run.metrics).map(([name, value]) => [snake(name), value])),
  };
}

/** The names under which figures are kept; custom ones keep their own. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  valLoss: 'val_loss',
  learningRate: 'learning_rate',
  gradNorm: 'grad_norm',
  memoryGb: 'memory_gb',
  stepS: 'step_s',
  elapsedS: 'elapsed_s',
};

const snake = (name: string) => OWN_NAMES[name] ?? name;

function metricsText({ metrics }: RunSummary): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${snake(name)}=${figure(value)}`)
    .join(' ');
}

/** What a person should know besides the figures. */
function sentencesOf(
  file: string,
  runs: readonly RunSummary[],
  { bytes, notes }: ReadLog,
): readonly string[] {
  const name = file === '-' ? '(standard input)' : file;
  const [first] = runs;
  if (first === undefined) {
    return [
      bytes === 0
        ? `${name} is empty: there is nothing to recognise.`
        : `Nothing was recognised in ${name}: no line has a step, an epoch or a loss. A template or metric under "training" in vastdeck.yaml can teach it.`,
      ...notes.map((note) => `${name}: ${note}.`),
    ];
  }
  return [
    ...first.notes.map((note) => `${name}: ${note}.`),
    ...(runs.length > 1 ? [`${name}: two runs write it; each has its own entry.`] : []),
    ...runs.flatMap(({ loss }) =>
      loss !== null && !Number.isFinite(loss) ? [`${name}: the last loss is ${loss}.`] : [],
    ),
  ];
}
