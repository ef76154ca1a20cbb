// Jobs on top of what rents: construction and nothing else.
import type { Clock, Log, Random } from '../../base/std/index.ts';
import {
  createJobRecords,
  createJobs,
  createKeptFiles,
  createMachinePool,
  createRentDesk,
  createWorkplaces,
  JOB_POLICY,
  type JobPolicy,
  type JobRecords,
  type Jobs,
  jobsFolder,
  type RentingForJobs,
} from '../../rent/jobs/index.ts';
import type { ShellPool } from '../../rent/remote/index.ts';
import type { Renting } from './renting.ts';

export interface JobsApp extends AsyncDisposable {
  readonly jobs: Jobs;
  readonly records: JobRecords;
}

export interface JobsAppOptions {
  /** Below it, in `jobs`, are logs, checkpoints and artifacts. */
  readonly home: string;
  /** Where `from_env` values come from. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly policy?: Partial<JobPolicy>;
  /** Connections that others in this process have too; default a pool of its own. */
  readonly pool?: ShellPool<number>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export function openJobs(renting: Renting, options: JobsAppOptions): JobsApp {
  return assembleJobs(
    {
      ...renting,
      account: renting.account.account,
      rentals: renting.records,
      sshPublicKey: renting.sshKey.publicKey,
    },
    options,
  );
}

/** Jobs on whatever rents. */
export function assembleJobs(renting: RentingForJobs, options: JobsAppOptions): JobsApp {
  const { home, env, clock, log, policy } = options;
  const random = options.random.fork('jobs');
  const records = createJobRecords(renting.store);
  const pool = options.pool ?? createMachinePool({ ...renting, clock, random, log });
  const jobs = createJobs({
    ...renting,
    records,
    workplaces: createWorkplaces({ ...renting, pool, clock, random, log }),
    desk: createRentDesk({ client: renting.client, clock }),
    kept: createKeptFiles(jobsFolder(home)),
    secret: (name) => env[name],
    policy: { ...JOB_POLICY, ...policy },
    clock,
    random,
    log,
  });
  return {
    jobs,
    records,
    [Symbol.asyncDispose]: async () => {
      if (!options.pool) await pool.close();
    },
  };
}
