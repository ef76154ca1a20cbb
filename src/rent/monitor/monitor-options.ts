// What a monitor is given: the account, the ways into its machines, and what a person wants to see of it.
import type { Ledger } from '../../base/ledger/index.ts';
import type { Clock, Log, Random } from '../../base/std/index.ts';
import type { Store } from '../../base/store/index.ts';
import type { VastClient } from '../../net/vast/index.ts';
import type { JobRecords } from '../jobs/index.ts';
import type { ShellPool } from '../remote/index.ts';
import type { AccountWatcher, HostMemory, Install, RentalRecords } from '../rental/index.ts';
import type { TrainingOptions } from '../training/index.ts';
import type { RunEvent } from './monitor-api.ts';
import type { RunView } from './run-view.ts';

export interface NamedRun {
  /** Everything by which it may be meant: ids, name, label. */
  readonly names: readonly string[];
  readonly group?: string | undefined;
}

/** What a person has said of single runs. Undefined: nothing. */
export interface RunRules {
  readonly groupOf?: (run: NamedRun) => string | undefined;
  /** Relative paths begin in the workspace of the machine; a glob is a pattern of the shell. */
  readonly logOf?: (run: NamedRun) => { readonly kind: 'file' | 'glob'; readonly path: string } | undefined;
  readonly limitsOf?: (run: NamedRun) => Pick<TrainingOptions, 'health' | 'loss'>;
}

export interface MonitorOptions {
  readonly account: string;
  /** As people call it. Default `account`. */
  readonly accountName?: string;
  readonly isSimulated?: boolean;
  readonly store: Store;
  readonly watcher: Pick<AccountWatcher, 'refresh'>;
  readonly client: Pick<VastClient, 'instances'>;
  readonly rentals: Pick<RentalRecords, 'list'>;
  readonly install?: Install;
  /** For what the month will cost; default it is not told. */
  readonly ledger?: Pick<Ledger, 'costs' | 'timeZone'>;
  /** For how often an interruptible machine is taken away; default by the reliability that the service shows. */
  readonly memory?: Pick<HostMemory, 'facts'>;
  readonly jobs?: {
    readonly records: Pick<JobRecords, 'list' | 'get' | 'attempts'>;
    readonly logFile: (jobId: string, attempt: number) => string;
  };
  /** The shared connections; without, nothing is asked of the machines themselves. */
  readonly pool?: Pick<ShellPool<number>, 'opener' | 'forget'>;
  /** Asks for the credit, so that the account's store knows it; at most every 10 minutes. */
  readonly askCredit?: (signal: AbortSignal) => Promise<void>;
  /** Instance ids, rentals, jobs, labels or groups; default everything. */
  readonly select?: readonly string[];
  /** The log of every run, as a pattern of the shell on its machine; a relative one begins in its workspace. */
  readonly logGlob?: string;
  readonly rules?: RunRules;
  readonly training?: TrainingOptions;
  /** Between two questions about what somebody looks at; default 10,000. */
  readonly intervalMs?: number;
  /** About all others; default 60,000. */
  readonly idleIntervalMs?: number;
  /** Between two readings of a container's log; default 60,000. */
  readonly containerEveryMs?: number;
  /** Between two looks for a better source of lines; default 60,000. */
  readonly lookAgainMs?: number;
  /** Views change at most so often; default 250. */
  readonly viewEveryMs?: number;
  /**
   * Hears what somebody should be told of, once over restarts and processes, except that a process which died between
   * keeping an event and telling it leaves it to the next one.
   */
  readonly onAlert?: (event: RunEvent, run: RunView) => Promise<unknown> | undefined;
  /**
   * Hears of each listing of the account what was wrong with it, or with keeping what happened since the one before; null
   * where all went well, also for an account that has nothing.
   */
  readonly onRound?: (round: { readonly trouble: string | null }) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
