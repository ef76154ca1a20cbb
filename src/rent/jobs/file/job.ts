// A job as its file says it, checked, with every default filled in and every unit read.
import type { MicroUsd } from '../../../base/std/index.ts';

/** A fixed text, or the value that a variable has where the job is submitted; that value is never written down. */
export type EnvValue = string | { readonly fromEnv: string };

/** What the commands start in. `folder` is as written: relative to the folder of the file. */
export type Workdir =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'git'; readonly url: string; readonly commit: string };

/** What is put into the workspace beside the work folder: a path of the submitting machine, or the text itself. */
export type JobFileSource =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'text'; readonly text: string };

export const RENTAL_WISHES = ['on-demand', 'interruptible', 'either'] as const;
export type RentalWish = (typeof RENTAL_WISHES)[number];

export interface Resources {
  /** As written, or in Vast.ai's spelling where the program knows the model; empty for any. */
  readonly gpus: readonly string[];
  readonly count: number;
  readonly diskGb: number;
  /** Nominal memory of each GPU. */
  readonly vramGb: number | undefined;
  readonly cuda: number | undefined;
  readonly regions: readonly string[];
  readonly reliability: number | undefined;
  readonly verification: 'verified' | 'not-deverified' | 'any';
  readonly isDatacenter: boolean | undefined;
  /** Dollars, GPUs and disk together. */
  readonly maxPricePerHour: number | undefined;
  readonly maxPricePerGpuHour: number | undefined;
  readonly rental: RentalWish;
  /** As docker writes them: `8000`, `8081/udp`. */
  readonly ports: readonly string[];
}

/** How large the work is, for a ranking by the cost of finishing. */
export interface WorkSize {
  /** Hours on one reference GPU. */
  readonly hours: number;
  readonly referenceGpu: string;
  readonly checkpointGb: number;
  /** Seconds for which writing one keeps the work from going on. */
  readonly checkpointS: number;
}

export const RETRY_KINDS = ['no_capacity', 'interruption', 'error'] as const;
export type RetryKind = (typeof RETRY_KINDS)[number];

/** Both undefined: without end. */
export interface RetryLimit {
  readonly forMs: number | undefined;
  readonly times: number | undefined;
}

export type RetryPolicy = Readonly<Record<RetryKind, RetryLimit>>;

/** By when a job that waits for a cheap hour begins: a time of day, or one moment. */
export type StartBy =
  | { readonly kind: 'time-of-day'; readonly minutes: number }
  | { readonly kind: 'moment'; readonly atMs: number };

/** The name of an environment variable, and the values that it has in turn. */
export type Matrix = Readonly<Record<string, readonly string[]>>;

export interface Job {
  readonly name: string;
  /** Whose budget it counts in: the name of the file's job where a matrix made several of it, else its own. */
  readonly group: string;
  readonly image: string | undefined;
  readonly templateHash: string | undefined;
  readonly workdir: Workdir | undefined;
  /** By path relative to the workspace. */
  readonly files: Readonly<Record<string, JobFileSource>>;
  readonly setup: string | undefined;
  readonly run: string;
  readonly env: Readonly<Record<string, EnvValue>>;
  readonly resources: Resources;
  readonly work: WorkSize | undefined;
  /** Patterns relative to the workspace. What matches is taken to be whole: write beside it, then rename. */
  readonly checkpoints: readonly string[];
  readonly artifacts: readonly string[];
  /** Of all attempts together. */
  readonly maxDurationMs: number | undefined;
  /** Of the whole group. */
  readonly budget: MicroUsd | undefined;
  readonly retry: RetryPolicy;
  /** Empty for one job. */
  readonly matrix: Matrix;
  readonly startBy: StartBy | undefined;
  readonly stopsOnNan: boolean;
  /** Its transfers, where a sample shrinks by a tenth. */
  readonly compresses: boolean;
  /** A file in the workspace that holds the figures, where the output does not. */
  readonly log: string | undefined;
}

/** What the service gives most people who ask for a GPU: enough for the usual image and a small job. */
export const DEFAULT_DISK_GB = 20;

export const DEFAULT_RETRY: RetryPolicy = {
  no_capacity: { forMs: 30 * 60_000, times: undefined },
  interruption: { forMs: 6 * 3_600_000, times: undefined },
  error: { forMs: undefined, times: 0 },
};

export const DEFAULT_WORK = { referenceGpu: 'RTX 4090', checkpointGb: 1, checkpointS: 30 } as const;
