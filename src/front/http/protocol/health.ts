// What a daemon says of itself.
import { z } from 'zod';

/** Epoch milliseconds, UTC. */
export const time = z.int();

export const healthSchema = z.object({
  /** `failing` when any part of it fails at the moment. */
  status: z.enum(['ok', 'failing']),
  version: z.string(),
});
export type HealthAnswer = z.infer<typeof healthSchema>;

export const partSchema = z.object({
  name: z.string(),
  what: z.string(),
  status: z.enum(['starting', 'running', 'failing', 'ending', 'ended', 'off']),
  reason: z.string(),
  sinceMs: time,
  lastGoodAtMs: time.nullable(),
  restarts: z.int(),
  nextTryAtMs: time.nullable(),
});

export const statusSchema = z.object({
  status: z.enum(['ok', 'failing']),
  version: z.string(),
  pid: z.int(),
  startedAtMs: time,
  /** Null while nobody knows which account the key opens. */
  account: z.string().nullable(),
  baseUrl: z.string(),
  isHalted: z.boolean(),
  parts: z.array(partSchema),
  /** What the account's instances cost an hour now, of all whose price is known. */
  burnPerHour: z.number(),
  unpriced: z.int(),
  liveRentals: z.int(),
  liveJobs: z.int(),
  /** Since the last complete listing of the account; null before the first. */
  viewAgeMs: z.number().nullable(),
  eventClients: z.int(),
});
export type StatusAnswer = z.infer<typeof statusSchema>;

/** Who answers: asked before anything else, so it reads nothing. */
export const daemonSchema = z.object({
  version: z.string(),
  pid: z.int(),
  startedAtMs: time,
  /** Null while nobody knows which account the key opens. */
  account: z.string().nullable(),
  baseUrl: z.string(),
});
export type DaemonAnswer = z.infer<typeof daemonSchema>;

export const faultSchema = z.object({
  error: z.string(),
  /** Name of the error behind it, where it is one that is known. */
  kind: z.string().optional(),
});
