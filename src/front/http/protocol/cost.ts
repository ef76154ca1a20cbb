// What was spent, what the service charged, and where that leads. Dollars; null is not known.
import { z } from 'zod';
import { time } from './health.ts';

export const costQuery = z.object({
  /** With commas: `job,label`. */
  by: z.string().max(200).default(''),
  /** Default 30 days ago. */
  since: z.coerce.number().int().min(0).optional(),
});

export const costSchema = z.object({
  sinceMs: time,
  untilMs: time,
  /** Of all accounts in this store, by our ledger. What has no such name stands under the empty value. */
  groups: z.array(
    z.object({ by: z.string(), rows: z.array(z.object({ value: z.string(), spentUsd: z.number() })) }),
  ),
  /** Of this account. */
  spentUsd: z.number(),
  /** By the service, beside ours for the same whole days (UTC); null when it could not be asked. */
  charged: z
    .object({
      fromMs: time,
      totalUsd: z.number(),
      oursUsd: z.number(),
      othersUsd: z.number(),
      ledgerUsd: z.number(),
      differenceUsd: z.number(),
      faults: z.array(z.string()),
    })
    .nullable(),
  /** Why `charged` is not known; empty where it is. */
  chargedFault: z.string(),
  usdPerHour: z.number(),
  oursUsdPerHour: z.number(),
  month: z.object({ fromMs: time, untilMs: time, spentUsd: z.number(), projectedUsd: z.number() }),
});
export type CostAnswer = z.infer<typeof costSchema>;
