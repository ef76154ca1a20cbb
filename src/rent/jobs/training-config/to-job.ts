// A training as a job: the script, the data, the packages, and a machine that holds it.
import { basename } from 'node:path';
import type { MicroUsd } from '../../../base/std/index.ts';
import { canonicalGpuName } from '../../../net/vast/index.ts';
import { DEFAULT_RETRY, type Job, type JobFileSource, type RetryPolicy } from '../file/index.ts';
import { estimateGpuMemory } from './gpu-memory.ts';
import { readResource, type TrainingConfig } from './training-config.ts';
import { CHECKPOINT_PATTERN, packageName, trainingScript } from './training-script.ts';

export interface TrainingJobOptions {
  /** Default the official PyTorch image. */
  readonly image?: string;
  /** Default installs the packages, which an image of your own may have. */
  readonly setup?: string;
  /** For setup and training, beside the token of the hub: proxies, mirrors, accounts. */
  readonly env?: Job['env'];
  readonly diskGb?: number;
  readonly maxPricePerHour?: number;
  /** Default on-demand. */
  readonly rental?: Job['resources']['rental'];
  readonly budget?: MicroUsd;
  readonly maxDurationMs?: number;
  /** What is left out keeps its default. */
  readonly retry?: Partial<RetryPolicy>;
}

const SCRIPT = 'vastdeck_train.py';
const USUAL_IMAGE = 'pytorch/pytorch:latest';
/** Image, packages, data and a few checkpoints of an adapter, beside the model in 16 bits. */
const DISK_BESIDE_MODEL_GB = 35;
const SMALLEST_DISK_GB = 50;

/**
 * The releases with which the script was seen to train, resume and pack, on a CPU with torch 2.13: lora, dora and full,
 * in one process and in two. bitsandbytes and unsloth have not been run with it; newer ones of them know newer GPUs.
 */
const PACKAGES = ['transformers==5.18.0', 'trl==1.13.0', 'datasets==5.0.1', 'accelerate==1.15.0'];
const PEFT = 'peft==0.21.0';
/** The least that this transformers takes. */
const BITSANDBYTES = 'bitsandbytes>=0.46.1,<1';

/** The job can be printed, changed and submitted like any other. */
export function toJob(config: TrainingConfig, options: TrainingJobOptions = {}): Job {
  const { gpu, count } = readResource(config.resourceId);
  const memory = estimateGpuMemory(config);
  const hasLocalModel = config.baseModelSource === 'local';
  const places = {
    model: hasLocalModel ? 'model' : config.baseModel,
    dataset: config.datasetSource === 'local' ? `data/${basename(config.datasetPath)}` : config.datasetPath,
  };
  const files: Record<string, JobFileSource> = {
    [SCRIPT]: { kind: 'text', text: trainingScript(config, places) },
    ...(hasLocalModel && { [places.model]: { kind: 'path', path: config.baseModel } }),
    ...(config.datasetSource === 'local' && { [places.dataset]: { kind: 'path', path: config.datasetPath } }),
  };
  const name = legalName(config.projectName);
  return {
    name,
    group: name,
    image: options.image ?? USUAL_IMAGE,
    templateHash: undefined,
    workdir: undefined,
    files,
    setup: options.setup ?? setupCommands(config),
    run: count > 1 ? `torchrun --standalone --nproc_per_node=${count} ${SCRIPT}` : `python3 ${SCRIPT}`,
    env: {
      ...(config.hfTokenFrom !== undefined && { HF_TOKEN: { fromEnv: config.hfTokenFrom } }),
      ...options.env,
    },
    resources: {
      gpus: gpu === undefined ? [] : [canonicalGpuName(gpu) ?? gpu],
      count,
      diskGb: options.diskGb ?? diskGb(memory?.parameters, config),
      // Where the GPU is named, its memory is known and checked; else the estimate chooses.
      vramGb: gpu === undefined && memory ? Math.ceil(memory.highGib) : undefined,
      cuda: undefined,
      regions: [],
      reliability: undefined,
      verification: 'verified',
      isDatacenter: undefined,
      maxPricePerHour: options.maxPricePerHour,
      maxPricePerGpuHour: undefined,
      rental: options.rental ?? 'on-demand',
      ports: [],
    },
    work: undefined,
    checkpoints: [CHECKPOINT_PATTERN],
    artifacts: [`out/${packageName(config)}`],
    maxDurationMs: options.maxDurationMs,
    budget: options.budget,
    retry: { ...DEFAULT_RETRY, ...options.retry },
    matrix: {},
    startBy: undefined,
    stopsOnNan: true,
    compresses: true,
    log: undefined,
  };
}

function setupCommands({ engine, algorithm, quantization }: TrainingConfig): string {
  const packages =
    engine === 'unsloth'
      ? ['unsloth']
      : [
          ...PACKAGES,
          ...(algorithm === 'full' ? [] : [PEFT]),
          ...(quantization === 'none' ? [] : [BITSANDBYTES]),
        ];
  // PyTorch's images since 2.10 have the system's own Python, where pip installs nothing unless it is told to.
  return `PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --quiet --disable-pip-version-check --no-input ${packages.map((each) => `'${each}'`).join(' ')}`;
}

function diskGb(parameters: number | undefined, { algorithm }: TrainingConfig): number {
  if (parameters === undefined) return 2 * SMALLEST_DISK_GB;
  // A checkpoint of a full training has the weights and two moments in float32; three of them lie there at once.
  const bytes = parameters * (algorithm === 'full' ? 2 + 3 * 12 + 4 : 2);
  return Math.max(SMALLEST_DISK_GB, Math.ceil(bytes / 1e9) + DISK_BESIDE_MODEL_GB);
}

function legalName(projectName: string): string {
  const name = projectName
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^[._-]+|[._-]+$/g, '');
  return name === '' ? 'training' : name;
}
