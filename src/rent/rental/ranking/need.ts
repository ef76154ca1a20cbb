// What is wanted of the market: the machine, the work or the time, and the limits.
import type { OfferType } from '../../../net/vast/index.ts';

/**
 * How a rental may be paid. Reserved is missing on purpose: it is an on-demand rental that is paid ahead later,
 * and its price is known only with the deposit.
 */
export const RENTAL_TYPES = ['on-demand', 'interruptible'] as const satisfies readonly OfferType[];
export type RentalType = (typeof RENTAL_TYPES)[number];

export const VERIFICATION_WISHES = ['verified', 'not-deverified', 'any'] as const;
export type VerificationWish = (typeof VERIFICATION_WISHES)[number];

/**
 * Work of a known size, work that takes as long on every machine as far as anybody knows, or a box that somebody works in.
 * What an interruption undoes is computed again by work, and not by a box.
 */
export type Purpose =
  | {
      readonly kind: 'work';
      /** Hours that the work takes on one reference GPU without interruption. */
      readonly referenceHours: number;
      /** Default `RTX 4090`. */
      readonly referenceGpu?: string;
      /** The service's deep learning score of one reference GPU; default from a table, else from the offers. */
      readonly referenceDlperf?: number;
    }
  /** Hours without interruption. A faster machine counts for nothing. */
  | { readonly kind: 'timed-work'; readonly hours: number }
  | { readonly kind: 'box'; readonly hours: number };

export interface Checkpoint {
  /** Seconds for which writing one keeps the work from going on. */
  readonly costS: number;
  /** Seconds of work between two; default what Daly's formula gives for each offer. */
  readonly intervalS?: number;
  /** Each is copied off the machine, and the last one is fetched after an interruption. */
  readonly sizeGb: number;
}

export interface Image {
  /** What is downloaded. */
  readonly compressedGb: number;
  /** What it takes on the disk. */
  readonly unpackedGb: number;
}

/** Whatever is left out is not asked for, except where a default is named. */
export interface Need {
  readonly purpose: Purpose;
  /** In any spelling; default `any`. */
  readonly gpus?: readonly string[] | 'any';
  /** Exactly so many in one machine; default 1. */
  readonly gpuCount?: number;
  /** Nominal memory of each GPU: 24 finds all cards sold with 24 GB, though drivers show up to 5 % less. */
  readonly minVramGb?: number;
  /** What the driver must be able to run, for example 12.4. */
  readonly minCuda?: number;
  /** For example 8.9. */
  readonly minComputeCap?: number;
  /** CUDA that the image brings: GPUs newer or older than it knows are refused, for example 12.1 on an RTX 5090. */
  readonly imageCuda?: number;
  /** Regions by name (`EU`, `North America`) and countries by their two letters. */
  readonly regions?: readonly string[];
  /** 0 to 1. */
  readonly minReliability?: number;
  /** Default `verified`, as the service's own search. */
  readonly verification?: VerificationWish;
  readonly isDatacenter?: boolean;
  /** Dollars an hour for GPUs and disk together. */
  readonly maxPricePerHour?: number;
  /** The same, shared by the GPUs. */
  readonly maxPricePerGpuHour?: number;
  /** Epoch milliseconds by which the work must have ended and its results must be here. */
  readonly deadlineMs?: number;
  /** How likely the deadline must be kept; default 0.9. */
  readonly minFinishChance?: number;
  /** Default what image, data and two checkpoints take, and 10 GB. */
  readonly diskGb?: number;
  /** Default on-demand alone. */
  readonly rentalTypes?: readonly RentalType[];
  /** Downloaded at the start, and again after an interruption. Default 0. */
  readonly dataInGb?: number;
  /** Uploaded at the end. Default 0. */
  readonly dataOutGb?: number;
  /** Without one, an interrupted work begins anew. */
  readonly checkpoint?: Checkpoint;
  /** Default a usual PyTorch image. */
  readonly image?: Image;
  readonly excludedMachines?: readonly number[];
}

/** A need that no market could answer, with every fault in it. */
export class NeedError extends RangeError {
  override name = 'NeedError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`What is wanted cannot be looked for: ${faults.join('; ')}`);
    this.faults = faults;
  }
}
