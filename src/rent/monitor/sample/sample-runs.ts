// Five runs that are not there, for looking at the screen without an account: one trains, one diverges, one hangs, one was
// outbid and one loads. Their lines are those of real trainers, and go the way of all lines.
import { HOUR_MS, type Random } from '../../../base/std/index.ts';
import type { RunStatus } from '../run-view.ts';

const MINUTE_MS = 60_000;

export interface SampleRun {
  readonly instanceId: number;
  readonly name: string;
  readonly group: string;
  readonly gpuName: string;
  readonly gpuCount: number;
  readonly geolocation: string;
  readonly pricePerHour: number;
  readonly status: RunStatus;
  readonly reason: string;
  /** It was rented so long before the sample began. */
  readonly ageMs: number;
  /** Since when it is what it is, before the sample began. */
  readonly sinceMs: number;
  readonly path: string;
  readonly everyMs: number;
  /** Undefined once nothing comes any more. `n` counts from 1; `untilNowMs` is below 0 in the past. */
  line(n: number, untilNowMs: number): string | undefined;
  gpuPercent(untilNowMs: number): number;
}

/** How often an interruptible machine of this kind is taken away, for its interval. */
export const SAMPLE_INTERRUPTIONS_PER_HOUR = 0.02;

/** The same ones for the same dice, as long as their lines are asked for in their order. */
export function sampleRuns(random: Random): readonly SampleRun[] {
  const dice = random.fork('noise');
  const noise = () => dice.normal();
  return [
    {
      instanceId: 28_411_901,
      name: 'resnet50',
      group: 'vision',
      gpuName: 'RTX 4090',
      gpuCount: 2,
      geolocation: 'Sweden, SE',
      pricePerHour: 0.812,
      status: 'running',
      reason: 'It runs',
      ageMs: 2 * HOUR_MS,
      sinceMs: 2 * HOUR_MS - 4 * MINUTE_MS,
      path: '/workspace/output/resnet50/training.log',
      everyMs: 5_000,
      line(n) {
        const perEpoch = 200;
        const epoch = 1 + Math.floor((n - 1) / perEpoch);
        if (epoch > 20) return undefined;
        const loss = 0.45 + 5.6 * Math.exp(-n / 420) + 0.04 * noise();
        return `Epoch ${epoch}/20, Step ${((n - 1) % perEpoch) + 1}/${perEpoch}, Loss = ${loss.toFixed(4)}, lr = ${(1e-3 * (1 - n / 4_100)).toExponential(3)}`;
      },
      gpuPercent: (untilNowMs) => 88 + 6 * Math.sin(untilNowMs / 9_000),
    },
    {
      instanceId: 28_411_907,
      name: 'gpt-small-lr3',
      group: 'language',
      gpuName: 'H100 SXM',
      gpuCount: 1,
      geolocation: 'Texas, US',
      pricePerHour: 2.14,
      status: 'running',
      reason: 'It runs',
      ageMs: HOUR_MS,
      sinceMs: HOUR_MS - 3 * MINUTE_MS,
      path: '/workspace/nanogpt/train.log',
      everyMs: 4_000,
      line(n, untilNowMs) {
        const usual = 2.4 + 8 * Math.exp(-n / 160) + 0.05 * noise();
        const beyond = Math.max(0, untilNowMs + 2 * MINUTE_MS) / 30_000;
        const loss = Math.min(usual * (1 + 0.6 * beyond), 60);
        return `iter ${n * 10}: loss ${loss.toFixed(4)}, time ${(395 + 9 * noise()).toFixed(2)}ms, mfu ${(38 + noise()).toFixed(2)}%`;
      },
      gpuPercent: (untilNowMs) => 97 + Math.sin(untilNowMs / 7_000),
    },
    {
      instanceId: 28_411_913,
      name: 'llama-lora',
      group: 'language',
      gpuName: 'A100 SXM4',
      gpuCount: 4,
      geolocation: 'Iceland, IS',
      pricePerHour: 3.36,
      status: 'running',
      reason: 'It runs',
      ageMs: 3 * HOUR_MS,
      sinceMs: 3 * HOUR_MS - 6 * MINUTE_MS,
      path: '/workspace/output/llama-lora/training.log',
      everyMs: 10_000,
      line(n, untilNowMs) {
        // A data loader that waits for a disk which does not answer.
        if (untilNowMs > -14 * MINUTE_MS) return undefined;
        const loss = 0.9 + 1.4 * Math.exp(-n / 300) + 0.03 * noise();
        return `{'loss': ${loss.toFixed(4)}, 'grad_norm': ${(0.6 + 0.1 * Math.abs(noise())).toFixed(4)}, 'learning_rate': ${(2e-4 * (1 - n / 1_600)).toExponential(4)}, 'epoch': ${((3 * n) / 1_600).toFixed(2)}}`;
      },
      gpuPercent: (untilNowMs) => (untilNowMs > -13.5 * MINUTE_MS ? 0 : 93),
    },
    {
      instanceId: 28_411_922,
      name: 'diffusion-xl',
      group: 'vision',
      gpuName: 'RTX 3090',
      gpuCount: 4,
      geolocation: 'Poland, PL',
      pricePerHour: 0.021,
      status: 'outbid',
      reason: 'Others pay more for its GPUs; its disk is kept and paid for',
      ageMs: 5 * HOUR_MS,
      sinceMs: 22 * MINUTE_MS,
      path: '/workspace/output/diffusion-xl/training.log',
      everyMs: 15_000,
      line(n, untilNowMs) {
        if (untilNowMs > -22 * MINUTE_MS) return undefined;
        const loss = 0.11 + 0.2 * Math.exp(-n / 260) + 0.004 * noise();
        return `step ${n * 25}/60000 loss ${loss.toFixed(4)} lr 1.00e-05 ${(1.66 + 0.02 * noise()).toFixed(2)} it/s`;
      },
      gpuPercent: () => 0,
    },
    {
      instanceId: 28_411_930,
      name: 'whisper-eval',
      group: 'speech',
      gpuName: 'L40S',
      gpuCount: 1,
      geolocation: 'Quebec, CA',
      pricePerHour: 0.64,
      status: 'loading',
      reason: 'Its image is being loaded: 62 % of 9.4 GB',
      ageMs: 3 * MINUTE_MS,
      sinceMs: 2 * MINUTE_MS,
      path: '',
      everyMs: HOUR_MS,
      line: () => undefined,
      gpuPercent: () => 0,
    },
  ];
}
