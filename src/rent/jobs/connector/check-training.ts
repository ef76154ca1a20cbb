// What can be known to be wrong with a training before it is handed in.
import { searchOffers, type VastClient } from '../../../net/vast/index.ts';
import type { Job } from '../file/index.ts';
import {
  type Check,
  checkDataset,
  checkEnvironment,
  checkGpuMemory,
  checkScript,
  checkSources,
} from '../plan/index.ts';
import { type TrainingConfig, TrainingConfigError } from '../training-config/index.ts';

export interface CheckTraining {
  readonly config: TrainingConfig;
  readonly job: Job;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly client: VastClient;
  readonly signal: AbortSignal | undefined;
}

/** Rejects with TrainingConfigError and every fault there is; what is merely doubtful passes. */
export async function checkTraining(options: CheckTraining): Promise<void> {
  const { config, job, folder, environment, client, signal } = options;
  const checks: readonly Check[] = [
    ...(await checkSources(job, folder)),
    await checkDataset(config, folder),
    checkEnvironment(job, environment),
    ...(job.setup === undefined ? [] : [await checkScript({ name: 'setup', script: job.setup }, signal)]),
    checkGpuMemory(config, await vramOf(client, job.resources.gpus, signal)),
  ];
  const faults = checks.filter(({ verdict }) => verdict === 'fault').map(({ sentence }) => sentence);
  if (faults.length > 0) throw new TrainingConfigError([...new Set(faults)]);
}

/** As the market has it now; undefined where any GPU will do, or none is offered. */
async function vramOf(
  client: VastClient,
  gpus: readonly string[],
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const [gpuName] = gpus;
  if (gpuName === undefined) return undefined;
  const offers = await searchOffers(client, { gpuName }, { signal });
  // Some models are sold with different memories: the largest may be had.
  const sizes = offers.flatMap(({ gpuRamMb }) => (gpuRamMb === null ? [] : [gpuRamMb / 1_024]));
  return sizes.length === 0 ? undefined : Math.round(Math.max(...sizes));
}
