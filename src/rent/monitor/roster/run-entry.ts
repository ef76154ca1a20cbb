// One run as the account, our records and the jobs tell of it, before anybody asked its machine.
import type { Instance } from '../../../net/vast/index.ts';
import type { JobRecord } from '../../jobs/index.ts';
import type { HealthQuestion } from '../../training/index.ts';
import type { RunStatus, RunView } from '../run-view.ts';

export interface RunEntry
  extends Pick<
    RunView,
    | 'key'
    | 'instanceId'
    | 'jobId'
    | 'rentalId'
    | 'name'
    | 'group'
    | 'gpuName'
    | 'gpuCount'
    | 'geolocation'
    | 'reason'
    | 'sinceMs'
    | 'pricePerHour'
  > {
  readonly status: RunStatus;
  /** Without what this program signs labels with. */
  readonly label: string;
  /** At `atMs`; what it costs since then is in `pricePerHour`. */
  readonly spentUsd: number | null;
  /** It may have cost more before we saw it. */
  readonly isSpentAtLeast: boolean;
  readonly atMs: number;
  /** Undefined while nothing is listed of it. */
  readonly instance: Instance | undefined;
  readonly listedAtMs: number | null;
  readonly machine: HealthQuestion['machine'];
  readonly program: HealthQuestion['program'];
  readonly job: JobRecord | undefined;
  /** The try that runs, or the last one; 1 where there is no job. */
  readonly attempt: number;
  /** Null where it is not taken away from us, or nothing tells how often. */
  readonly interruptionsPerHour: number | null;
  /** It runs, and there is a way in. */
  readonly canEnter: boolean;
}
