// What an instance has cost that is in none of our books, as far as its listings tell: they say since when its container
// runs, and nothing of how long it ran before that. Pure.
import { HOUR_MS } from '../../../base/std/index.ts';
import type { Instance } from '../../../net/vast/index.ts';

/** As it was reckoned at the listing before. */
export interface ReckonedBefore {
  readonly spentUsd: number;
  readonly isAtLeast: boolean;
  /** Of the state that it was in. */
  readonly pricePerHour: number | null;
  readonly atMs: number;
}

export interface ForeignCost {
  readonly usd: number;
  /** It ran before, for nobody knows how long. */
  readonly isAtLeast: boolean;
}

const HOURS_A_MONTH = 720;
/** From the contract's begin until its container runs, images being large: no GPU time is missing. */
const BOOT_MS = 900_000;

/**
 * Its disk since the contract began and its GPUs since the container did; never less than what was told before and has
 * been added at that price since, as a container that stops takes its time with it. Null where nothing is known.
 */
export function reckonForeign(
  instance: Instance | undefined,
  { nowMs, before }: { readonly nowMs: number; readonly before: ReckonedBefore | undefined },
): ForeignCost | null {
  const since = before && before.spentUsd + hourly(before.pricePerHour ?? 0, nowMs - before.atMs);
  const listed = reckonListed(instance, nowMs);
  if (listed === null) return before ? { usd: since ?? 0, isAtLeast: true } : null;
  if (since === undefined || before === undefined) return listed;
  return { usd: Math.max(listed.usd, since), isAtLeast: before.isAtLeast };
}

function reckonListed(instance: Instance | undefined, nowMs: number): ForeignCost | null {
  if (!instance || instance.pricePerHour === null || instance.startedAtMs === null) return null;
  const { diskGb, storagePricePerGbMonth, startedAtMs, uptimeMs, pricePerHour } = instance;
  const diskPerHour = ((diskGb ?? 0) * (storagePricePerGbMonth ?? 0)) / HOURS_A_MONTH;
  const ageMs = Math.max(0, nowMs - startedAtMs);
  const upMs = uptimeMs ?? 0;
  return {
    usd: hourly(diskPerHour, ageMs) + hourly(Math.max(0, pricePerHour - diskPerHour), upMs),
    isAtLeast: ageMs - upMs > BOOT_MS,
  };
}

const hourly = (pricePerHour: number, ms: number): number => pricePerHour * (Math.max(0, ms) / HOUR_MS);
