// How the machines were at each reading while the screen stood: the monitor tells the newest, charts want the last hour.
import type { RunView } from '../../../rent/monitor/index.ts';

export const SAMPLE_NAMES = ['gpu %', 'gpu mem %', 'memory %', 'disk %', 'power W', 'gpu °C'] as const;
export type SampleName = (typeof SAMPLE_NAMES)[number];

export interface Sample {
  readonly atMs: number;
  /** In the order of SAMPLE_NAMES; NaN where it was not known. */
  readonly values: Float32Array;
}

/** At the default interval an hour. */
const KEPT = 360;

export function addSamples(
  samples: ReadonlyMap<string, readonly Sample[]>,
  runs: readonly RunView[],
): ReadonlyMap<string, readonly Sample[]> {
  const next = new Map<string, readonly Sample[]>();
  for (const run of runs) {
    const before = samples.get(run.key) ?? [];
    const isNew = run.sampledAtMs !== null && run.sampledAtMs !== before.at(-1)?.atMs;
    next.set(run.key, isNew ? [...before.slice(1 - KEPT), sampleOf(run)] : before);
  }
  return next;
}

function sampleOf(run: RunView): Sample {
  const gpus = run.gpus?.value ?? [];
  const powers = gpus.map(({ powerW }) => powerW).filter((power) => power !== null);
  const heats = gpus.map(({ temperatureC }) => temperatureC).filter((heat) => heat !== null);
  const known = [
    run.gpuPercent,
    run.gpuMemoryPercent,
    run.memoryPercent,
    run.diskPercent,
    powers.length === 0 ? null : powers.reduce((sum, power) => sum + power, 0),
    heats.length === 0 ? null : Math.max(...heats),
  ];
  return { atMs: run.sampledAtMs ?? 0, values: Float32Array.from(known, (value) => value ?? Number.NaN) };
}
