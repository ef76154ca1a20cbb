// Caps, limits and the switch that forbids all spending. Dollars.
import { z } from 'zod';
import { time } from './health.ts';

export const haltSchema = z.object({
  isHalted: z.boolean(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  sinceMs: time.nullable(),
});
export type HaltAnswer = z.infer<typeof haltSchema>;

export const haltRequest = z.object({ reason: z.string().trim().min(1).max(500) });

export const budgetSchema = z.object({
  halt: haltSchema,
  caps: z.array(
    z.object({
      scope: z.string(),
      /** Whose, for example the account; null for the total. */
      of: z.string().nullable(),
      window: z.string(),
      limitUsd: z.number(),
      spentUsd: z.number(),
      reservedUsd: z.number(),
      leftUsd: z.number(),
      setBy: z.string(),
    }),
  ),
  limits: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      /** Acts for `frequency`, else dollars. */
      limit: z.number(),
      enforce: z.boolean(),
      timeWindowMs: z.number(),
      setBy: z.string(),
    }),
  ),
});
export type BudgetAnswer = z.infer<typeof budgetSchema>;
