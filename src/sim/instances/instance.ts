// An instance: a contract on some GPUs of a machine, and the container that runs under it. Statuses as the service
// names them.
import type { Account, ApiKey, SshKey } from '../accounts/account.ts';
import type { Planned } from '../agenda.ts';
import type { Chunk } from '../market/chunk-tree.ts';
import type { FixedFields } from '../market/offer-row.ts';
import type { Machine, Rental } from '../market/world.ts';
import type { Volume } from '../volumes/volumes.ts';

/** State of the container; null while nothing is known of it yet. */
export const ACTUAL_STATUSES = [
  'created',
  'loading',
  'running',
  'stopped',
  'frozen',
  'exited',
  'rebooting',
  'recycling',
  'unknown',
  'offline',
] as const;
export type ActualStatus = (typeof ACTUAL_STATUSES)[number];

export const RENTAL_TYPES = ['on-demand', 'bid', 'reserved'] as const;
export type RentalType = (typeof RENTAL_TYPES)[number];

/** What was agreed at the rental and never changes for it, except a bid and what both sides accept. */
export interface Terms {
  /** Prepaying turns on-demand into reserved. */
  type: RentalType;
  /** Dollars an hour for all its GPUs; the bid of an interruptible one. */
  gpuPricePerHour: number;
  storagePricePerGbMonth: number;
  uploadPricePerGb: number;
  downloadPricePerGb: number;
  endMs: number;
}

/** What goes into the container, as its owner gave it. */
export interface Launch {
  image: string;
  /** Variables, and docker flags such as `-p 8000:8000`; in the order in which they were given. */
  env: Readonly<Record<string, string>>;
  onstart: string | null;
  args: readonly string[];
  /** In the service's spelling: `ssh`, `ssh_direc ssh_proxy`, `jupyter_direc ssh_direc ssh_proxy`, `args`. */
  runtype: string;
  templateId: number | null;
  templateHashId: string | null;
  templateName: string | null;
  imageLogin: string | null;
  jupyterDir: string | null;
  isJupyterLab: boolean;
  dockerUser: string | null;
  extra: string | null;
}

/** Money that was paid ahead for a reserved instance. */
export interface Deposit {
  /** What is left of it. */
  leftUsd: number;
  /** Until when `leftUsd` was counted, and what an hour has taken from it since. */
  countedMs: number;
  usdPerHour: number;
  /** Share taken off the price while it lasts. */
  readonly discountRate: number;
  /** Dollars saved by it so far. */
  savedUsd: number;
  readonly months: number;
  /** When it will be used up. */
  empty: Planned | undefined;
}

/** A volume in an instance. */
export interface Mount {
  readonly volume: Volume;
  readonly path: string;
  /** Whether it was created with the instance. */
  readonly isNew: boolean;
}

/** A default job: its host's side knows when it may have its GPU. */
export interface OwnWork {
  /** Takes its GPU if that is free; says whether it holds it. */
  readonly resume: (atMs: number) => boolean;
}

export interface Instance {
  readonly id: number;
  readonly account: Account;
  readonly offerId: number;
  readonly machine: Machine;
  readonly chunk: Chunk;
  readonly gpuIds: readonly number[];
  /** The machine's fields as they were at the rental. */
  readonly hardware: FixedFields;
  readonly createdMs: number;
  readonly terms: Terms;
  readonly diskGb: number;
  readonly isVm: boolean;
  readonly mounts: readonly Mount[];
  /** Keys that open it: the account's at its creation, and those attached since. */
  readonly sshKeys: SshKey[];
  /** The account's variables at its creation. */
  readonly accountEnv: Readonly<Record<string, string>>;
  readonly apiKey: ApiKey;
  readonly jupyterToken: string;
  readonly launch: Launch;
  /** Undefined for what was rented. */
  readonly ownWork: OwnWork | undefined;
  label: string | null;
  /** What its owner wants. */
  intended: 'running' | 'stopped';
  /** The contract's state now and next: whether it holds GPUs. */
  current: 'running' | 'stopped';
  next: 'running' | 'stopped';
  actual: ActualStatus | null;
  statusMsg: string | null;
  /** The GPUs that it holds; undefined while it is stopped, outbid or waiting. */
  rental: Rental | undefined;
  /** Why it has no GPUs though its owner wants it to run. */
  waiting: 'queued' | 'outbid' | undefined;
  /** What it was when its machine was lost; undefined while the machine is there. */
  beforeOutage: { readonly actual: ActualStatus | null; readonly sinceMs: number } | undefined;
  /** Whether its image is on the machine and its container made. */
  isPulled: boolean;
  isExpired: boolean;
  /** GPUs that it turned out to have, where they are not those of the offer. */
  wrongGpu: { readonly gpuName: string; readonly numGpus: number } | undefined;
  /** Counts attempts to start it; keys the draws of each. */
  boots: number;
  /** What happens to it next by itself: the next step of its boot. */
  step: Planned | undefined;
  /** Ends of its contract, and of its data. */
  end: Planned | undefined;
  deposit: Deposit | undefined;
  /** Since when its container runs. */
  upSinceMs: number | undefined;
  /** Time that its container has run, until `upSinceMs`. */
  ranMs: number;
  destroyedMs: number | undefined;
  /** What went through its container and was billed. */
  readonly trafficGb: { up: number; down: number };
  /** The next look into its container. */
  insideWatch: Planned | undefined;
  /** What its owner was told of its disk. */
  diskTold: 'disk_low' | 'storage_full' | undefined;
  /** Since when its GPUs have done nothing, as far as anybody looked. */
  idleSinceMs: number | undefined;
  isIdleTold: boolean;
  /** Dollars an hour that its meters run at. */
  gpuRate: number;
  diskRate: number;
  /** Grows with every change; rows know by it that they are old. */
  version: number;
}

/** What every instance has in common when it is made. */
export function beginningState() {
  return {
    statusMsg: null,
    rental: undefined,
    waiting: undefined,
    beforeOutage: undefined,
    isExpired: false,
    wrongGpu: undefined,
    boots: 0,
    step: undefined,
    end: undefined,
    deposit: undefined,
    upSinceMs: undefined,
    ranMs: 0,
    destroyedMs: undefined,
    trafficGb: { up: 0, down: 0 },
    insideWatch: undefined,
    diskTold: undefined,
    idleSinceMs: undefined,
    isIdleTold: false,
    gpuRate: 0,
    diskRate: 0,
    version: 0,
  } as const satisfies Partial<Instance>;
}

/** Whether its owner can still see it. */
export function isThere(instance: Instance): boolean {
  return instance.destroyedMs === undefined;
}
