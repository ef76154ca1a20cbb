// A training that never computes: it prints its loss and writes checkpoints as the clock advances, goes on
// from the last whole checkpoint, and fails where it is told to.
import { createRandom } from '../../../base/std/index.ts';
import type { Program, TwinProcess } from '../process.ts';

/** `plain`: one line a step in words. `huggingface`: the dictionaries that the Trainer of transformers prints. */
export const TRAINING_LOGS = ['plain', 'huggingface'] as const;
export type TrainingLog = (typeof TRAINING_LOGS)[number];

/**
 * `crash`: a traceback and exit code 1. `out-of-memory`: CUDA's, exit code 1. `killed`: SIGKILL, as by the
 * kernel when memory is short. `nan`: the loss is NaN from there on, and it goes on. `hang`: no line ever again.
 */
export const TRAINING_FAILURES = ['crash', 'out-of-memory', 'killed', 'nan', 'hang'] as const;
export type TrainingFailure = (typeof TRAINING_FAILURES)[number];

export interface TrainingRunOptions {
  readonly steps: number;
  readonly stepMs: number;
  /** Of the noise in the loss, which depends on it and the step alone: a resumed run tells the same. Default 0. */
  readonly seed?: string | number;
  /** Loss at a step, counted from 1; `noise` is a normal draw. Default 0.5 + 3.5·e^(−5·step/steps), 3 % noise. */
  readonly loss?: (step: number, noise: number) => number;
  /** Default 10; the last step is always told. */
  readonly logEverySteps?: number;
  readonly log?: TrainingLog;
  /** Default 100; 0 writes none. */
  readonly checkpointEverySteps?: number;
  /** Default 64 KiB. */
  readonly checkpointBytes?: number;
  /** From the first half of a checkpoint to the second: who is killed in between leaves half of one. Default 0. */
  readonly checkpointWriteMs?: number;
  /** Loading the model, before the first step; default 0. */
  readonly startMs?: number;
  /** `once` leaves a mark beside the checkpoints and passes the step next time; default every time. */
  readonly failure?: {
    readonly atStep: number;
    readonly kind: TrainingFailure;
    readonly times?: 'once' | 'always';
  };
}

/**
 * The program. Its checkpoints `ckpt-000100.pt` and its `result.json` go to the folder of its argument
 * `--out`, else to `$WORKSPACE/out`, else to `out`; other arguments are ignored, as a script's would be.
 */
export function trainingRun(options: TrainingRunOptions): Program {
  const { steps, stepMs, logEverySteps = 10, startMs = 0, checkpointEverySteps = 100 } = options;
  return async (process) => {
    const out = outFolder(process);
    process.files.makeDirectory(out, 'parents');
    const resumed = lastWholeCheckpoint(process, out);
    if (resumed > 0) await process.print(`resuming from ${checkpointPath(out, resumed)} (step ${resumed})`);
    if (startMs > 0) await process.sleep(startMs);
    let loss = lossAt(options, resumed);
    for (let step = resumed + 1; step <= steps; step += 1) {
      await process.sleep(stepMs);
      const failure = failureAt(process, options, out, step);
      if (failure === 'hang') await process.wait(new Promise<never>(() => {}));
      if (failure !== undefined && failure !== 'nan') return await fail(process, failure, step);
      loss = failure === 'nan' ? Number.NaN : lossAt(options, step);
      if (step % logEverySteps === 0 || step === steps) await process.print(logLine(options, step, loss));
      if (checkpointEverySteps > 0 && step % checkpointEverySteps === 0)
        await writeCheckpoint(process, checkpointPath(out, step), step, options);
    }
    process.files.write(`${out}/result.json`, `${JSON.stringify({ steps, loss })}\n`);
    await process.print(`training finished after ${steps} steps`);
    return 0;
  };
}

function outFolder(process: TwinProcess): string {
  const at = process.args.indexOf('--out');
  const asked = at < 0 ? undefined : process.args[at + 1];
  if (asked !== undefined) return process.resolve(asked);
  const { WORKSPACE } = process.environment;
  return WORKSPACE === undefined ? process.resolve('out') : `${WORKSPACE}/out`;
}

function lossAt({ loss, seed = 0, steps }: TrainingRunOptions, step: number): number {
  const noise = createRandom(seed).fork('loss', step).normal();
  if (loss) return loss(step, noise);
  return (0.5 + 3.5 * Math.exp((-5 * step) / steps)) * (1 + 0.03 * noise);
}

function logLine({ steps, stepMs, log = 'plain' }: TrainingRunOptions, step: number, loss: number): string {
  const rate = 2e-4 * (1 - step / steps);
  if (log === 'plain') {
    const perSecond = (1000 / stepMs).toFixed(2);
    return `step ${step}/${steps} loss ${loss.toFixed(4)} lr ${rate.toExponential(2)} ${perSecond} it/s`;
  }
  const shown = Number.isNaN(loss) ? 'nan' : String(Number(loss.toFixed(4)));
  return `{'loss': ${shown}, 'learning_rate': ${rate.toExponential(3)}, 'epoch': ${(step / steps).toFixed(2)}}`;
}

function failureAt(
  process: TwinProcess,
  { failure }: TrainingRunOptions,
  out: string,
  step: number,
): TrainingFailure | undefined {
  if (!failure) return undefined;
  if (failure.kind === 'nan') return step >= failure.atStep ? 'nan' : undefined;
  if (step !== failure.atStep) return undefined;
  if (failure.times !== 'once') return failure.kind;
  const mark = `${out}/.failed-at-${step}`;
  if (process.files.find(mark)) return undefined;
  process.files.write(mark, '');
  return failure.kind;
}

async function fail(process: TwinProcess, kind: TrainingFailure, step: number): Promise<number> {
  if (kind === 'killed') {
    process.signal('SIGKILL');
    return 137;
  }
  const error =
    kind === 'out-of-memory'
      ? 'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB'
      : `RuntimeError: the training was told to fail at step ${step}`;
  await process.warn(`Traceback (most recent call last):\n  File "train.py", line 42, in <module>\n${error}`);
  return 1;
}

function checkpointPath(out: string, step: number): string {
  return `${out}/ckpt-${String(step).padStart(6, '0')}.pt`;
}

/** A first line that tells step and size, then bytes up to that size: whole when all of them are there. */
async function writeCheckpoint(
  process: TwinProcess,
  path: string,
  step: number,
  { checkpointBytes = 64 * 1024, checkpointWriteMs = 0 }: TrainingRunOptions,
): Promise<void> {
  const header = `${JSON.stringify({ step, bytes: checkpointBytes })}\n`;
  const bytes = new Uint8Array(Math.max(checkpointBytes, header.length)).fill(step % 256);
  bytes.set(Buffer.from(header));
  const half = Math.ceil(bytes.length / 2);
  process.files.write(path, bytes.subarray(0, half));
  if (checkpointWriteMs > 0) await process.sleep(checkpointWriteMs);
  process.files.append(path, bytes.subarray(half));
}

/** Step of the last whole checkpoint in the folder; 0 without one. */
function lastWholeCheckpoint(process: TwinProcess, out: string): number {
  let last = 0;
  for (const { path, sizeBytes } of process.files.list(out)) {
    if (!/\/ckpt-\d+\.pt$/.test(path)) continue;
    const [line = ''] = Buffer.from(process.files.read(path, 0, 200))
      .toString('latin1')
      .split('\n');
    const found = /^\{"step":(\d+),"bytes":(\d+)\}$/.exec(line);
    if (!found || sizeBytes < Number(found[2])) continue;
    last = Math.max(last, Number(found[1]));
  }
  return last;
}
