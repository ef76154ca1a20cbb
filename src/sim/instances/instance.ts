// An instance: a contract on some GPUs of a machine, and the container that runs under it. Statuses as the service
// names them.
import type { Account, ApiKey, SshKey } from '../accounts/account.ts';
import type { Chunk } from '../market/chunk-tree.ts';
import type { Machine, Rental } from '../market/world.ts';

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
  readonly type: RentalType;
  /** Dollars an hour for all its GPUs; the bid of an interruptible one. */
  gpuPricePerHour: number;
  storagePricePerGbMonth: number;
  uploadPricePerGb: number;
  downloadPricePerGb: number;
  endMs: number;
}

export interface Instance {
  readonly id: number;
  readonly account: Account;
  readonly offerId: number;
  readonly machine: Machine;
  readonly chunk: Chunk;
  readonly createdMs: number;
  readonly terms: Terms;
  readonly diskGb: number;
  /** Keys that open it: the account's at its creation, and those attached since. */
  readonly sshKeys: SshKey[];
  readonly apiKey: ApiKey;
  image: string;
  label: string | null;
  env: Readonly<Record<string, string>>;
  onstart: string | null;
  args: readonly string[];
  runtype: string;
  templateHashId: string | null;
  /** What its owner wants. */
  intended: 'running' | 'stopped';
  /** The contract's state now and next: whether it holds GPUs. */
  current: 'running' | 'stopped';
  next: 'running' | 'stopped';
  actual: ActualStatus | null;
  statusMsg: string | null;
  /** The GPUs that it holds; undefined while it is stopped, outbid or waiting. */
  rental: Rental | undefined;
  /** Since when its container runs. */
  upSinceMs: number | undefined;
  destroyedMs: number | undefined;
}
