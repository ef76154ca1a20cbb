// Every check that a job can be given before anything is spent, as one list.
import { formatUsd, type MicroUsd, usd } from '../../../base/std/index.ts';
import type { Candidate } from '../../rental/index.ts';
import type { Check } from './check.ts';
import { checkDataset } from './check-dataset.ts';
import { checkEnvironment, checkRecovery } from './check-environment.ts';
import { checkSources } from './check-folders.ts';
import { checkGpuMemory, checkGpuNames } from './check-gpu.ts';
import { checkImageName, checkImageSize } from './check-image.ts';
import { checkBudget, checkCredit } from './check-money.ts';
import { checkScript } from './check-script.ts';
import type { PlanJobOptions } from './plan-options.ts';

/** `best`: the machine that would be taken; the money is checked only where there is one. */
export async function allChecks(
  options: PlanJobOptions,
  best: Candidate | undefined,
  signal?: AbortSignal,
): Promise<readonly Check[]> {
  const { job, folder, cwd, environment, training, learnedGpus } = options;
  const { image, setup, run, resources } = job;
  return [
    ...(setup === undefined ? [] : [await checkScript({ name: 'setup', script: setup }, signal)]),
    await checkScript({ name: 'run', script: run }, signal),
    ...(await checkSources(job, folder, cwd)),
    ...(training ? [await checkDataset(training, folder)] : []),
    checkEnvironment(job, environment),
    ...(image === undefined ? [] : [checkImageName(image)]),
    checkImageSize({ image, diskGb: resources.diskGb }),
    checkGpuNames(resources, learnedGpus),
    ...(training ? [checkGpuMemory(training, vramGbOf(options, best))] : []),
    ...(best ? moneyChecks(options, best) : []),
    checkRecovery(job),
  ];
}

function vramGbOf({ job }: PlanJobOptions, best: Candidate | undefined): number | undefined {
  const ramMb = best?.terms.gpuRamMb;
  // Drivers show up to 5 % less than the card is sold with.
  return ramMb === null || ramMb === undefined ? job.resources.vramGb : Math.ceil(ramMb / 1_024);
}

function moneyChecks(
  { job, credit, jobs = 1, spent = 0 as MicroUsd }: PlanJobOptions,
  { worstCost }: Candidate,
): readonly Check[] {
  const { budget } = job;
  const checks = [
    checkCredit({ reservation: worstCost, credit }),
    checkBudget({ reservation: worstCost, budget, spent }),
  ];
  const left = budget === undefined ? undefined : budget - spent;
  if (jobs === 1 || left === undefined || left < worstCost || left >= worstCost * jobs) return checks;
  const atOnce = Math.floor(left / worstCost);
  const sentence = `${jobs} jobs share the budget of ${formatUsd(usd(budget as MicroUsd))}, which covers ${atOnce} at a time: the others wait until what those did not use is given back; for all at once write budget: ${Math.ceil(usd((worstCost * jobs + spent) as MicroUsd))}`;
  return [...checks, { name: 'matrix', verdict: 'warning', sentence }];
}
