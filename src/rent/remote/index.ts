// Work on any SSH target: detached processes, logs, transfers, artifacts, probes and one pooled connection.

export { AdapterNotFoundError } from './artifacts/adapter-not-found.ts';
export {
  ARTIFACT_STATES,
  type ArtifactFile,
  type ArtifactReport,
  type ArtifactState,
  type Artifacts,
  createArtifacts,
  type FetchArtifacts,
} from './artifacts/fetch-artifacts.ts';
export {
  type ArtifactUnit,
  type FindArtifacts,
  UNIT_STATES,
  type UnitState,
} from './artifacts/find-artifacts.ts';
export {
  createDetachedRuns,
  type DetachedRuns,
  type EndRun,
  RunStartError,
  type StartRun,
} from './detached/detached-runs.ts';
export { LOST_REASONS, type LostReason, parseStatus, type RunStatus } from './detached/run-status.ts';
export type { LogChunk, LogStream } from './log-stream.ts';
export { LOG_RESTARTS, type LogRestart } from './log-stream.ts';
export { createFileLog, type FileLogOptions } from './logs/file-log.ts';
export { type KeepLogOptions, keepLog } from './logs/keep-log.ts';
export {
  createLineSplitter,
  LINE_ENDS,
  type LineEnd,
  type LineSplitter,
  type LogLine,
} from './logs/line-splitter.ts';
export { createRemoteLog, type RemoteLog, type RemoteLogOptions } from './logs/remote-log.ts';
export { type ConnectionHealth, HANDSHAKES, type PooledShell } from './pool/pooled-shell.ts';
export { createShellPool, type ShellPool, type ShellPoolOptions } from './pool/shell-pool.ts';
export {
  type GpuSample,
  type Part,
  type ProcessSample,
  parseSample,
  type Sample,
} from './probe/parse-sample.ts';
export type { ProbeWishes, Throughput } from './probe/probe-script.ts';
export { createSampler, type Sampler, type SamplerOptions } from './probe/sampler.ts';
export { isPassing, type OpenShell, type RemoteTarget } from './reconnect.ts';
export { FileChangedError } from './transfer/fetch-file.ts';
export { TRANSFER_WAYS, type TransferWay } from './transfer/means.ts';
export type { OpenSshAccess } from './transfer/openssh.ts';
export type { OnProgress, TransferProgress } from './transfer/progress.ts';
export { PlaceTakenError } from './transfer/publish.ts';
export { UnsafePathError } from './transfer/safe-path.ts';
export { CorruptTransferError } from './transfer/send-file.ts';
export {
  createTransfers,
  type TransferOptions,
  type TransferReport,
  type Transfers,
  type TransfersOptions,
  type UploadTreeOptions,
} from './transfer/transfers.ts';
