// The verbs of the older connector, each a few lines over jobs, rentals and the client.
import { type Clock, type Log, microUsd } from '../../../base/std/index.ts';
import type { RemoteShell } from '../../../net/ssh/index.ts';
import { type Instance, type VastClient, VastError } from '../../../net/vast/index.ts';
import type { AccountWatcher } from '../../rental/index.ts';
import type { Jobs } from '../controller/jobs-api.ts';
import { isOver, type JobRecord, type JobRecords } from '../records/index.ts';
import { faultsOfLimits, parseTrainingConfig, toJob } from '../training-config/index.ts';
import { checkTraining } from './check-training.ts';
import type { CloudsOptions } from './clouds/prices-elsewhere.ts';
import type { Connector, SshAccess } from './connector-api.ts';
import { createDriver } from './driver.ts';
import { NoMachineError, NoSuchJobError } from './errors.ts';
import { fetchAdapter } from './fetch-adapter.ts';
import { createJobFigures } from './job-figures.ts';
import { jobView } from './job-view.ts';
import { createKeptTrainings } from './kept-trainings.ts';
import { getPricing } from './pricing.ts';
import { listResources } from './resources.ts';
import { streamLines } from './stream-lines.ts';
import { createWake } from './wake.ts';

export interface ConnectorOptions {
  readonly account: string;
  readonly jobs: Jobs;
  readonly records: JobRecords;
  readonly client: VastClient;
  readonly watcher: Pick<AccountWatcher, 'refresh' | 'lookup'>;
  /** Sees to the account's rentals beside the jobs, until the signal. */
  readonly tendRentals: (signal: AbortSignal) => Promise<void>;
  readonly clouds: CloudsOptions;
  /** Enters an instance by the install's own key, then by these. */
  readonly enter: (instance: Instance, access: SshAccess, signal?: AbortSignal) => Promise<RemoteShell>;
  /** What relative paths begin at. */
  readonly folder: string;
  /** Where configurations of trainings are kept. */
  readonly trainingsFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface DrivingConnector {
  readonly connector: Connector;
  /** Goes on with the jobs of this account that somebody has left; those handed in from now on are driven anyway. */
  goOn(): Promise<void>;
  /** Ends the driving and every stream, not the jobs. */
  stop(): Promise<void>;
}

export function createConnector(options: ConnectorOptions): DrivingConnector {
  const { account, jobs, records, client, watcher, clock } = options;
  const wake = createWake(clock);
  const driver = createDriver({ ...options, wake });
  const figures = createJobFigures(jobs);
  const trainings = createKeptTrainings(options.trainingsFolder);

  const need = async (jobId: string): Promise<JobRecord> => {
    driver.signal.throwIfAborted();
    const record = await records.get(jobId);
    if (record?.account !== account) throw new NoSuchJobError(jobId, account);
    return record;
  };
  const viewOf = async (record: JobRecord) =>
    jobView(record, {
      attempts: await records.attempts(record.id),
      figures: await figures.read(record),
      problem: driver.problemOf(record.id),
    });

  const connector: Connector = {
    async verifyConnection(signal) {
      try {
        const { email, creditUsd } = await client.users.current({ signal });
        return { isConnected: true, account, email, creditUsd, reason: '' };
      } catch (error) {
        if (!(error instanceof VastError)) throw error;
        return { isConnected: false, account, email: null, creditUsd: null, reason: error.message };
      }
    },
    listResources: (asked = {}) => listResources({ client, watcher }, asked),
    getPricing: (gpu, asked = {}) => getPricing(options, gpu, asked),
    async submitJob(wish, limits = {}) {
      driver.signal.throwIfAborted();
      const config = parseTrainingConfig(wish, faultsOfLimits(limits));
      const { folder = options.folder, budgetUsd, signal, ...asked } = limits;
      const job = toJob(config, {
        ...asked,
        ...(budgetUsd !== undefined && { budget: microUsd(budgetUsd) }),
      });
      await checkTraining({ ...options, config, job, folder, signal });
      const [record] = await jobs.submit([job], { folder });
      if (!record) throw new RangeError(`${job.name} was handed in, and no record of it came back`);
      // From here on it is there, whatever else fails: somebody has to see to it.
      driver.drive(record.id);
      await trainings.keep(record.id, config);
      return record.id;
    },
    getJobStatus: async (jobId) => await viewOf(await need(jobId)),
    streamLogs: (jobId, { skip = 0, signal } = {}) =>
      streamLines({
        jobs,
        look: () => need(jobId),
        wake,
        skip,
        signal: signal ? AbortSignal.any([signal, driver.signal]) : driver.signal,
      }),
    fetchArtifact: async (jobId) =>
      await fetchAdapter(await need(jobId), { jobs, config: await trainings.read(jobId) }),
    async cancelJob(jobId) {
      await need(jobId);
      const record = await jobs.cancel(jobId);
      driver.drive(jobId);
      return await viewOf(record);
    },
    async openShell(jobId, { signal, ...access } = {}) {
      const { rentalId, status, reason } = await need(jobId);
      const instanceId = (await records.attempts(jobId)).at(-1)?.instanceId;
      if (rentalId === undefined || instanceId === undefined || isOver(status)) {
        throw new NoMachineError(jobId, `it is ${status} (${reason})`);
      }
      const instance = await watcher.lookup(instanceId, signal);
      if (!instance) throw new NoMachineError(jobId, `instance ${instanceId} is not there any more`);
      return await options.enter(instance, access, signal);
    },
  };
  return {
    connector,
    async goOn() {
      for (const { id } of await records.list({ account, isLive: true })) driver.drive(id);
    },
    stop: () => driver.stop(),
  };
}
