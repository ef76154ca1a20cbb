// The GPUs of a probe: a matrix product for as long as there is time where the machine has PyTorch, and what
// nvidia-smi says meanwhile.
import type { Clock } from '../../../../base/std/index.ts';
import { CommandTimeoutError, type RemoteShell } from '../../../../net/ssh/index.ts';
import { MATMUL_METHOD, type Matmul, runMatmul } from './matmul.ts';
import { lastWords, type ProbePart } from './probe-part.ts';

export interface GpuFigures {
  readonly names: readonly string[];
  readonly gpuCount: number;
  /** Of all GPUs together, at once; null without PyTorch. */
  readonly matmulTflops: number | null;
  /** Of the slowest of them; null without PyTorch. */
  readonly slowestTflops: number | null;
  /** Highest and mean of all samples. */
  readonly temperatureMaxC: number | null;
  readonly powerMaxW: number | null;
  readonly clockMeanMhz: number | null;
  readonly utilizationMeanPercent: number | null;
  /** Since the driver was loaded; null where the card or its driver does not tell. */
  readonly eccErrors: number | null;
  readonly samples: number;
}

const FIELDS = ['name', 'temperature.gpu', 'power.draw', 'clocks.sm', 'utilization.gpu'];
const SAMPLE_QUERY = `nvidia-smi --query-gpu=${FIELDS.join(',')} --format=csv,noheader,nounits`;
const ECC_QUERY =
  'nvidia-smi --query-gpu=ecc.errors.uncorrected.volatile.total --format=csv,noheader,nounits';
const SAMPLE_EVERY_MS = 5_000;
/** A short probe has this many samples still. */
const LEAST_SAMPLES = 4;
/** Without PyTorch nothing heats the card: more samples of a card at rest tell no more. */
const AT_REST_MS = 10_000;
const QUERY_TIMEOUT_MS = 20_000;

export interface ProbeGpuOptions {
  /** As it was paid for. */
  readonly gpuCount: number;
  readonly durationMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

interface Sample {
  readonly name: string;
  readonly temperatureC: number;
  readonly powerW: number;
  readonly clockMhz: number;
  readonly utilizationPercent: number;
}

export async function probeGpu(shell: RemoteShell, options: ProbeGpuOptions): Promise<ProbePart<GpuFigures>> {
  const { gpuCount, durationMs, clock, signal } = options;
  const first = await sample(shell, signal);
  if (typeof first === 'string') return { kind: 'failed', reason: first };
  const everyMs = Math.min(SAMPLE_EVERY_MS, durationMs / LEAST_SAMPLES);
  const rows: Sample[] = [...first];
  const remarks: string[] = [];
  if (first.length !== gpuCount)
    remarks.push(`nvidia-smi shows ${first.length} GPUs in place of ${gpuCount}`);
  const work = watch(runMatmul(shell, { durationMs, signal }));
  const beganMs = clock.monotonic();
  for (let samples = 1; ; samples += 1) {
    const hasEnded = await orAfter(work.ended, everyMs, options);
    const spentMs = clock.monotonic() - beganMs;
    const isAtRest = hasEnded && work.result()?.kind !== 'measured';
    if (isAtRest && spentMs < Math.min(AT_REST_MS, durationMs)) await clock.sleep(everyMs, signal);
    else if (hasEnded) break;
    const next = await sample(shell, signal);
    if (typeof next === 'string') {
      remarks.push(`nvidia-smi stopped answering after ${samples} samples: ${next}`);
      break;
    }
    rows.push(...next);
  }
  const result = await work.done;
  const eccErrors = await readEcc(shell, signal);
  const measured = result.kind === 'measured' ? result.tflops : undefined;
  if (result.kind === 'none') remarks.push(result.reason);
  return {
    kind: 'measured',
    method: measured
      ? `${MATMUL_METHOD} on ${measured.length} GPUs at once for ${Math.round(durationMs / 1_000)} s, nvidia-smi each ${everyMs / 1_000} s`
      : 'nvidia-smi alone, the GPUs at rest: no speed was measured',
    figures: {
      names: first.map(({ name }) => name),
      gpuCount: first.length,
      matmulTflops: measured ? measured.reduce((sum, each) => sum + each, 0) : null,
      slowestTflops: measured ? Math.min(...measured) : null,
      temperatureMaxC: highest(rows.map(({ temperatureC }) => temperatureC)),
      powerMaxW: highest(rows.map(({ powerW }) => powerW)),
      clockMeanMhz: mean(rows.map(({ clockMhz }) => clockMhz)),
      utilizationMeanPercent: mean(rows.map(({ utilizationPercent }) => utilizationPercent)),
      eccErrors,
      samples: Math.floor(rows.length / Math.max(1, first.length)),
    },
    remarks,
  };
}

/** Work that goes on while others are awaited: its failure shows when `done` is, and is not unhandled before. */
function watch(work: Promise<Matmul>) {
  let result: Matmul | undefined;
  const done = work.then((value) => {
    result = value;
    return value;
  });
  const isOver = () => true;
  return { done, ended: done.then(isOver, isOver), result: () => result };
}

/** Whether the work ended within the time; rejects with the signal's reason. */
async function orAfter(
  ended: Promise<boolean>,
  ms: number,
  { clock, signal }: Pick<ProbeGpuOptions, 'clock' | 'signal'>,
): Promise<boolean> {
  const rest = new AbortController();
  const isLate = () => false;
  const nap = clock.sleep(ms, rest.signal).then(isLate, isLate);
  const hasEnded = await Promise.race([ended, nap]);
  rest.abort();
  signal?.throwIfAborted();
  return hasEnded;
}

/** The reason when there is nothing to be had. */
async function sample(
  shell: RemoteShell,
  signal: AbortSignal | undefined,
): Promise<readonly Sample[] | string> {
  const { code, stdout, stderr } = await shell.exec(SAMPLE_QUERY, {
    timeoutMs: QUERY_TIMEOUT_MS,
    ...(signal && { signal }),
  });
  const rows = stdout
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .filter((cells) => cells.length === FIELDS.length)
    .map(([name = '', temperature, power, clock, utilization]) => ({
      name,
      temperatureC: Number(temperature),
      powerW: Number(power),
      clockMhz: Number(clock),
      utilizationPercent: Number(utilization),
    }));
  if (code === 0 && rows.length > 0) return rows;
  return `nvidia-smi shows no GPU (${lastWords(stdout, stderr) || `code ${String(code)}`})`;
}

async function readEcc(shell: RemoteShell, signal: AbortSignal | undefined): Promise<number | null> {
  try {
    const { code, stdout } = await shell.exec(ECC_QUERY, {
      timeoutMs: QUERY_TIMEOUT_MS,
      ...(signal && { signal }),
    });
    const counts = stdout
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => /^\d+$/.test(line))
      .map(Number);
    return code === 0 && counts.length > 0 ? counts.reduce((sum, each) => sum + each, 0) : null;
  } catch (error) {
    // Consumer cards and old drivers do not know the field, and some hang over it: the other figures stand.
    if (error instanceof CommandTimeoutError) return null;
    throw error;
  }
}

function highest(values: readonly number[]): number | null {
  const known = values.filter(Number.isFinite);
  return known.length > 0 ? Math.max(...known) : null;
}

function mean(values: readonly number[]): number | null {
  const known = values.filter(Number.isFinite);
  return known.length > 0 ? known.reduce((sum, each) => sum + each, 0) / known.length : null;
}
