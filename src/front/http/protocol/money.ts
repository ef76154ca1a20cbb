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

export const haltRequest = z.object({ reason: z.string().trim().min(1) });

/** As it is now, and as it was found. */
export const haltChangeSchema = haltSchema.extend({ before: haltSchema });
export type HaltChangeAnswer = z.infer<typeof haltChangeSchema>;

const window = z.enum(['all', 'day', 'month']);
const limitType = z.enum(['daily-loss', 'frequency', 'exposure', 'drawdown']);
/** `total`, `account:1001`, `label:nightly`. */
const whose = z.string().min(1).max(200);

export const capSchema = z.object({
  scope: z.string(),
  /** Whose, for example the account; null for the total. */
  of: z.string().nullable(),
  /** Both in one word, as a request takes it: `label:nightly`. */
  whose,
  window,
  limitUsd: z.number(),
  spentUsd: z.number(),
  reservedUsd: z.number(),
  leftUsd: z.number(),
  setBy: z.string(),
  setAtMs: time,
});
export type CapRow = z.infer<typeof capSchema>;

export const limitSchema = z.object({
  name: z.string(),
  type: limitType,
  /** Acts for `frequency`, else dollars. */
  limit: z.number(),
  enforce: z.boolean(),
  timeWindowMs: z.number(),
  whose,
  setBy: z.string(),
  setAtMs: time,
});
export type LimitRow = z.infer<typeof limitSchema>;

export const budgetSchema = z.object({
  halt: haltSchema,
  caps: z.array(capSchema),
  limits: z.array(limitSchema),
  /** Acts under way, and what is set aside for them. */
  open: z.object({ acts: z.int(), heldUsd: z.number() }),
});
export type BudgetAnswer = z.infer<typeof budgetSchema>;

/** `account` alone is the one that the key opens. */
export const capQuery = z.object({ whose, window });
export const capRequest = capQuery.extend({ limitUsd: z.number().min(0).max(1e9) });
export type CapRequest = z.input<typeof capRequest>;

export const limitParam = z.object({ name: z.string().min(1).max(200) });
export const limitRequest = z.object({
  type: limitType,
  /** Acts for `frequency`, else dollars. It may be reached, not passed. */
  limit: z.number().min(0).max(1e9),
  /** False: passing it only warns. */
  enforce: z.boolean().default(true),
  /** Rolling; 0 has the meaning that its type gives it. */
  timeWindowMs: z.number().min(0),
  whose: whose.default('total'),
});
export type LimitRequest = z.input<typeof limitRequest>;
export const removedSchema = z.object({ removed: z.string() });
