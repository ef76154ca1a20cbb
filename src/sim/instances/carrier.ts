// The seam through which the service moves files itself, between instances and volumes, whether they run or not.
import type { Carried } from '../copying/copy-steps.ts';

export type CopyPlace =
  | { readonly kind: 'instance'; readonly id: number }
  | { readonly kind: 'volume'; readonly id: number; readonly sizeGb: number };

export interface CopyEnd {
  readonly place: CopyPlace;
  readonly path: string;
}

export interface CopyOrder {
  readonly from: CopyEnd;
  /** Left out for a copy out of this world, which only has to be weighed. */
  readonly to?: CopyEnd;
}

/** Twins answer at once, real disks later. */
export interface Carrier {
  /** Bytes that have to be moved. CopyError, thrown or by rejection, when the copy cannot begin. */
  weigh(order: CopyOrder): number | Promise<number>;
  /** Makes the files arrive; those that fit into `limitBytes`, in rsync's order. CopyError as before. */
  carry(order: Required<CopyOrder>, limitBytes: number): Carried | Promise<Carried>;
  /** With all that is on it. */
  removeVolume(volumeId: number): void | Promise<void>;
}
