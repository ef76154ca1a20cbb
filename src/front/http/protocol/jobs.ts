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
  account: z.string(),
  /** Of its last attempt. */
  instanceId: z.int().nullable(),
  isOver: z.boolean(),
  /** Some process drives it now; one that was killed is seen to be gone after a minute. */
  isDriven: z.boolean(),
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
  /** Of its machine so far; null where no record tells. */
  spentUsd: z.number().nullable(),
});

export const jobsSchema = z.object({
  jobs: z.array(jobSchema),
  /** With those that ended before the time that was asked about. */
  total: z.int(),
});
export const jobDetailSchema = jobSchema.extend({
  attempts: z.array(attemptSchema),
  /** Tries that did not end well. */
  failures: z.array(
    z.object({
      kind: z.string(),
      atMs: time,
      reason: z.string(),
      hasAdvanced: z.boolean(),
      checkpoint: z.string().optional(),
    }),
  ),
  /** Of its group, all attempts together. */
  budgetUsd: z.number().nullable(),
  maxDurationMs: z.number().nullable(),
  /** Patterns of what is fetched. */
  artifacts: z.array(z.string()),
});
export type JobDetail = z.infer<typeof jobDetailSchema>;

export const jobStorySchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Oldest first. */
  entries: z.array(
    z.object({
      atMs: time,
      /** `job`, or `attempt 2 rental`. */
      about: z.string(),
      status: z.string(),
      sentence: z.string(),
      /** The figures that it was decided on, in words. */
      details: z.array(z.string()),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
});
export type JobStory = z.infer<typeof jobStorySchema>;

export const jobsQuery = z.object({
  live: z.enum(['0', '1']).default('0'),
  name: z.string().max(200).optional(),
  group: z.string().max(200).optional(),
  /** `all`: of every account that this store has. */
  accounts: z.enum(['own', 'all']).default('own'),
  /** Without those that ended earlier. */
  ended_after: z.coerce.number().int().optional(),
});
export const idParam = z.object({
  /** Its id, or its name while it is the newest of that name. */
  id: z.string().min(1).max(200),
});
export const jobWordQuery = z.object({
  /** `beginning`: the beginning of an id or a name will do, while it is that of one job. */
  match: z.enum(['whole', 'beginning']).default('whole'),
});
export type JobWord = z.infer<typeof jobWordQuery>['match'];

const ENVIRONMENT_MAX = 200;

/**
 * Values of variables that a job's file names with from_env; default those of the daemon's own environment. They are kept in
 * the daemon's memory, and in no file, answer, log or event.
 */
const environment = z
  .record(z.string().max(200), z.string().max(100_000))
  .refine((values) => Object.keys(values).length <= ENVIRONMENT_MAX, `at most ${ENVIRONMENT_MAX} variables`);

export const environmentRequest = z.object({ environment });

export const submitSchema = z.object({
  /** The text of a job file. */
  job: z.string().min(1).max(500_000),
  /** The absolute folder on the daemon's computer that its paths are relative to. */
  folder: z.string().regex(/^(\/|[A-Za-z]:[\\/])/, 'must be an absolute path'),
  isUnattended: z.boolean().default(false),
  /** Not before this; default at once. */
  startAtMs: time.optional(),
  /** Why it starts then. */
  startReason: z.string().max(1_000).optional(),
  environment: environment.optional(),
});
export type SubmitRequest = z.input<typeof submitSchema>;

export const logQuery = z.object({
  /** Default the newest. */
  attempt: z.coerce.number().int().min(1).optional(),
  /** Bytes from its beginning; a negative one counts from its end. */
  offset: z.coerce.number().int().default(0),
  limit: z.coerce.number().int().min(1).max(1_000_000).default(64_000),
});
