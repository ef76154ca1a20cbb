// What the flags of `vastdeck rent` ask for: the machine, how long, what runs on it, and the limits. Pure.
import { formatDuration, HOUR_MS, type Random } from '../../../base/std/index.ts';
import type { Launch, LeaseTerms, Need } from '../../../rent/rental/index.ts';
import { UsageError } from '../errors.ts';
import { type Flags, readDuration, readInteger, readList, readNumber, readText } from '../flags.ts';
import { readSizeGb } from '../size-flag.ts';

export interface RentWish {
  readonly name: string;
  /** As typed; the market knows the canonical names. Empty for any. */
  readonly gpus: readonly string[];
  readonly need: Need;
  readonly lease: LeaseTerms;
  /** What runs; the key that may log in is added when it is known. */
  readonly launch: Omit<Launch, 'sshPublicKey'>;
  /** Dollars an hour to bid in place of the ranking's own choice. */
  readonly bidPerHour: number | undefined;
  /** Most dollars that all of it may cost, failed tries included. */
  readonly budgetUsd: number | undefined;
  /** GB each way that the person promises; nothing holds the traffic to it. */
  readonly promisedGb: number | undefined;
  /** Machines that are tried before it is given up. */
  readonly tries: number;
  readonly changesSshConfig: boolean;
}

/** PyTorch's own image with CUDA, which most people who ask for a GPU want. */
const USUAL_IMAGE = 'pytorch/pytorch:latest';
const USUAL_DISK = '20GB';
const SHORTEST_MS = 5 * 60_000;
const LONGEST_MS = 30 * 24 * HOUR_MS;
const SHORTEST_IDLE_MS = 2 * 60_000;

/** Throws a UsageError with the flag, its value and one that works. */
export function readRentWish(flags: Flags, random: Random): RentWish {
  const leaseMs = readDuration('--for', flags.for);
  if (leaseMs < SHORTEST_MS || leaseMs > LONGEST_MS) {
    throw new UsageError(
      `--for ${readText(flags.for)} is not between ${formatDuration(SHORTEST_MS)} and ${formatDuration(LONGEST_MS)}; write it like --for 2h`,
    );
  }
  const idleMs = flags.idle === undefined ? undefined : readDuration('--idle', flags.idle);
  if (idleMs !== undefined && idleMs < SHORTEST_IDLE_MS) {
    throw new UsageError(
      `--idle ${readText(flags.idle)} is too short: a pause of thought would end the machine; write it like --idle 30m`,
    );
  }
  const gpus = gpusOf(flags.gpu);
  const name = readName(flags.name) ?? inventName(gpus, random);
  const diskGb = readSizeGb('--disk', flags.disk ?? USUAL_DISK);
  const optional = <T>(value: unknown, read: (text: unknown) => T): T | undefined =>
    value === undefined ? undefined : read(value);
  const isInterruptible = flags.interruptible === true;
  const bidPerHour = optional(flags.bid, (text) => readNumber('--bid', text, { min: 0.001, example: 0.2 }));
  if (bidPerHour !== undefined && !isInterruptible) {
    throw new UsageError('--bid is for interruptible machines; add --interruptible, or leave it out');
  }
  const templateHash = readText(flags.template);
  const promisedGb = optional(flags.traffic, (text) => readSizeGb('--traffic', text));
  const maxPrice = optional(flags.maxPrice, (text) =>
    readNumber('--max-price', text, { min: 0.001, example: 0.6 }),
  );
  const regions = readList(flags.region);
  return {
    name,
    gpus,
    need: {
      purpose: { kind: 'box', hours: leaseMs / HOUR_MS },
      gpuCount: readInteger('--count', flags.count ?? '1', { min: 1, max: 64, example: 1 }),
      diskGb,
      rentalTypes: [isInterruptible ? 'interruptible' : 'on-demand'],
      ...(regions.length > 0 && { regions }),
      ...(maxPrice !== undefined && { maxPricePerHour: maxPrice }),
      ...(flags.reliability !== undefined && {
        minReliability: readNumber('--reliability', flags.reliability, { max: 1, example: 0.98 }),
      }),
      ...(flags.vram !== undefined && { minVramGb: readSizeGb('--vram', flags.vram) }),
      ...(flags.cuda !== undefined && { minCuda: readNumber('--cuda', flags.cuda, { example: 12.4 }) }),
      ...(flags.datacenter === true && { isDatacenter: true }),
      ...(flags.unverified === true && { verification: 'any' }),
    },
    lease: { leaseMs, ...(promisedGb !== undefined && { trafficCapGb: promisedGb }) },
    launch: {
      ...(templateHash === undefined ? { image: readText(flags.image) ?? USUAL_IMAGE } : { templateHash }),
      ...(templateHash !== undefined && readText(flags.image) && { image: readText(flags.image) as string }),
      diskGb,
      env: readEnv(flags.env),
      ports: readPorts(flags.port),
      withJupyter: flags.jupyter === true,
      scopes: { label: readText(flags.label) ?? name },
      ...(idleMs !== undefined && { idleMs }),
      ...(maxPrice !== undefined && { maxPricePerHour: maxPrice }),
    },
    bidPerHour,
    budgetUsd: optional(flags.budget, (text) => readNumber('--budget', text, { min: 0.01, example: 5 })),
    promisedGb,
    tries: readInteger('--tries', flags.tries ?? '3', { min: 1, max: 10, example: 3 }),
    changesSshConfig: flags.sshConfig === true,
  };
}

function gpusOf(text: unknown): readonly string[] {
  const gpus = readList(text);
  if (gpus.length === 0) {
    throw new UsageError('Say which GPU with --gpu "RTX 4090", several with commas, or --gpu any');
  }
  return gpus.some((gpu) => gpu.toLowerCase() === 'any') ? [] : gpus;
}

function readName(text: unknown): string | undefined {
  const name = readText(text);
  if (name === undefined || /^[A-Za-z][A-Za-z0-9._-]{0,39}$/.test(name)) return name;
  throw new UsageError(
    `--name "${name}" will not do: a letter, then up to 39 letters, digits, dots and dashes, like --name lab`,
  );
}

function inventName(gpus: readonly string[], random: Random): string {
  const dice = random.fork('name of a box');
  const tail = Array.from({ length: 4 }, () => dice.int(0, 35).toString(36)).join('');
  const gpu = (gpus[0] ?? 'box').toLowerCase().replaceAll(/[^a-z0-9]+/g, '');
  return `${/^[a-z]/.test(gpu) ? gpu : `gpu${gpu}`}-${tail}`;
}

function wordsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function readEnv(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    wordsOf(value).map((word) => {
      const [, name, text] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(word) ?? [];
      // The value may be a secret, and the sentence goes where errors go.
      if (name === undefined || text === undefined)
        throw new UsageError('--env is a name, = and a value, like --env WANDB_PROJECT=lab');
      return [name, text];
    }),
  );
}

function readPorts(value: unknown): readonly string[] {
  return wordsOf(value).map((word) => {
    const [, port, protocol = 'tcp'] = /^(\d{1,5})(?:\/(tcp|udp))?$/.exec(word) ?? [];
    if (port === undefined || Number(port) < 1 || Number(port) > 65_535)
      throw new UsageError(`--port "${word}" is not a port; write it like --port 8000 or --port 8081/udp`);
    return protocol === 'tcp' ? port : `${port}/${protocol}`;
  });
}
