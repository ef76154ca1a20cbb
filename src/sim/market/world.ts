// The state of the simulated market: what is built once, and what its events change.
import type { Dice } from '../dice.ts';
import { type GpuModel, HOST_SHARE } from './calibration.ts';
import { bitCount, type Chunk } from './chunk-tree.ts';
import type { EventQueue } from './event-queue.ts';
import type { Surroundings } from './hardware.ts';
import type { Place } from './places.ts';

export const VERIFICATIONS = ['verified', 'unverified', 'deverified'] as const;
export type Verification = (typeof VERIFICATIONS)[number];

export interface Host {
  readonly index: number;
  readonly hostId: number;
  readonly isDatacenter: boolean;
  readonly place: Place;
  readonly hasStaticIp: boolean;
  /** First 24 bits of its addresses, as text with a last dot. */
  readonly network: string;
  readonly machines: Machine[];
  /** Whether the region is missing from its geolocation just now. */
  isRegionHidden: boolean;
}

export interface Ask {
  readonly machine: Machine;
  readonly chunk: Chunk;
  readonly index: number;
  readonly gpuIds: readonly number[];
  /** Rows as last built, by the place of their view; see offer-row.ts. */
  readonly rows: (CachedRow | undefined)[];
}

export interface CachedRow {
  /** Which view stood in this place when it was built. */
  readonly viewId: number;
  readonly version: number;
  /** What of it outlives the machine's changes. */
  readonly fixed: unknown;
  readonly slot: unknown;
  readonly row: unknown;
}

export interface Machine {
  readonly index: number;
  readonly machineId: number;
  readonly host: Host;
  readonly model: GpuModel;
  readonly numGpus: number;
  readonly gpuIds: readonly number[];
  /** Replaced as a whole when the machine is cut anew. */
  asks: readonly Ask[];
  /** Replaced as a whole when its host changes what disk or traffic costs. */
  surroundings: Surroundings;
  /** What the host earns for one GPU when nothing moves, dollars an hour; its price returns to it. */
  readonly basePrice: number;
  /** Interruptible floor as a share of the on-demand price. */
  readonly bidFloorRatio: number;
  readonly baseReliability: number;
  /** Days that a listing runs; a rolling one is renewed daily, another ends. */
  readonly termDays: number;
  readonly isRolling: boolean;
  /**
   * Whether an account runs it: its price and its listing then are what the account makes of them. Chance brings
   * outages, wears on its reliability, and decides how it fares when the service verifies it again.
   */
  isManaged: boolean;
  /** The host account that owns it; at first the one of its site. Only `setOwner` changes it. */
  ownerId: number;
  /** Every owner it ever had, from when on; the first from the beginning of time. */
  readonly ownerLog: { readonly fromMs: number; readonly ownerId: number }[];
  minChunk: number;
  /** What its host wants for an interruptible GPU at least, as earned, dollars an hour; else the ratio holds. */
  minBidPrice: number | undefined;
  // What events change. Each change makes a new version, by which rows know that they are old.
  version: number;
  hostPrice: number;
  /** Every price it ever had, from when on; the first from the beginning of time. */
  readonly priceLog: { readonly fromMs: number; readonly hostPrice: number }[];
  reliability: number;
  verification: Verification;
  vericode: number;
  isListed: boolean;
  /** Outages that hold it down just now: its own and its host's. */
  outages: number;
  isHiddenWhileDown: boolean;
  downSinceMs: number;
  /** Counts listings: a new one has new offer ids. */
  generation: number;
  listedSinceMs: number;
  endDateMs: number;
  readonly rentals: Rental[];
  onDemandMask: number;
  bidMask: number;
  /** When the state of each GPU last changed. */
  readonly sinceMs: number[];
  /** Who wants to know what happens to it. */
  readonly watchers: Set<MachineWatcher>;
}

/** Told what happens to a machine, at the moment when it happens. */
export interface MachineWatcher {
  /** It lost its power or its line. */
  readonly down?: (atMs: number) => void;
  readonly up?: (atMs: number) => void;
  /** It failed its verification. */
  readonly deverified?: (atMs: number) => void;
  /** Some of its GPUs were given back, or a bid on it fell. */
  readonly freed?: (atMs: number) => void;
}

/** Who holds a rental that is not one of the crowd's. */
export interface Tenant {
  /** Its GPUs went to an on-demand rental or to a higher bid; the rental has ended. */
  readonly displaced: (atMs: number) => void;
}

export interface Rental {
  readonly rentalId: number;
  readonly machine: Machine;
  readonly mask: number;
  readonly kind: 'on-demand' | 'bid';
  readonly startMs: number;
  endMs: number | undefined;
  /** Dollars an hour for all its GPUs; only a bid ever changes. */
  lockedPricePerHour: number;
  /** When the contract ends, which is when the listing did at the rental; a host may move it further away. */
  contractEndMs: number;
  /** How long the crowd's renter would stay; no end for accounts. */
  readonly wishedEndMs: number;
  readonly tenant: Tenant | undefined;
  /** Work of the host itself on GPUs that nobody rents: whoever comes takes them. */
  readonly isDefaultJob: boolean;
}

export interface World {
  readonly dice: Dice;
  readonly startMs: number;
  readonly models: readonly GpuModel[];
  readonly hosts: readonly Host[];
  readonly machines: readonly Machine[];
  readonly machinesByModel: readonly (readonly Machine[])[];
  readonly queue: EventQueue;
  /** All rentals ever, in order of their start; without default jobs. */
  readonly rentals: Rental[];
  readonly rentalsById: Map<number, Rental>;
  nowMs: number;
  /** Grows with every change of anything. */
  version: number;
}

/** What a renter pays for one GPU, dollars an hour. */
export function renterPrice(machine: Machine): number {
  return machine.hostPrice / HOST_SHARE;
}

/** What a renter paid for one GPU at a past time, dollars an hour. */
export function renterPriceAt(machine: Machine, atMs: number): number {
  const entry = machine.priceLog.findLast(({ fromMs }) => fromMs <= atMs);
  return (entry?.hostPrice ?? machine.hostPrice) / HOST_SHARE;
}

export function setHostPrice(machine: Machine, hostPrice: number, atMs: number): void {
  machine.hostPrice = hostPrice;
  machine.priceLog.push({ fromMs: atMs, hostPrice });
}

/** It is another host's from now on: what it earns, whose id its rows carry, who may rent it for nothing. */
export function setOwner(world: World, machine: Machine, ownerId: number, atMs: number): void {
  machine.ownerId = ownerId;
  machine.ownerLog.push({ fromMs: Math.floor(atMs), ownerId });
  // Rows carry the owner's id among what is kept from search to search.
  machine.surroundings = { ...machine.surroundings };
  touch(world, machine);
}

/** How far over the highest running bid a new one must be. */
const OUTBID_RATIO = 1.05;

/**
 * The least bid that wins these GPUs, dollars an hour for all of them. Where bids run it may be above the on-demand
 * price, as it was for 150 of 1,396 recorded offers (2024-11-05).
 */
export function minimumBid(machine: Machine, mask: number, size: number): number {
  const { minBidPrice } = machine;
  let perGpu =
    minBidPrice === undefined ? renterPrice(machine) * machine.bidFloorRatio : minBidPrice / HOST_SHARE;
  if ((machine.bidMask & mask) !== 0) {
    for (const rental of machine.rentals) {
      if (rental.kind !== 'bid' || rental.isDefaultJob || (rental.mask & mask) === 0) continue;
      perGpu = Math.max(perGpu, (rental.lockedPricePerHour / bitCount(rental.mask)) * OUTBID_RATIO);
    }
  }
  return perGpu * size;
}

export function isUp(machine: Machine): boolean {
  return machine.outages === 0;
}

/** Whether a search shows it at all. */
export function isShown(machine: Machine): boolean {
  return machine.isListed && !(machine.outages > 0 && machine.isHiddenWhileDown);
}

export function isRentable(ask: Ask): boolean {
  const { machine } = ask;
  return machine.isListed && machine.outages === 0 && (ask.chunk.mask & machine.onDemandMask) === 0;
}

/** Marks a machine as changed. */
export function touch(world: World, machine: Machine): void {
  machine.version += 1;
  world.version += 1;
}

const FIRST_OFFER_ID = 10_000_000;
const MOST_ASKS = 32;

/** Ids start anew with every listing, and no two asks ever share one. */
export function offerIdOf(world: World, ask: Ask): number {
  const { machine } = ask;
  return (
    FIRST_OFFER_ID + (machine.generation * world.machines.length + machine.index) * MOST_ASKS + ask.index
  );
}

const FIRST_VOLUME_OFFER_ID = 900_000_000;

/** The offer of disk that comes with a listing. */
export function volumeOfferIdOf(world: World, machine: Machine): number {
  return FIRST_VOLUME_OFFER_ID + machine.generation * world.machines.length + machine.index;
}

/** The ask that has this id in the present listing, whether it can be rented or not; undefined for old ids. */
export function askOf(world: World, offerId: number): Ask | undefined {
  const number = offerId - FIRST_OFFER_ID;
  const machine = world.machines[Math.floor(number / MOST_ASKS) % world.machines.length];
  const ask = machine?.asks[number % MOST_ASKS];
  return ask && machine?.isListed && offerIdOf(world, ask) === offerId ? ask : undefined;
}
