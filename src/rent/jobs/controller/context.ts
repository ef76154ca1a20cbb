// What every step of a job is given, and how long things may take.
import type { Ledger } from '../../../base/ledger/index.ts';
import { type Clock, HOUR_MS, type Log, type Random } from '../../../base/std/index.ts';
import type { Store, StoreTransaction } from '../../../base/store/index.ts';
import type { VastClient } from '../../../net/vast/index.ts';
import type { OpenSshAccess } from '../../remote/index.ts';
import type {
  AccountWatcher,
  ConnectInstance,
  Ender,
  HostMemory,
  RentalController,
  RentalRecords,
  Renter,
} from '../../rental/index.ts';
import type { JobAttempt, JobChange, JobChangeOptions, JobRecord, JobRecords } from '../records/index.ts';
import type { JobObserver } from './jobs-api.ts';
import type { KeptFiles } from './kept-files.ts';
import type { RentDesk } from './rent-desk.ts';
import type { Workplaces } from './workplaces.ts';

export interface JobPolicy {
  /** Leadership of one job; renewed at a third of it. Default 60 s. */
  readonly termMs: number;
  /** Between two looks at a job that runs. Default 5 s. */
  readonly lookMs: number;
  /** Between two looks at the record itself, which others may change. Default 2 s. */
  readonly noticeMs: number;
  /** Between two steps of its rental while nothing else is due. Default 30 s. */
  readonly rentalMs: number;
  /** A machine that was outbid or has stopped may come back for so long. Default 3 min. */
  readonly comeBackMs: number;
  /** The same for a host that went offline, and for a machine that holds a finished result. Default 10 min, 1 h. */
  readonly comeBackLostMs: number;
  readonly comeBackDoneMs: number;
  /**
   * A machine that is listed as running and cannot be entered is given up after so long, and rebooted after two thirds
   * of it; one that holds a finished result is rebooted after one third, and given up after `comeBackDoneMs`. Counted
   * while the service answers: who is offline learns nothing of a machine. Default 30 min.
   */
  readonly unreachableMs: number;
  /**
   * The machine of a cancelled job that cannot be entered is destroyed as it is after so long, by which what an unfinished run
   * has made is lost; at once where the job has no artifacts. Counted as `unreachableMs` is. Default 1 min.
   */
  readonly blindCancelMs: number;
  /** Between two copies of the newest checkpoint, once the first minutes are over. Default 5 min. */
  readonly checkpointMs: number;
  /** From the signal to the kill. Default 30 s. */
  readonly graceMs: number;
  /** Beyond max_duration, for boot and fetch. Default 1 h. */
  readonly marginMs: number;
  /** Of a job without max_duration; renewed when a third is left. Default 24 h. */
  readonly leaseMs: number;
  /** Traffic that is set aside for, each way, beside the image; more is asked of the ledger. Default 20 GB. */
  readonly trafficGb: number;
}

export const JOB_POLICY: JobPolicy = {
  termMs: 60_000,
  lookMs: 5_000,
  noticeMs: 2_000,
  rentalMs: 30_000,
  comeBackMs: 3 * 60_000,
  comeBackLostMs: 10 * 60_000,
  comeBackDoneMs: HOUR_MS,
  unreachableMs: 30 * 60_000,
  blindCancelMs: 60_000,
  checkpointMs: 5 * 60_000,
  graceMs: 30_000,
  marginMs: HOUR_MS,
  leaseMs: 24 * HOUR_MS,
  trafficGb: 20,
};

/** What jobs need of those who rent. */
export interface RentingForJobs {
  readonly account: string;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly rentals: RentalRecords;
  readonly client: Pick<VastClient, 'offers' | 'instances'>;
  readonly watcher: AccountWatcher;
  readonly renter: Renter;
  readonly controller: Pick<RentalController, 'step'>;
  readonly ender: Pick<Ender, 'undo' | 'renew'>;
  readonly memory: Pick<HostMemory, 'facts'>;
  readonly connect: ConnectInstance;
  /** For large files by rsync or scp; undefined where only our own connection goes. */
  readonly openSsh?: (instanceId: number) => OpenSshAccess | undefined;
  readonly sshPublicKey: string;
}

export interface JobContext extends RentingForJobs {
  readonly records: JobRecords;
  readonly workplaces: Workplaces;
  readonly desk: RentDesk;
  readonly kept: KeptFiles;
  /** The value of a variable of whoever submits; undefined where there is none. */
  readonly secret: (name: string, jobId: string) => string | undefined;
  readonly policy: JobPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** One job under one leader. */
export interface LedJob extends JobContext {
  readonly observer: JobObserver;
  /** Ends with the leadership. */
  readonly signal: AbortSignal;
  /**
   * Ends when somebody cancels the job while this step is made, with a JobChangedError: what takes long and need not be done
   * then rejects with it, and the next step knows.
   */
  readonly cancelNotice: AbortSignal;
  /** Changes the record only while this process still leads. */
  readonly change: (record: JobRecord, change: JobChange, options?: JobChangeOptions) => Promise<JobRecord>;
  /** Throws TermLostError in a transaction of another record, when this process does not lead any more. */
  readonly fence: (trx: StoreTransaction) => Promise<void>;
  /** The attempt under way; undefined before the first. */
  readonly attempt: JobAttempt | undefined;
  /** What follows the run of this attempt while it runs. */
  readonly session: SessionHolder;
  /** Whether it is time to look at the rental again; asking begins the time anew. */
  readonly rentalLook: { isDue(): boolean };
  readonly traffic: TrafficLook;
  /** For how long the service has answered while the machine could not be entered. */
  readonly blindness: Blindness;
}

export interface TrafficLook {
  /** Once a minute; asking begins the time anew. */
  isDue(): boolean;
  /** Since the look before, of the same machine. */
  grewBy(instanceId: number, gb: number): number;
}

/** Begun anew by each leader, which then waits a little longer than it would have to. */
export interface Blindness {
  /** Milliseconds since the service began to answer in this spell of `unknown`; 0 when it does not. */
  lastedMs(record: JobRecord, isAnswered: boolean): number;
}

export interface SessionHolder {
  /** The session of the attempt, begun when there is none. */
  ensure(record: JobRecord, attempt: JobAttempt, instanceId: number): RunSession;
  present(): RunSession | undefined;
  /** Ends it and waits until what it read is kept. */
  end(): Promise<void>;
}

export interface RunSession {
  readonly attempt: number;
  /** Bytes of the log that are kept. */
  logBytes(): number;
  /** Set once a loss is no number or has blown up, and the job stops on that. */
  divergence(): string | undefined;
  /** The newest whole checkpoint that is here. */
  checkpoint(): string | undefined;
  /** Copies the newest checkpoint if there is a newer one, one copy at a time; its failures are logged. */
  keepCheckpoint(options: {
    readonly signal: AbortSignal;
    /** Nobody writes any more: no time is lost with waiting for files to stand still. */
    readonly isStill?: boolean;
  }): Promise<void>;
  /** All of its log is here and was looked at: the run is over. */
  isRead(): boolean;
  /** Notes why it has to end, which its own end does not tell. */
  endFor(reason: string): void;
  endsFor(): string | undefined;
  /** Whether the run is to be signalled: once, and again when the grace is long over. */
  isStopDue(): boolean;
  /** The signal has arrived. */
  stopAsked(): void;
  stop(): Promise<void>;
}

export interface JobStep {
  readonly record: JobRecord;
  /** When to look again; at once when it is past. */
  readonly nextAtMs: number;
}
