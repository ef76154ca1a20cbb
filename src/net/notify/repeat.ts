// When a condition that is told already is told again.
import { DAY_MS, HOUR_MS } from '../../base/std/index.ts';
import type { AlertKind } from './alert.ts';

export interface RepeatRule {
  /** A condition that ended and came back is not told again sooner than this: it flaps. */
  readonly dedupeMs: number;
  /** A condition that lasts is told again after this. */
  readonly repeatMs: number;
}

/** Karpenter's two windows: 2 min against flapping, 15 min for what goes on. */
const DEFAULT_RULE: RepeatRule = { dedupeMs: 2 * 60_000, repeatMs: 15 * 60_000 };

const every = (repeatMs: number): RepeatRule => ({ ...DEFAULT_RULE, repeatMs });

/** What costs money all day is repeated daily; what blocks every act, hourly. */
export const REPEAT_RULES: Readonly<Record<AlertKind, RepeatRule>> = {
  parked: every(DAY_MS),
  'red-list': every(DAY_MS),
  'key-refused': every(HOUR_MS),
  'second-factor': every(HOUR_MS),
  'cap-80': every(DAY_MS),
  'cap-reached': every(DAY_MS),
  'credit-runway': every(6 * HOUR_MS),
  'contract-end': every(DAY_MS),
  'price-increase': every(DAY_MS),
  forgotten: every(6 * HOUR_MS),
  'host-down': DEFAULT_RULE,
  // One message tells where the run stands, however many epochs have ended since the last one.
  'epoch-complete': every(HOUR_MS),
  // It stays done: a watcher that begins anew and finds it so must not tell it again.
  'run-done': every(30 * DAY_MS),
  'run-failed': every(6 * HOUR_MS),
  'run-diverged': every(6 * HOUR_MS),
  'run-hung': every(6 * HOUR_MS),
  'finished-but-billing': every(6 * HOUR_MS),
  test: { dedupeMs: 0, repeatMs: 0 },
};

/** What the outbox remembers of a key. */
export interface LastTold {
  readonly atMs: number;
  readonly severityRank: number;
  /** The condition has ended since. */
  readonly isCleared: boolean;
}

/** When the key may be told again; at or before `nowMs` means now. A greater severity is told at once. */
export function tellAgainAtMs(
  last: LastTold,
  { rule, severityRank, nowMs }: { rule: RepeatRule; severityRank: number; nowMs: number },
): number {
  if (severityRank > last.severityRank) return nowMs;
  return last.atMs + (last.isCleared ? Math.min(rule.dedupeMs, rule.repeatMs) : rule.repeatMs);
}
