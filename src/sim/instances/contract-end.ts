// The end of a contract: its renter is warned, the instance stops, and its data is deleted some time later.
import { DAY_MS, HOUR_MS } from '../../base/std/index.ts';
import { change, type Fleet } from './fleet.ts';
import type { Instance } from './instance.ts';

/** How long the data of a contract that has ended is kept. */
const KEPT_MS = 48 * HOUR_MS;
/** How long before its end the renter is told. The service does not say; this is our choice. */
const TOLD_BEFORE_MS = DAY_MS;

export interface EndOf {
  readonly stop: (atMs: number) => void;
  readonly remove: (atMs: number) => void;
}

/** Plans all of it by the terms as they are now, in place of what was planned before. */
export function planEnd(fleet: Fleet, instance: Instance, atMs: number, { stop, remove }: EndOf): void {
  const { agenda } = fleet.service;
  const { endMs } = instance.terms;
  instance.end?.cancel();
  instance.end = agenda.plan(Math.max(atMs, endMs - TOLD_BEFORE_MS), (toldMs) => {
    if (endMs > toldMs) change(fleet, instance, toldMs, 'expiring', {}, { end_ms: endMs });
    instance.end = agenda.plan(endMs, (dueMs) => {
      stop(dueMs);
      change(fleet, instance, dueMs, 'expired', { isExpired: true });
      instance.end = agenda.plan(dueMs + KEPT_MS, remove);
    });
  });
}
