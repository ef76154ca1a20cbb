// What the flags of `vastdeck run` ask for, as the job that a file with the same wishes would be. Pure.
import { formatDuration, microUsd, type Random } from '../../../base/std/index.ts';
import { canonicalGpuName } from '../../../net/vast/index.ts';
import { DEFAULT_RETRY, type EnvValue, type Job } from '../../../rent/jobs/index.ts';
import { UsageError } from '../errors.ts';
import { type Flags, readDuration, readInteger, readList, readNumber, readText } from '../flags.ts';
import { readSizeGb } from '../size-flag.ts';

/** PyTorch's own image with CUDA, which most people who ask for a GPU want. */
const USUAL_IMAGE = 'pytorch/pytorch:latest';
const USUAL_DISK = '20GB';
const SHORTEST_MS = 60_000;

/** Throws a UsageError with the flag, its value and one that works. */
export function readRunWish(
  flags: Flags,
  { command, random }: { readonly command: string; readonly random: Random },
): Job {
  if (command.trim() === '') {
    throw new UsageError(
      'What is to be run is missing: write it like vastdeck run --gpu "RTX 4090" -- python3 train.py',
    );
  }
  const gpus = gpusOf(flags.gpu);
  const name = readName(flags.name) ?? inventName(command, random);
  const templateHash = readText(flags.template);
  const image = readText(flags.image) ?? (templateHash === undefined ? USUAL_IMAGE : undefined);
  if (image !== undefined && templateHash !== undefined)
    throw new UsageError(
      '--image and --template both say what runs; a template brings its own image: give one',
    );
  const optional = <T>(value: unknown, read: (text: unknown) => T): T | undefined =>
    value === undefined ? undefined : read(value);
  const workdir = readText(flags.workdir);
  return {
    name,
    group: name,
    image,
    templateHash,
    workdir: workdir === undefined ? undefined : { kind: 'folder', path: workdir },
    files: {},
    setup: readText(flags.setup),
    run: command,
    env: readEnv(flags.env),
    resources: {
      gpus,
      count: readInteger('--count', flags.count ?? '1', { min: 1, max: 64, example: 1 }),
      diskGb: readSizeGb('--disk', flags.disk ?? USUAL_DISK),
      vramGb: optional(flags.vram, (text) => readSizeGb('--vram', text)),
      cuda: undefined,
      regions: readList(flags.region),
      reliability: optional(flags.reliability, (text) =>
        readNumber('--reliability', text, { max: 1, example: 0.98 }),
      ),
      verification: flags.unverified === true ? 'any' : 'verified',
      isDatacenter: flags.datacenter === true ? true : undefined,
      maxPricePerHour: optional(flags.maxPrice, (text) =>
        readNumber('--max-price', text, { min: 0.001, example: 0.6 }),
      ),
      maxPricePerGpuHour: undefined,
      rental: flags.interruptible === true ? 'interruptible' : 'on-demand',
      ports: [],
    },
    work: undefined,
    checkpoints: wordsOf(flags.checkpoint),
    artifacts: wordsOf(flags.artifact),
    maxDurationMs: optional(flags.maxDuration, readLength),
    budget: optional(flags.budget, (text) =>
      microUsd(readNumber('--budget', text, { min: 0.01, example: 2 })),
    ),
    retry: DEFAULT_RETRY,
    matrix: {},
    startBy: undefined,
    stopsOnNan: flags.stopOnNan === true,
    compresses: flags.compress !== false,
    log: undefined,
  };
}

function readLength(text: unknown): number {
  const lengthMs = readDuration('--max-duration', text);
  if (lengthMs >= SHORTEST_MS) return lengthMs;
  throw new UsageError(
    `--max-duration ${readText(text)} is shorter than ${formatDuration(SHORTEST_MS)}; write it like --max-duration 2h`,
  );
}

function gpusOf(text: unknown): readonly string[] {
  const gpus = readList(text);
  if (gpus.length === 0) {
    throw new UsageError('Say which GPU with --gpu "RTX 4090", several with commas, or --gpu any');
  }
  if (gpus.some((gpu) => gpu.toLowerCase() === 'any')) return [];
  return gpus.map((gpu) => canonicalGpuName(gpu) ?? gpu);
}

function readName(text: unknown): string | undefined {
  const name = readText(text);
  if (name === undefined || /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name)) return name;
  throw new UsageError(
    `--name "${name}" will not do: up to 63 letters, digits, dots and dashes, like --name try-1`,
  );
}

/** After the program that runs, with a tail of its own: names are unique among the jobs under way. */
function inventName(command: string, random: Random): string {
  const dice = random.fork('name of a job');
  const tail = Array.from({ length: 4 }, () => dice.int(0, 35).toString(36)).join('');
  const words = command.split(/\s+/).map((word) => word.split('/').at(-1) ?? '');
  const program = words.find((word) => /\.(py|sh|js|ts)$/.test(word)) ?? words[0] ?? '';
  const base = program
    .replace(/\.\w+$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return `${base.slice(0, 40) || 'run'}-${tail}`;
}

function wordsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** `NAME=value`, or `NAME` alone for the value that it has here, which is written nowhere. */
function readEnv(value: unknown): Readonly<Record<string, EnvValue>> {
  return Object.fromEntries(
    wordsOf(value).map((word): [string, EnvValue] => {
      const [, name, assigned] = /^([A-Za-z_]\w*)(=[\s\S]*)?$/.exec(word) ?? [];
      // The value may be a secret, and the sentence goes where errors go.
      if (name === undefined)
        throw new UsageError(
          '--env is NAME=value, or NAME alone for the value that it has here, like --env HF_TOKEN',
        );
      return [name, assigned === undefined ? { fromEnv: name } : assigned.slice(1)];
    }),
  );
}
