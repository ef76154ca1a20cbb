// The market collector: sweeps the market slice by slice under the answer cap and stores each sweep as a poll.
export type { Cap } from './cap.ts';
export { createCollector, DEFAULT_LIMIT_ROWS, DEFAULT_STORAGE_GB } from './collector.ts';
export type {
  Collector,
  CollectorDeps,
  CollectorEvents,
  CollectorOptions,
  CollectorStatus,
  PollReport,
  StartOptions,
  TypeReport,
} from './collector-types.ts';
export type { Blindness } from './far-end.ts';
export {
  checkInterval,
  DEFAULT_INTERVAL_MS,
  IntervalTooShortError,
  SHORTEST_LIVE_INTERVAL_MS,
} from './interval.ts';
export { MARKET_TYPES, type MarketType } from './slice.ts';
