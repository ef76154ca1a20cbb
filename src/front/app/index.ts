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
export { InstallFileError, openInstall, openSshKey } from './install.ts';
export { assembleJobs, type JobsApp, type JobsAppOptions, jobsFolder, openJobs } from './jobs.ts';
export { startLiveCollector } from './live-collector.ts';
export {
  assembleRenting,
  type Books,
  openBooks,
  openRenting,
  type Renting,
  type RentingOptions,
} from './renting.ts';
export { openVastSession, type VastSession } from './vast-session.ts';
