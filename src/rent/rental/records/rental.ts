// A rental: our record of one instance, from the intent to the confirmed end.
import { HOUR_MS, type MicroUsd, microUsd } from '../../../base/std/index.ts';

/**
 * `intended`: recorded, nothing sent. `creating`: the create was sent, or was about to be, and its answer is not
 * known. `booting`: there is an instance. `ready`: entered over SSH, GPUs as promised. `stopped`: it is there,
 * keeps its disk, and does not run. `ending`: to be destroyed, until it is seen gone. `void`: there never was one.
 */
export const RENTAL_STATUSES = [
  'intended',
  'creating',
  'booting',
  'ready',
  'stopped',
  'ending',
  'gone',
  'void',
] as const;
export type RentalStatus = (typeof RENTAL_STATUSES)[number];

/** Over: nothing of it costs anything any more. */
export const OVER_STATUSES: readonly RentalStatus[] = ['gone', 'void'];

/** `box`: to work in. `adopted`: it was there before us, and was put under our care by a person. */
export const RENTAL_KINDS = ['box', 'job', 'fleet', 'adopted'] as const;
export type RentalKind = (typeof RENTAL_KINDS)[number];

/** What runs on the instance, and for whom the money counts. Read back from the store, `env` has names and no values. */
export interface Launch {
  readonly image?: string;
  readonly templateHash?: string;
  readonly diskGb: number;
  readonly env: Readonly<Record<string, string>>;
  /** Ours is put before it. */
  readonly onstart?: string;
  /** Ports to open, as docker writes them: `8000`, `8081/udp`. */
  readonly ports: readonly string[];
  readonly withJupyter: boolean;
  /** Public key that may log in. */
  readonly sshPublicKey: string;
  /** Names under which its money counts: label, job, fleet, domain. */
  readonly scopes: Readonly<Record<string, string>>;
  /** Ends when its GPUs have done nothing for so long; undefined never. */
  readonly idleMs?: number;
  /** Most dollars an hour, disk included. */
  readonly maxPricePerHour?: number;
}

/** What was agreed, in dollars. */
export interface Terms {
  readonly offerId: number;
  readonly rentalType: 'on-demand' | 'interruptible';
  readonly bidPerHour: number | null;
  readonly gpuName: string;
  readonly gpuCount: number;
  readonly gpuRamMb: number | null;
  /** GPUs and disk, while it runs. */
  readonly pricePerHour: number;
  readonly diskPricePerHour: number;
  readonly uploadPricePerGb: number;
  readonly downloadPricePerGb: number;
  readonly downloadMbps: number | null;
  /** End of the contract; null where the service did not say. */
  readonly contractEndsAtMs: number | null;
  readonly geolocation: string | null;
}

export interface Receipt {
  /** What the marketplace charged, by kind; undefined while it has not told. */
  readonly charged: { readonly gpu: number; readonly disk: number; readonly bandwidth: number } | undefined;
  /** What our own clock and the agreed price come to. */
  readonly reckonedUsd: number;
  readonly seenGoneAtMs: number;
  /** The two complete generations that did not hold it. */
  readonly generations: readonly number[];
}

export interface Rental {
  readonly id: string;
  readonly install: string;
  readonly account: string;
  readonly kind: RentalKind;
  /** What it is wanted for; a need has at most one rental that is not over. */
  readonly need: string;
  readonly name: string;
  readonly status: RentalStatus;
  readonly reason: string;
  readonly sinceMs: number;
  /** Grows with each change; a change names the version that it was decided on. */
  readonly version: number;
  readonly attempt: number;
  readonly launch: Launch;
  readonly terms: Terms | undefined;
  readonly instanceId: number | undefined;
  readonly machineId: number | undefined;
  readonly hostId: number | undefined;
  readonly reservationId: string | undefined;
  readonly createdAtMs: number;
  readonly bootingAtMs: number | undefined;
  readonly readyAtMs: number | undefined;
  /** Time that its GPUs were paid for, up to `runningSinceMs`, as far as listings showed. */
  readonly ranMs: number;
  readonly runningSinceMs: number | undefined;
  /** Until then it is paid for; then it stops itself. */
  readonly prepaidUntilMs: number;
  /** The work has ended, and what it made may be collected until then. */
  readonly graceUntilMs: number | undefined;
  /** Parked: destroyed at this time unless somebody takes it back. */
  readonly destroyAfterMs: number | undefined;
  readonly destroyAskedAtMs: number | undefined;
  readonly destroyAttempts: number;
  readonly goneAtMs: number | undefined;
  readonly receipt: Receipt | undefined;
}

export interface Attempt {
  readonly rentalId: string;
  readonly attempt: number;
  readonly label: string;
  readonly offerId: number;
  readonly machineId: number;
  readonly sentAtMs: number | undefined;
  readonly outcome: string | undefined;
  readonly instanceId: number | undefined;
}

/** What a rental has cost by `nowMs`, by our own clock and the agreed price: an estimate until Vast's charges are in. */
export function reckonedCost(rental: Rental, nowMs: number): MicroUsd {
  if (!rental.terms || rental.bootingAtMs === undefined) return microUsd(0);
  const ranMs = rental.ranMs + (rental.runningSinceMs === undefined ? 0 : nowMs - rental.runningSinceMs);
  const keptMs = (rental.goneAtMs ?? nowMs) - rental.createdAtMs;
  const { pricePerHour, diskPricePerHour } = rental.terms;
  const gpuUsd = Math.max(0, pricePerHour - diskPricePerHour) * (ranMs / HOUR_MS);
  return microUsd(gpuUsd + diskPricePerHour * (Math.max(0, keptMs) / HOUR_MS));
}
