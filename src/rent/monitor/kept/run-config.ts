// What a kept run was told to do, as far as it differs from run to run.
import { formatUsd } from '../../../base/std/index.ts';
import type { Job } from '../../jobs/index.ts';
import type { KeptRun } from './kept-runs.ts';

/** Scripts and fixed values of the environment are in it; of those that came from somewhere, only the name. */
export function runConfigOf({
  job,
  rental,
}: Pick<KeptRun, 'job' | 'rental'>): Readonly<Record<string, string>> {
  const terms = rental?.terms;
  const machine: Record<string, string> =
    terms === undefined
      ? {}
      : {
          gpu: `${terms.gpuCount}× ${terms.gpuName}`,
          rental: terms.rentalType,
          price_per_hour: formatUsd(terms.pricePerHour),
          location: terms.geolocation ?? '',
        };
  return job === undefined ? machine : { ...jobConfig(job.job), ...machine };
}

function jobConfig({
  image,
  templateHash,
  workdir,
  setup,
  run,
  env,
  resources,
}: Job): Record<string, string> {
  const code =
    workdir === undefined
      ? ''
      : workdir.kind === 'git'
        ? `${workdir.url}@${workdir.commit.slice(0, 12)}`
        : workdir.path;
  return {
    image: image ?? `template ${templateHash ?? ''}`,
    ...(code === '' ? {} : { workdir: code }),
    ...(setup === undefined ? {} : { setup: setup.trim() }),
    run: run.trim(),
    wanted: `${resources.count}× ${resources.gpus.join(' or ') || 'any GPU'}`,
    ...Object.fromEntries(
      Object.entries(env).map(([name, value]) => [
        `env ${name}`,
        typeof value === 'string' ? value : `from ${value.fromEnv}`,
      ]),
    ),
  };
}
