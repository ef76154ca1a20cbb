export type {
  CollectorMessage,
  CollectSettings,
  LiveSettings,
  StoredPoll,
  SweepProgress,
} from './collector-messages.ts';
export { forwardEvents, runThread, type ThreadSide } from './collector-run.ts';
export {
  type CollectorEvents,
  type CollectorThread,
  startCollectorThread,
  threadEntry,
} from './collector-thread.ts';
export { startLiveCollector } from './live-collector.ts';
export { openVastSession, type VastSession } from './vast-session.ts';
