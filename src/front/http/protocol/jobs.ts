// Jobs as others see them. Neither scripts nor environments are told: people write secrets into both.
import { z } from 'zod';
import { time } from './health.ts';

export const jobSchema = z.object({
  id: z.string(),
  name: z.string(),
  group: z.string(),
  status: z.string(),
  reason: z.string(),
  sinceMs: time,
  /** 0 before the first. */
  attempt: z.int(),
  rentalId: z.string().nullable(),
  image: z.string().nullable(),
  spentUsd: z.number(),
  isUnattended: z.boolean(),
  createdAtMs: time,
  nextAtMs: time.nullable(),
  startedAtMs: time.nullable(),
  cancelAskedAtMs: time.nullable(),
  verifiedAtMs: time.nullable(),
  endedAtMs: time.nullable(),
});
export type JobRow = z.infer<typeof jobSchema>;

export const attemptSchema = z.object({
  attempt: z.int(),
  rentalId: z.string(),
  instanceId: z.int().nullable(),
  machineId: z.int().nullable(),
  startedAtMs: time,
  runningAtMs: time.nullable(),
  endedAtMs: time.nullable(),
  exitCode: z.int().nullable(),
  failure: z.string().nullable(),
  reason: z.string(),
  checkpoint: z.string().nullable(),
  logBytes: z.int(),
  spentUsd: z.number(),
});

export const jobsSchema = z.object({ jobs: z.array(jobSchema) });
export const jobDetailSchema = jobSchema.extend({ attempts: z.array(attemptSchema) });
export type JobDetail = z.infer<typeof jobDetailSchema>;

export const jobsQuery = z.object({
  live: z.enum(['0', '1']).default('0'),
  name: z.string().max(200).optional(),
  group: z.string().max(200).optional(),
});
export const idParam = z.object({ id: z.string().min(1).max(200) });

export const submitSchema = z.object({
  /** The text of a job file. */
  job: z.string().min(1).max(500_000),
  /** The absolute folder on the daemon's computer that its paths are relative to. */
  folder: z.string().regex(/^(\/|[A-Za-z]:[\\/])/, 'must be an absolute path'),
  isUnattended: z.boolean().default(false),
});
export type SubmitRequest = z.input<typeof submitSchema>;

export const logQuery = z.object({
  /** Default the newest. */
  attempt: z.coerce.number().int().min(1).optional(),
  /** Bytes from its beginning; a negative one counts from its end. */
  offset: z.coerce.number().int().default(0),
  limit: z.coerce.number().int().min(1).max(1_000_000).default(64_000),
});
