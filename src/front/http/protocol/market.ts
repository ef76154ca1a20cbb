// The market store in a few figures.
import { z } from 'zod';
import { time } from './health.ts';

export const marketSchema = z.object({
  /** False while no poll is stored: then all else is null. */
  hasPolls: z.boolean(),
  isSimulated: z.boolean().nullable(),
  newestPoll: z.object({ poll: z.int(), tsMs: time, offers: z.int(), isComplete: z.boolean() }).nullable(),
  polls: z.int().nullable(),
  observations: z.number().nullable(),
  bytes: z.number().nullable(),
  /** Holes between polls since the last seal: a month at most. */
  gaps: z.int().nullable(),
  isCollecting: z.boolean(),
  /** Why searches fail now; null while they do not. */
  blindBecause: z.string().nullable(),
});
export type MarketAnswer = z.infer<typeof marketSchema>;
