// The story of one rental or instance.
import { z } from 'zod';

/** Id or name of an instance or a rental, or their beginning. */
export const whyParam = z.object({ id: z.string().min(1).max(200) });
export const whyQuery = z.object({
  /** 1 asks nobody: the store alone, of whichever account. */
  offline: z.enum(['0', '1']).default('0'),
});

export const whySchema = z.object({
  target: z.object({
    instanceId: z.int().nullable(),
    rentalId: z.string().nullable(),
    name: z.string(),
    isGone: z.boolean(),
  }),
  /** In the order in which it happened. */
  entries: z.array(
    z.object({
      /** 0 where the service does not say when. */
      atMs: z.number(),
      /** `rental`, `instance`, `ledger`, `account`. */
      about: z.string(),
      status: z.string(),
      sentence: z.string(),
      details: z.array(z.string()),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
  /** Sentences: what it lacks, and why. */
  remarks: z.array(z.string()),
});
export type WhyAnswer = z.infer<typeof whySchema>;
