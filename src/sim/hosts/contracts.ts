// What hosts need of the instances on their machines: to see them, to prolong them, to propose a higher price, to
// clear what has expired.
import type { Account } from '../accounts/account.ts';
import type { Instance } from '../instances/instance.ts';
import type { Machine, Rental } from '../market/world.ts';
import type { Volume, Volumes } from '../volumes/volumes.ts';

/** What a host asks now, as a renter pays it. */
export interface AskedPrices {
  /** Dollars an hour for all GPUs of the contract. */
  readonly gpuPricePerHour: number;
  readonly storagePricePerGbMonth: number;
  readonly uploadPricePerGb: number;
  readonly downloadPricePerGb: number;
}

export interface DefaultJobStart {
  readonly account: Account;
  readonly machine: Machine;
  /** The GPU's place in the machine. */
  readonly bit: number;
  readonly image: string;
  readonly args: readonly string[];
  /** Takes the GPU if it is free; says whether the job holds it. */
  readonly resume: (atMs: number) => boolean;
}

export interface Contracts {
  /** Instances that hold disk of the machine, running or not, of whomever; without default jobs. By id. */
  on(machine: Machine): readonly Instance[];
  /** Moves the end of its contract further away. */
  extend(instance: Instance, endMs: number, atMs: number): void;
  /** Proposes to go on until `endMs` at these prices; the renter may accept or refuse. */
  offerPriceIncrease(instance: Instance, asked: AskedPrices, endMs: number, atMs: number): void;
  destroy(instance: Instance, reason: string, atMs: number): void;
  /** To be called once, before anybody rents: where instances find the volumes that they mount. */
  setVolumes(volumes: Volumes): void;
  /** Begins to copy all that is on one volume to the other. */
  cloneVolume(source: Volume, target: Volume, atMs: number): Promise<void>;
  /** Instances that hold the volume: running or not, and for 30 s after their end. By id. */
  mounting(volume: Volume, nowMs: number): readonly Instance[];
  /** An instance of a default job, which waits for its GPU. */
  makeJob(start: DefaultJobStart, atMs: number): Instance;
  /** It got its GPU (with its rental), or lost it. */
  changeJob(
    instance: Instance,
    event: 'running' | 'displaced' | 'offline',
    rental: Rental | undefined,
    atMs: number,
  ): void;
}
