// Training runs as the monitor sees them: the same figures that the terminal's table shows.
import { z } from 'zod';
import { time } from './health.ts';

/** Null is not known; a figure that is no number (a loss that became NaN) is null as well, as JSON has none. */
const figure = z.number().nullable();
const range = z.object({ low: z.number(), likely: z.number(), high: z.number() }).nullable();

export const metricSchema = z.object({
  run: z.string(),
  attempt: z.int(),
  seq: z.int(),
  atMs: time,
  name: z.string(),
  value: figure,
  step: z.number().optional(),
});

const gpuSchema = z.object({
  utilizationPercent: figure,
  memoryUsedMb: figure,
  memoryTotalMb: figure,
  temperatureC: figure,
  powerW: figure,
});

export const runSchema = z.object({
  /** `instance 123` or `job job_…`: one name for ever. */
  key: z.string(),
  instanceId: z.int().nullable(),
  jobId: z.string().nullable(),
  rentalId: z.string().nullable(),
  name: z.string(),
  group: z.string().nullable(),
  gpuName: z.string().nullable(),
  gpuCount: z.int().nullable(),
  geolocation: z.string().nullable(),
  status: z.string(),
  reason: z.string(),
  sinceMs: z.number(),
  gpus: z.object({ value: z.array(gpuSchema).readonly(), atMs: z.number() }).nullable(),
  gpuPercent: figure,
  gpuMemoryPercent: figure,
  memoryPercent: figure,
  diskPercent: figure,
  sampleError: z.string().nullable(),
  sampledAtMs: figure,
  format: z.string().nullable(),
  epoch: figure,
  totalEpochs: figure,
  step: figure,
  totalSteps: figure,
  /** 0 to 1. */
  progress: figure,
  loss: figure,
  recentLosses: z.array(figure).readonly(),
  metrics: z.array(metricSchema).readonly(),
  attempts: z.int(),
  lineSource: z.string(),
  lineFrom: z.string(),
  lineAtMs: figure,
  lineError: z.string().nullable(),
  pricePerHour: figure,
  spentUsd: figure,
  etaS: range,
  costToFinishUsd: range,
  health: z.object({
    status: z.string(),
    colour: z.enum(['green', 'yellow', 'red']),
    reason: z.string(),
    sinceMs: z.number(),
    /** Micro-dollars. */
    costPerHour: z.number(),
    wastedPerHour: z.number(),
  }),
  wastePerHour: figure,
});
export type RunRow = z.infer<typeof runSchema>;

export const runsSchema = z.object({
  atMs: z.number(),
  isSimulated: z.boolean(),
  account: z.string().nullable(),
  runs: z.array(runSchema).readonly(),
  totals: z.object({
    runs: z.int(),
    running: z.int(),
    gpus: z.int(),
    pricePerHour: z.number(),
    spentUsd: z.number(),
    monthEndUsd: figure,
    creditUsd: figure,
    creditEndsAtMs: figure,
  }),
  listedAtMs: figure,
  trouble: z.string().nullable(),
});
export type RunsAnswer = z.infer<typeof runsSchema>;

export const linesSchema = z.object({
  lines: z.array(z.object({ seq: z.int(), attempt: z.int(), atMs: z.number(), text: z.string() })).readonly(),
});
export const seriesSchema = z.object({ points: z.array(metricSchema).readonly() });

export const runParam = z.object({ key: z.string().min(1).max(200) });
export const linesQuery = z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(100) });
export const seriesQuery = z.object({
  /** `loss`, `learning_rate`, … */
  name: z.string().min(1).max(100),
  points: z.coerce.number().int().min(2).max(10_000).default(500),
});
