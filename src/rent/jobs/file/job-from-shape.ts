// From a file's text and units to a job.
import { microUsd } from '../../../base/std/index.ts';
import { canonicalGpuName } from '../../../net/vast/index.ts';
import {
  DEFAULT_DISK_GB,
  DEFAULT_RETRY,
  DEFAULT_WORK,
  type EnvValue,
  type Job,
  type JobFileSource,
  RETRY_KINDS,
  type Resources,
  type RetryLimit,
  type RetryPolicy,
  type Workdir,
  type WorkSize,
} from './job.ts';
import type { JobFileShape } from './job-schema.ts';
import { readDollars, readDurationMs, readSizeGb, readVramGb } from './quantities.ts';
import { readStartBy } from './start-by.ts';

export function jobFromShape(shape: JobFileShape): Job {
  return {
    name: shape.name,
    group: shape.name,
    image: shape.image,
    templateHash: shape.template,
    workdir: shape.workdir === undefined ? undefined : workdirOf(shape.workdir),
    files: mapped(shape.files, fileSourceOf),
    setup: shape.setup,
    run: shape.run,
    env: mapped(
      shape.env,
      (value): EnvValue => (typeof value === 'object' ? { fromEnv: value.from_env } : String(value)),
    ),
    resources: resourcesOf(shape.resources ?? {}),
    work: shape.work && workOf(shape.work),
    checkpoints: shape.checkpoints ?? [],
    artifacts: shape.artifacts ?? [],
    maxDurationMs: optional(shape.max_duration, readDurationMs),
    budget: optional(shape.budget, (value) => microUsd(readDollars(value))),
    retry: Object.fromEntries(
      RETRY_KINDS.map((kind) => [kind, retryOf(shape.retry?.[kind]) ?? DEFAULT_RETRY[kind]]),
    ) as RetryPolicy,
    matrix: mapped(shape.matrix, (values) => values.map(String)),
    startBy: optional(shape.start?.by, readStartBy),
    stopsOnNan: shape.stop_on_nan ?? false,
    compresses: shape.compress ?? true,
    log: shape.log,
  };
}

function workdirOf(value: NonNullable<JobFileShape['workdir']>): Workdir {
  return typeof value === 'string'
    ? { kind: 'folder', path: value }
    : { kind: 'git', url: value.git, commit: value.commit };
}

function fileSourceOf(value: string | { readonly text: string }): JobFileSource {
  return typeof value === 'string' ? { kind: 'path', path: value } : { kind: 'text', text: value.text };
}

function resourcesOf(shape: NonNullable<JobFileShape['resources']>): Resources {
  const gpus = [shape.gpu ?? []].flat();
  return {
    gpus: gpus.some((name) => name.toLowerCase() === 'any')
      ? []
      : gpus.map((name) => canonicalGpuName(name) ?? name),
    count: shape.count ?? 1,
    diskGb: optional(shape.disk, readSizeGb) ?? DEFAULT_DISK_GB,
    vramGb: optional(shape.vram, readVramGb),
    cuda: shape.cuda,
    regions: shape.regions ?? [],
    reliability: shape.reliability,
    verification: verificationOf(shape.verified),
    isDatacenter: shape.datacenter,
    maxPricePerHour: shape.max_price_per_hour,
    maxPricePerGpuHour: shape.max_price_per_gpu_hour,
    rental: shape.interruptible === 'either' ? 'either' : shape.interruptible ? 'interruptible' : 'on-demand',
    ports: (shape.ports ?? []).map(String),
  };
}

function verificationOf(
  value: NonNullable<JobFileShape['resources']>['verified'],
): Resources['verification'] {
  if (typeof value === 'string') return value;
  return value === false ? 'any' : 'verified';
}

function workOf(shape: NonNullable<JobFileShape['work']>): WorkSize {
  return {
    hours: readDurationMs(shape.time) / 3_600_000,
    referenceGpu: optional(shape.on, (name) => canonicalGpuName(name) ?? name) ?? DEFAULT_WORK.referenceGpu,
    checkpointGb: optional(shape.checkpoint_size, readSizeGb) ?? DEFAULT_WORK.checkpointGb,
    checkpointS:
      optional(shape.checkpoint_time, (text) => readDurationMs(text) / 1_000) ?? DEFAULT_WORK.checkpointS,
  };
}

function retryOf(
  shape: { readonly for?: string | undefined; readonly times?: number | undefined } | undefined,
): RetryLimit | undefined {
  // An empty section asks for nothing else than the default.
  if (shape?.for === undefined && shape?.times === undefined) return undefined;
  return { forMs: optional(shape.for, readDurationMs), times: shape.times };
}

function optional<From, To>(value: From | undefined, read: (value: From) => To): To | undefined {
  return value === undefined ? undefined : read(value);
}

function mapped<From, To>(
  values: Readonly<Record<string, From>> | undefined,
  read: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, read(value)]));
}
