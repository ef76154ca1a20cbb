// The verbs of the older connector.
import type { Secret } from '../../../base/std/index.ts';
import type { RemoteShell } from '../../../net/ssh/index.ts';
import type { TrainingJobOptions, TrainingWish } from '../training-config/index.ts';
import type { JobView } from './job-view.ts';
import type { GpuPricing, PricingOptions } from './pricing.ts';
import type { ListResourcesOptions, Resource } from './resources.ts';

export interface ConnectionReport {
  readonly isConnected: boolean;
  readonly account: string;
  readonly email: string | null;
  /** Dollars that may still be spent; null where the service does not say. */
  readonly creditUsd: number | null;
  /** Why it is not connected; empty when it is. */
  readonly reason: string;
}

export interface SubmitTraining extends Omit<TrainingJobOptions, 'budget'> {
  /** Dollars that all its machines may cost together; default only what the ledger's caps allow. */
  readonly budgetUsd?: number;
  /** What relative paths of the configuration, `outputDir` too, begin at; default the connector's folder. */
  readonly folder?: string;
  readonly signal?: AbortSignal;
}

export interface StreamLogs {
  /** So many lines are left out, for somebody who has seen them before. Default 0. */
  readonly skip?: number;
  readonly signal?: AbortSignal;
}

/** How a machine lets somebody in beside the key of this install. */
export interface SshAccess {
  /** In OpenSSH's format. */
  readonly privateKey?: Secret;
  /** Tried after the keys. */
  readonly password?: Secret;
}

export interface OpenShell extends SshAccess {
  readonly signal?: AbortSignal;
}

export interface Connector {
  /** Asks the service who we are. Says what it refuses; rejects with what is no answer of the service. */
  verifyConnection(signal?: AbortSignal): Promise<ConnectionReport>;
  listResources(options?: ListResourcesOptions): Promise<readonly Resource[]>;
  getPricing(gpu: string, options?: PricingOptions): Promise<GpuPricing>;
  /**
   * Hands in a training and goes on driving it while the connector is open; resolves to the job's id before anything is
   * spent. Rejects with TrainingConfigError, which has every fault, JobNameTakenError, and the errors of the client.
   */
  submitJob(config: TrainingWish, options?: SubmitTraining): Promise<string>;
  /** Rejects with NoSuchJobError, as all that take an id. */
  getJobStatus(jobId: string): Promise<JobView>;
  /** Every line of every attempt, from the first, until the job is over. */
  streamLogs(jobId: string, options?: StreamLogs): AsyncIterable<string>;
  /**
   * Where the verified `adapter.tar.gz` is (`model.tar.gz` of a full training): in `outputDir/NAME/JOB`. Rejects with
   * AdapterNotFoundError, which says what is there instead; its cause says how the job stands.
   */
  fetchArtifact(jobId: string): Promise<string>;
  /** Asks for the end: a signal, a while for the program, what is there brought here, the machine destroyed. */
  cancelJob(jobId: string): Promise<JobView>;
  /** A connection to the machine that the job has now. Rejects with NoMachineError and the errors of SSH. */
  openShell(jobId: string, options?: OpenShell): Promise<RemoteShell>;
}
