// What to train and how: the connector's TrainingConfig, checked as a whole.
import { z } from 'zod';
import { findingsOf } from '../../../base/yaml/index.ts';

export const ALGORITHMS = ['lora', 'qlora', 'dora', 'full'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export const QUANTIZATIONS = ['none', 'int8', 'int4'] as const;
export type Quantization = (typeof QUANTIZATIONS)[number];

export const ENGINES = ['transformers', 'unsloth'] as const;

/** Names of the linear layers of a Llama-like model, and of most others since. */
export const LINEAR_MODULES = [
  'q_proj',
  'k_proj',
  'v_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'down_proj',
] as const;

/** It is no one of `all-linear`, and its loss cannot be computed in pieces. */
export function adaptsOutputHead(targetModules: 'all-linear' | readonly string[]): boolean {
  return targetModules !== 'all-linear' && targetModules.includes('lm_head');
}

const oneOf = (values: readonly string[]) => `one of ${values.join(', ')}`;
const text = (error: string) => z.string({ error }).trim().min(1, { error });
const whole = (error: string, least: number, most: number) =>
  z.int({ error }).min(least, { error }).max(most, { error });
const number = (error: string, least: number, most: number) =>
  z.number({ error }).min(least, { error }).max(most, { error });

const MODULES = 'all-linear, or a list of names of layers, like ["q_proj", "v_proj"]';
const COUNT = 'a whole number, 1 or more';
const RESOURCE = 'a GPU, with its count where it is not one, like "2x RTX 4090", or any';

const schema = z.strictObject(
  {
    baseModel: text('a model of the Hugging Face hub, like Qwen/Qwen2.5-7B, or a folder'),
    baseModelSource: z
      .enum(['huggingface', 'local'], { error: oneOf(['huggingface', 'local']) })
      .default('huggingface'),
    algorithm: z.enum(ALGORITHMS, { error: oneOf(ALGORITHMS) }).default('lora'),
    rank: whole('a whole number from 1 to 1024, like 16', 1, 1_024).default(16),
    alpha: number('a number from 1 to 4096, like 32', 1, 4_096).optional(),
    dropout: number('a number from 0 to 0.9, like 0.05', 0, 0.9).default(0.05),
    targetModules: z
      .union(
        [z.literal('all-linear'), z.array(text(MODULES), { error: MODULES }).min(1, { error: MODULES })],
        { error: MODULES },
      )
      .default('all-linear'),
    quantization: z.enum(QUANTIZATIONS, { error: oneOf(QUANTIZATIONS) }).optional(),
    engine: z.enum(ENGINES, { error: oneOf(ENGINES) }).default('transformers'),
    provider: z
      .enum(['vast', 'vastai', 'vast.ai'], { error: 'vast: other marketplaces are not served' })
      .default('vast'),
    resourceId: text(RESOURCE)
      .regex(/^(?!0+\s*[xX]\s)/, { error: RESOURCE })
      .default('any'),
    datasetPath: text('a file or folder of this machine, or a data set of the Hugging Face hub'),
    datasetSource: z
      .enum(['local', 'huggingface'], { error: oneOf(['local', 'huggingface']) })
      .default('local'),
    projectName: text('a name, like my-project'),
    outputDir: text('a folder of this machine').default('./outputs'),
    epochs: number('a number above 0, up to 1000', 0.001, 1_000).default(3),
    /** Optimiser steps at most, whatever `epochs` says. */
    maxSteps: whole(COUNT, 1, 1e9).optional(),
    batchSize: whole('a whole number from 1 to 1024, for each GPU', 1, 1_024).default(2),
    gradientAccumulation: whole('a whole number from 1 to 4096', 1, 4_096).default(4),
    learningRate: number('a number above 0, like 2e-4', 1e-9, 1).optional(),
    warmupRatio: number('a number from 0 to 1, like 0.03', 0, 1).default(0.03),
    weightDecay: number('a number from 0 to 1', 0, 1).default(0),
    maxSeqLength: whole('a whole number of tokens from 16 to 1048576', 16, 1_048_576).default(1_024),
    evalRatio: number('a number from 0 to 0.5: the share of rows kept for evaluation', 0, 0.5).default(0),
    loggingSteps: whole(COUNT, 1, 1e6).default(5),
    saveSteps: whole(COUNT, 1, 1e9).default(50),
    seed: whole('a whole number from 0 to 4294967295', 0, 4_294_967_295).default(42),
    /** The variable of the submitting machine that holds a token of the hub, for models behind a licence. */
    hfTokenFrom: text('the name of an environment variable, like HF_TOKEN').optional(),
  },
  { error: 'an object of settings' },
);

/** What a caller writes: only `baseModel`, `datasetPath` and `projectName` are needed. */
export type TrainingWish = z.input<typeof schema>;

/** With every default filled in. */
export interface TrainingConfig
  extends Omit<z.output<typeof schema>, 'alpha' | 'quantization' | 'learningRate' | 'provider'> {
  readonly provider: 'vast';
  readonly alpha: number;
  readonly quantization: Quantization;
  readonly learningRate: number;
}

/** A configuration that cannot be trained, with every fault in it. */
export class TrainingConfigError extends RangeError {
  override name = 'TrainingConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The training cannot be set up: ${faults.join('; ')}`);
    this.faults = faults;
  }
}

/**
 * Defaults: alpha twice the rank, int4 for qlora and no quantization else, learning rate 2e-4 for adapters and 2e-5
 * for full. Keys may be written as `base_model` too. Throws TrainingConfigError with all faults, those found `elsewhere` last.
 */
export function parseTrainingConfig(input: unknown, elsewhere: readonly string[] = []): TrainingConfig {
  const named = inCamelCase(input);
  const parsed = schema.safeParse(named);
  const judged = { input: named, what: 'a training config', keysAt: () => Object.keys(schema.shape) };
  const faults = [
    ...(parsed.success ? [] : findingsOf(parsed.error.issues, judged).map(({ sentence }) => sentence)),
    ...crossFaults(named),
    ...elsewhere,
  ];
  if (faults.length > 0 || !parsed.success) throw new TrainingConfigError(faults);
  const { alpha, quantization, learningRate, algorithm, rank, ...rest } = parsed.data;
  return {
    ...rest,
    algorithm,
    rank,
    provider: 'vast',
    alpha: alpha ?? 2 * rank,
    quantization: quantization ?? (algorithm === 'qlora' ? 'int4' : 'none'),
    learningRate: learningRate ?? (algorithm === 'full' ? 2e-5 : 2e-4),
  };
}

function crossFaults(input: unknown): string[] {
  if (typeof input !== 'object' || input === null) return [];
  const { algorithm, quantization, engine, resourceId } = input as Readonly<Record<string, unknown>>;
  const faults: string[] = [];
  if (algorithm === 'qlora' && quantization === 'none') {
    faults.push('qlora trains on a quantized model: set quantization to int4 or int8, or algorithm to lora');
  }
  if (algorithm === 'full' && typeof quantization === 'string' && quantization !== 'none') {
    faults.push(
      `full trains every weight, which ${quantization} has not: set quantization to none, or algorithm to qlora`,
    );
  }
  if (engine === 'unsloth') {
    if (algorithm === 'dora' || algorithm === 'full') {
      faults.push(`unsloth is used for lora and qlora only: set engine to transformers for ${algorithm}`);
    }
    if (typeof resourceId === 'string' && readResource(resourceId).count > 1) {
      faults.push(`unsloth trains on one GPU: "${resourceId}" has more; set engine to transformers`);
    }
  }
  return faults;
}

/** `2x RTX 4090`, `RTX 4090`, `any`. */
export function readResource(resourceId: string): {
  readonly gpu: string | undefined;
  readonly count: number;
} {
  const [, count = '1', gpu = ''] = /^(?:(\d+)\s*[xX]\s+)?(.*)$/.exec(resourceId.trim()) ?? [];
  return {
    gpu: gpu.toLowerCase() === 'any' || gpu === '' ? undefined : gpu,
    count: Number(count),
  };
}

function inCamelCase(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return Object.fromEntries(
    Object.entries(input).map(([key, value]) => [
      key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}
