// The daemon: its parts and their supervision, and how other processes find, start and stop it.
export {
  type DaemonEnd,
  type DaemonEndKind,
  describeDaemonEnd,
  lastDaemonEnd,
  writeDaemonEnd,
} from './daemon-end.ts';
export { type DaemonFile, removeDaemonFile, writeDaemonFile } from './daemon-file.ts';
export { DaemonRunningError, lockDaemon } from './daemon-lock.ts';
export { type DaemonTokens, openDaemonTokens, tokenFilesOf } from './daemon-tokens.ts';
export { type FoundDaemon, findDaemon } from './find-daemon.ts';
export {
  PART_NAMES,
  PART_STATUSES,
  type Part,
  type PartHealth,
  type PartName,
  type PartStatus,
} from './part.ts';
export { type DaemonPartsOptions, daemonParts, type RunsInRounds } from './parts.ts';
export { identify } from './process-identity.ts';
export {
  type BackgroundOptions,
  DaemonStartError,
  daemonLogPath,
  startDaemonInBackground,
} from './start-in-background.ts';
export { type StopOutcome, stopDaemon } from './stop-daemon.ts';
export { type Supervisor, supervise } from './supervise.ts';
