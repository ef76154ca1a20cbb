export { type Books, openBooks } from './books.ts';
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
export {
  type BackgroundOptions,
  type DaemonEnd,
  type DaemonEndKind,
  type DaemonFile,
  type DaemonPartsOptions,
  DaemonRunningError,
  DaemonStartError,
  type DaemonTokens,
  daemonLogPath,
  daemonParts,
  describeDaemonEnd,
  type FoundDaemon,
  findDaemon,
  identify,
  lastDaemonEnd,
  lockDaemon,
  openDaemonTokens,
  PART_NAMES,
  PART_STATUSES,
  type Part,
  type PartHealth,
  type PartName,
  type PartStatus,
  type RunsInRounds,
  removeDaemonFile,
  type StopOutcome,
  type Supervisor,
  startDaemonInBackground,
  stopDaemon,
  supervise,
  tokenFilesOf,
  writeDaemonEnd,
  writeDaemonFile,
} from './daemon/index.ts';
export { InstallFileError, openInstall } from './install.ts';
export { assembleJobs, type JobsApp, type JobsAppOptions, openJobs } from './jobs.ts';
export { startLiveCollector } from './live-collector.ts';
export {
  attachOwnKey,
  type Monitoring,
  type MonitoringOptions,
  openMachinePool,
  openMonitor,
} from './monitoring.ts';
export { assembleRenting, openRenting, type Renting, type RentingOptions } from './renting.ts';
export { openVastSession, type VastSession } from './vast-session.ts';
