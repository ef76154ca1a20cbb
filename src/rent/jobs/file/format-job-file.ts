// A job as the file that asks for it: what `vd run` prints. Reading it gives the same job again.
import { stringify } from 'yaml';
import { usd } from '../../../base/std/index.ts';
import {
  DEFAULT_DISK_GB,
  DEFAULT_RETRY,
  DEFAULT_WORK,
  type Job,
  RETRY_KINDS,
  type Resources,
  type RetryLimit,
} from './job.ts';
import { formatExactDuration, formatSize } from './quantities.ts';
import { formatStartBy } from './start-by.ts';

/** In YAML, without what is as the default has it. Of a job out of a matrix: that one alone, in no group. */
export function formatJobFile(job: Job): string {
  const { workdir } = job;
  return stringify(
    present({
      name: job.name,
      image: job.image,
      template: job.templateHash,
      workdir:
        workdir && (workdir.kind === 'folder' ? workdir.path : { git: workdir.url, commit: workdir.commit }),
      files: mapped(job.files, (source) => (source.kind === 'path' ? source.path : { text: source.text })),
      setup: job.setup,
      run: job.run,
      env: mapped(job.env, (value) => (typeof value === 'string' ? value : { from_env: value.fromEnv })),
      resources: filled(resourcesShape(job.resources)),
      work:
        job.work &&
        present({
          time: formatExactDuration(Math.round(job.work.hours * 3_600_000)),
          on: other(job.work.referenceGpu, DEFAULT_WORK.referenceGpu),
          checkpoint_size: formatted(other(job.work.checkpointGb, DEFAULT_WORK.checkpointGb), formatSize),
          checkpoint_time: formatted(other(job.work.checkpointS, DEFAULT_WORK.checkpointS), (seconds) =>
            formatExactDuration(Math.round(seconds * 1_000)),
          ),
        }),
      checkpoints: listed(job.checkpoints),
      artifacts: listed(job.artifacts),
      max_duration: formatted(job.maxDurationMs, formatExactDuration),
      budget: formatted(job.budget, usd),
      retry: filled(
        Object.fromEntries(
          RETRY_KINDS.map((kind) => [kind, retryShape(job.retry[kind], DEFAULT_RETRY[kind])]),
        ),
      ),
      matrix: filled(job.matrix),
      start: job.startBy && { by: formatStartBy(job.startBy) },
      stop_on_nan: job.stopsOnNan || undefined,
      compress: job.compresses ? undefined : false,
      log: job.log,
    }),
    // A command is not broken over lines that the shell would take for two.
    { lineWidth: 0 },
  );
}

function resourcesShape(resources: Resources) {
  const { gpus, verification, rental } = resources;
  return {
    gpu: gpus.length > 1 ? gpus : gpus[0],
    count: other(resources.count, 1),
    disk: formatted(other(resources.diskGb, DEFAULT_DISK_GB), formatSize),
    vram: formatted(resources.vramGb, formatSize),
    cuda: resources.cuda,
    regions: listed(resources.regions),
    reliability: resources.reliability,
    verified: verification === 'verified' ? undefined : verification,
    datacenter: resources.isDatacenter,
    max_price_per_hour: resources.maxPricePerHour,
    max_price_per_gpu_hour: resources.maxPricePerGpuHour,
    interruptible: rental === 'on-demand' ? undefined : rental === 'either' ? rental : true,
    ports: listed(resources.ports),
  };
}

function retryShape(limit: RetryLimit, standard: RetryLimit) {
  if (limit.forMs === standard.forMs && limit.times === standard.times) return undefined;
  return present({ for: formatted(limit.forMs, formatExactDuration), times: limit.times });
}

function other<T>(value: T, standard: T): T | undefined {
  return value === standard ? undefined : value;
}

function formatted<From, To>(value: From | undefined, format: (value: From) => To): To | undefined {
  return value === undefined ? undefined : format(value);
}

function listed<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length > 0 ? values : undefined;
}

function present(section: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined));
}

/** Undefined where nothing is left in it. */
function filled(section: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  const left = present(section);
  return Object.keys(left).length > 0 ? left : undefined;
}

function mapped<From, To>(values: Readonly<Record<string, From>>, format: (value: From) => To) {
  return filled(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, format(value)])));
}
