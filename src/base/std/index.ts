// What the standard library lacks. Knows nothing of GPUs.
export { AssertionError, assert, assertNever } from './assert.ts';
export { type Clock, SteppedClock, systemClock, type Timer } from './clock.ts';
export { collectGarbage } from './collect-garbage.ts';
export { DAY_MS, formatDuration, formatIso, HOUR_MS, parseDuration, parseTime } from './duration.ts';
export { createEvents, type Events } from './events.ts';
export { createId } from './id.ts';
export { type Running, startRunning } from './lifecycle.ts';
export {
  type AcquireRequest,
  type AcquireResult,
  createLimiter,
  type Limiter,
  type LimiterStore,
  memoryLimiterStore,
  PRIORITIES,
  type Priority,
  TICKET_TTL_MS,
} from './limiter.ts';
export {
  createLog,
  formatLogLine,
  LOG_LEVELS,
  type Log,
  type LogFields,
  type LogLevel,
  type LogLine,
  silentLog,
} from './log.ts';
export { makeFolder } from './make-folder.ts';
export { formatUsd, type MicroUsd, microUsd, usd } from './money.ts';
export { type NearestOptions, nearest } from './nearest.ts';
export { PacedClock, type PacedClockOptions } from './paced-clock.ts';
export { createRandom, freshSeed, type Random } from './random.ts';
export { backoffMs, type RetryOptions, retry } from './retry.ts';
export { Secret } from './secret.ts';
export {
  cellWidth,
  cutCells,
  graphemes,
  padCells,
  printable,
  wrapCells,
  wrapText,
  wrapWords,
} from './text-width.ts';
