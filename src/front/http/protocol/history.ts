// Training runs whose figures are kept, also of machines that are long gone.
import { z } from 'zod';
import { time } from './health.ts';

/** JSON has no words of its own for what is no number, and null is not known. */
const told = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]).nullable();

export const keptRunSchema = z.object({
  /** As its figures are kept: `job_…`, or an instance with the file that they came from. */
  run: z.string(),
  /** Of its job or rental; empty where there is none. */
  name: z.string(),
  /** Of its job. */
  group: z.string().nullable(),
  /** Of its job, else of its rental. */
  status: z.string().nullable(),
  instanceId: z.number().nullable(),
  attempts: z.int(),
  firstAtMs: time,
  lastAtMs: time,
  costUsd: z.number().nullable(),
});
export type KeptRunRow = z.infer<typeof keptRunSchema>;

export const keptRunsSchema = z.object({
  /** Newest first. */
  runs: z.array(keptRunSchema.extend({ step: z.number().nullable(), loss: told, valLoss: told })),
  /** Of the time that was asked about, before the limit. */
  matching: z.int(),
  total: z.int(),
});

export const keptRunDetailSchema = keptRunSchema.extend({
  job: z.object({ id: z.string(), status: z.string(), reason: z.string() }).nullable(),
  machine: z.object({ gpuName: z.string(), gpuCount: z.int() }).nullable(),
  lastStep: z.number().nullable(),
  stepSeconds: z.object({ median: z.number(), p90: z.number(), samples: z.int() }).nullable(),
  figures: z.array(
    z.object({
      name: z.string(),
      points: z.int(),
      first: told,
      last: told,
      lastStep: z.number().nullable(),
      lastAtMs: time,
      min: z.number().nullable(),
      minStep: z.number().nullable(),
      max: z.number().nullable(),
      maxStep: z.number().nullable(),
      /** NaN and infinite values. */
      odd: z.int(),
    }),
  ),
});
export type KeptRunDetail = z.infer<typeof keptRunDetailSchema>;

export const runConfigSchema = z.object({
  run: z.string(),
  /** What it was told, by what: image, script, variables, machine. */
  config: z.record(z.string(), z.string()),
});

/** One line of an export. */
export const keptPointSchema = z.object({
  run: z.string(),
  attempt: z.int(),
  name: z.string(),
  /** Of buckets the number of the last value in them. */
  seq: z.int(),
  atMs: z.number(),
  step: z.number().nullable(),
  /** Of buckets the mean. */
  value: told,
  last: told,
  min: z.number().nullable(),
  max: z.number().nullable(),
  count: z.int(),
  oddCount: z.int(),
  resolution: z.enum(['raw', 'minute', 'ten-minutes']),
});

export const keptSeriesSchema = z.object({
  resolution: z.enum(['raw', 'minute', 'ten-minutes']),
  /** Each attempt is a line of its own. */
  attempts: z.array(
    z.object({
      attempt: z.int(),
      points: z.array(
        z.object({
          atMs: z.number(),
          step: z.number().nullable(),
          value: told,
          min: z.number().nullable(),
          max: z.number().nullable(),
          count: z.int(),
          oddCount: z.int(),
        }),
      ),
    }),
  ),
});
export const keptSeriesQuery = z.object({
  /** `loss`, `learning_rate`, … */
  name: z.string().min(1).max(100),
  /** Of each attempt, at most. */
  points: z.coerce.number().int().min(2).max(10_000).default(500),
});

export const keptRunsQuery = z.object({
  /** That had figures since then. */
  since: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).optional(),
});
export const keptRunParam = z.object({
  /** The run itself, its job by id or name, its instance, or the beginning of one of them while it is that of one run. */
  run: z.string().min(1).max(1_000),
});
