// What an account does to a machine of its own: terms, the cut into chunks, on and off the market. Prices here are
// what the host earns; a renter pays them divided by the host's share.
import { cutMachine, renewIds } from './asks.ts';
import { HOST_SHARE } from './calibration.ts';
import { allGpus } from './outages.ts';
import { markSince } from './rentals.ts';
import { type Machine, setHostPrice, touch, type World } from './world.ts';

/** What is left out stays as it is. */
export interface ListingTerms {
  /** Dollars an hour for one GPU. */
  readonly gpuPrice?: number;
  /** Dollars an hour for one interruptible GPU, at least. */
  readonly minBidPrice?: number;
  /** Dollars a GB and month. */
  readonly storagePrice?: number;
  /** Dollars a GB. */
  readonly uploadPrice?: number;
  readonly downloadPrice?: number;
  readonly minChunk?: number;
  /** 0 to 1. */
  readonly reservedDiscount?: number;
  readonly volumeGb?: number;
  /** Dollars a GB and month. */
  readonly volumePrice?: number;
}

const GB_PER_TB = 1_024;

/** From now on chance leaves price and listing alone; what the machine asks stays as it is. */
export function manage(machine: Machine): void {
  machine.isManaged = true;
  machine.minBidPrice = machine.hostPrice * machine.bidFloorRatio;
}

/** Running rentals keep what they agreed on. New chunks have new ids; new prices keep theirs. */
export function changeListing(world: World, machine: Machine, terms: ListingTerms, atMs: number): void {
  if (terms.gpuPrice !== undefined && terms.gpuPrice !== machine.hostPrice)
    setHostPrice(machine, terms.gpuPrice, atMs);
  // Nobody asks more for a GPU that may be taken away than for one that stays.
  const floor = terms.minBidPrice ?? machine.minBidPrice;
  if (floor !== undefined) machine.minBidPrice = Math.min(floor, machine.hostPrice);
  const { storagePrice, uploadPrice, downloadPrice, volumePrice, volumeGb, reservedDiscount } = terms;
  machine.surroundings = {
    ...machine.surroundings,
    ...(storagePrice !== undefined && { storagePrice: storagePrice / HOST_SHARE }),
    ...(uploadPrice !== undefined && { uploadPricePerTb: (uploadPrice * GB_PER_TB) / HOST_SHARE }),
    ...(downloadPrice !== undefined && { downloadPricePerTb: (downloadPrice * GB_PER_TB) / HOST_SHARE }),
    ...(volumePrice !== undefined && { volumePrice: volumePrice / HOST_SHARE }),
    ...(volumeGb !== undefined && { volumeGb }),
    ...(reservedDiscount !== undefined && { reservedDiscount }),
  };
  if (terms.minChunk !== undefined && terms.minChunk !== machine.minChunk) {
    machine.minChunk = terms.minChunk;
    machine.asks = cutMachine(machine, terms.minChunk);
    renewIds(world, machine, atMs);
  }
  touch(world, machine);
}

/** Puts it on the market, under new ids; one that is there already only gets another end. */
export function putUp(world: World, machine: Machine, endDateMs: number, atMs: number): void {
  machine.endDateMs = endDateMs;
  if (!machine.isListed) {
    machine.isListed = true;
    markSince(machine, freeGpus(machine), atMs);
    renewIds(world, machine, atMs);
  }
  touch(world, machine);
}

/** Takes it off the market; what is rented stays rented. */
export function takeOff(world: World, machine: Machine, atMs: number): void {
  if (!machine.isListed) return;
  machine.isListed = false;
  markSince(machine, freeGpus(machine), atMs);
  touch(world, machine);
}

/**
 * Cuts the machine so that free GPUs stand together, where that makes a larger chunk of them than there is now. Says
 * whether it did.
 */
export function defragment(world: World, machine: Machine, atMs: number): boolean {
  const free = freeGpus(machine);
  const bits = machine.gpuIds.map((_, bit) => bit);
  const order = [...bits.filter((bit) => (free >> bit) & 1), ...bits.filter((bit) => !((free >> bit) & 1))];
  const asks = cutMachine(machine, machine.minChunk, order);
  const largest = (list: Machine['asks']) =>
    Math.max(0, ...list.map(({ chunk }) => ((chunk.mask & ~free) === 0 ? chunk.size : 0)));
  if (largest(asks) <= largest(machine.asks)) return false;
  machine.asks = asks;
  renewIds(world, machine, atMs);
  return true;
}

export function freeGpus(machine: Machine): number {
  return allGpus(machine) & ~(machine.onDemandMask | machine.bidMask);
}
