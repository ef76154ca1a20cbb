// Training runs as the monitor sees them: the same figures that the terminal's table shows.
import { z } from 'zod';
import { time } from './health.ts';

/** Of which JSON has no numbers: a loss that became NaN is told as this text. */
const NO_NUMBERS = ['NaN', 'Infinity', '-Infinity'] as const;
const number = z.union([z.number(), z.enum(NO_NUMBERS).transform(Number)]);
/** Null is not known. */
const figure = number.nullable();
const range = z.object({ low: z.number(), likely: z.number(), high: z.number() }).nullable();

export const metricSchema = z.object({
  run: z.string(),
  attempt: z.int(),
  seq: z.int(),
  atMs: time,
  name: z.string(),
  value: number,
  step: z.number().optional(),
});

const gpuSchema = z.object({
  utilizationPercent: figure,
  memoryUsedMb: figure,
  memoryTotalMb: figure,
  temperatureC: figure,
  powerW: figure,
});

const RUN_STATUSES = [
  'created',
  'loading',
  'running',
  'exited',
  'stopped',
  'outbid',
  'lost',
  'unknown',
] as const;
const LINE_SOURCES = [
  'file',
  'job',
  'configured',
  'newest-log',
  'tmux',
  'tensorboard',
  'container',
  'none',
] as const;
const HEALTH_STATUSES = [
  'starting',
  'training',
  'slow',
  'stalled',
  'hung',
  'diverged',
  'out-of-memory',
  'finished-but-billing',
  'exited',
  'offline',
] as const;

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
  status: z.enum(RUN_STATUSES),
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
  recentLosses: z.array(number).readonly(),
  metrics: z.array(metricSchema).readonly(),
  attempts: z.int(),
  lineSource: z.enum(LINE_SOURCES),
  lineFrom: z.string(),
  lineAtMs: figure,
  lineError: z.string().nullable(),
  /** When the source of lines last answered, also without a new line. */
  lineReadAtMs: figure.optional(),
  pricePerHour: figure,
  spentUsd: figure,
  /** It may have cost more, before anybody here saw it. */
  isSpentAtLeast: z.boolean().optional(),
  etaS: range,
  /** What the time to the end stands on. */
  etaBasis: z.enum(['step times', 'printed by the run', 'start and newest line']).nullable().optional(),
  costToFinishUsd: range,
  health: z.object({
    status: z.enum(HEALTH_STATUSES),
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

/** All of a view but its runs. */
export const viewHeadSchema = z.object({
  atMs: z.number(),
  isSimulated: z.boolean(),
  account: z.string().nullable(),
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
export const runsSchema = viewHeadSchema.extend({ runs: z.array(runSchema).readonly() });
export type RunsAnswer = z.infer<typeof runsSchema>;

export const lineSchema = z.object({
  /** Grows by one with each line of a run that the monitor has seen. */
  seq: z.int(),
  attempt: z.int(),
  atMs: z.number(),
  text: z.string(),
});
export const linesSchema = z.object({ lines: z.array(lineSchema).readonly() });
export const seriesSchema = z.object({ points: z.array(metricSchema).readonly() });

export const runParam = z.object({ key: z.string().min(1).max(200) });
export const linesQuery = z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(100) });
export const runStreamQuery = z.object({
  /** The `id:` of the last message that a reader has had. The header `Last-Event-ID` goes before it. */
  after: z.string().max(100).optional(),
});
export const seriesQuery = z.object({
  /** `loss`, `learning_rate`, … */
  name: z.string().min(1).max(100),
  points: z.coerce.number().int().min(2).max(10_000).default(500),
});
