// Instances of the account and the rentals behind them. Dollars; null is not known.
import { z } from 'zod';
import { time } from './health.ts';

export const instanceSchema = z.object({
  id: z.int().nullable(),
  rentalId: z.string().nullable(),
  name: z.string(),
  /** As commands take it: its name where that is unique, else its id. */
  ref: z.string(),
  gpu: z.string().nullable(),
  state: z.string(),
  stateSinceMs: time,
  usdPerHour: z.number().nullable(),
  diskUsdPerMonth: z.number().nullable(),
  idleSinceMs: time.nullable(),
  lastSshMs: time.nullable(),
  contractEndMs: time.nullable(),
  madeBy: z.string(),
  isOurs: z.boolean(),
  verdict: z.string(),
  why: z.string(),
  paidUntilMs: time.nullable(),
  destroyAfterMs: time.nullable(),
});
export type InstanceRow = z.infer<typeof instanceSchema>;

export const instancesSchema = z.object({
  instances: z.array(instanceSchema),
  burnPerHour: z.number(),
  unpriced: z.int(),
  spentTodayUsd: z.number().nullable(),
  creditUsd: z.number().nullable(),
  creditAtMs: time.nullable(),
  creditEndsAtMs: time.nullable(),
  /** Of the listing that all this stands on. */
  viewAgeMs: z.number().nullable(),
  isViewComplete: z.boolean(),
  viewReason: z.string(),
});
export type InstancesAnswer = z.infer<typeof instancesSchema>;

export const rentalSchema = z.object({
  id: z.string(),
  kind: z.string(),
  name: z.string(),
  status: z.string(),
  reason: z.string(),
  sinceMs: time,
  instanceId: z.int().nullable(),
  machineId: z.int().nullable(),
  gpuName: z.string().nullable(),
  gpuCount: z.int().nullable(),
  rentalType: z.string().nullable(),
  pricePerHour: z.number().nullable(),
  geolocation: z.string().nullable(),
  createdAtMs: time,
  readyAtMs: time.nullable(),
  prepaidUntilMs: time,
  destroyAfterMs: time.nullable(),
  goneAtMs: time.nullable(),
});
export type RentalRow = z.infer<typeof rentalSchema>;

export const rentalsSchema = z.object({ rentals: z.array(rentalSchema) });
export const rentalsQuery = z.object({
  live: z.enum(['0', '1']).default('1'),
  /** `all`: of every account that this store has. */
  accounts: z.enum(['own', 'all']).default('own'),
});

export const refreshRequest = z.object({
  /** Also one step of every rental, which ends what is due. */
  hasRound: z.boolean().default(false),
});
export const roundSchema = z.object({
  /** `needless`: somebody else does it, or now is not the time. */
  outcome: z.enum(['done', 'needless', 'failed']),
  /** Empty when it was done. */
  reason: z.string(),
});
export type RoundAnswer = z.infer<typeof roundSchema>;
