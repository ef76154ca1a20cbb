// The event table as others read it: what happened to what, in one sequence without holes.
import { z } from 'zod';
import { time } from './health.ts';

export const eventSchema = z.object({
  /** 1, 2, 3, … as `id:` of a stream; with it a reader goes on where it was. */
  seq: z.int(),
  at: time,
  /** `rental`, `job`, `act`, `part`, … */
  noun: z.string(),
  id: z.string(),
  status: z.string(),
  reason: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type EventRow = z.infer<typeof eventSchema>;

const seq = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const filter = {
  noun: z.string().max(100).optional(),
  id: z.string().max(200).optional(),
};

export const eventsQuery = z.object({
  ...filter,
  after: seq.default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export const eventsSchema = z.object({
  events: z.array(eventSchema).readonly(),
  /** Of the newest event that there is. */
  lastSeq: z.int(),
});
export type EventsAnswer = z.infer<typeof eventsSchema>;

export const streamQuery = z.object({
  ...filter,
  /** The stream begins after this event; default only what comes. The header `Last-Event-ID` goes before it. */
  after: seq.optional(),
});
