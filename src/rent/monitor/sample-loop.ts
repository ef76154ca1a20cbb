// One machine, sampled again and again: often while somebody looks, more rarely otherwise and while it cannot be asked.
import type { Clock } from '../../base/std/index.ts';
import type { Sample, Sampler } from '../remote/index.ts';
import type { Bell } from './bell.ts';

export interface SampleState {
  readonly sample: Sample | null;
  /** Why there is no newer one; null while sampling works. */
  readonly error: string | null;
  /** Since when all GPUs have been below the limit; null where they are not, or that is not known. */
  readonly idleSinceMs: number | null;
}

export const NO_SAMPLE: SampleState = { sample: null, error: null, idleSinceMs: null };

/** A machine that cannot be asked is asked at most so rarely. */
const LONGEST_WAIT_MS = 300_000;

export interface SampleLoopOptions {
  readonly clock: Clock;
  readonly bell: Bell;
  readonly sampler: Sampler;
  readonly intervalMs: () => number;
  /** Resolves when asking is allowed. */
  readonly allowed: (signal: AbortSignal) => Promise<void>;
  readonly gpuLowPercent: number;
  readonly onState: (state: SampleState) => void;
}

/** Until the signal ends; rejects with its reason. */
export async function sampleLoop(options: SampleLoopOptions, signal: AbortSignal): Promise<never> {
  const { bell, sampler, intervalMs, allowed, gpuLowPercent, onState } = options;
  let state = NO_SAMPLE;
  let failures = 0;
  for (;;) {
    await allowed(signal);
    try {
      const sample = await sampler.sample({ signal });
      failures = 0;
      state = { sample, error: null, idleSinceMs: idleSince(state, sample, gpuLowPercent) };
    } catch (error) {
      signal.throwIfAborted();
      failures += 1;
      // What it did meanwhile nobody knows.
      state = { ...state, error: error instanceof Error ? error.message : String(error), idleSinceMs: null };
    }
    onState(state);
    const waitMs = failures === 0 ? intervalMs() : Math.min(intervalMs() * 2 ** failures, LONGEST_WAIT_MS);
    await bell.wait(Math.max(waitMs, intervalMs()), signal);
  }
}

/** Mean of what the GPUs tell; null where none tells. */
export function meanUtilization(sample: Sample | null): number | null {
  if (!sample?.gpus.isKnown) return null;
  const known = sample.gpus.value.flatMap(({ utilizationPercent }) => utilizationPercent ?? []);
  return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0) / known.length;
}

function idleSince(before: SampleState, sample: Sample, lowPercent: number): number | null {
  const percent = meanUtilization(sample);
  if (percent === null || percent >= lowPercent) return null;
  return before.idleSinceMs ?? sample.atMs;
}
