// What one sweep saw of one type: answers merged by offer, and packed for the store as they come, so that an answer's
// ten thousand objects are garbage before the next one is asked for.
import type { Observation, PackedRows, RowPacker } from '../history/index.ts';
import type { Answer } from './answer.ts';
import { type Listing, regionOf } from './slice.ts';

export interface Tally {
  readonly listings: ReadonlyMap<number, Listing>;
  /** One for each listing; valid until the next sweep begins. */
  rows(): PackedRows;
  /** Offers that came twice: in one answer, or in two answers that should not overlap. */
  readonly duplicates: number;
  /**
   * Merges an answer; the later answer wins. An answer that `overlaps` others by design (a cut one, a
   * repeated one, a recheck) does not count duplicates.
   */
  add(answer: Answer, options: { readonly overlaps: boolean }): void;
}

export function createTally(packer: RowPacker): Tally {
  packer.clear();
  const places = new Map<number, number>();
  const listings = new Map<number, Listing>();
  const counted = new Set<number>();
  let duplicates = 0;
  return {
    listings,
    rows: () => packer.rows(),
    get duplicates() {
      return duplicates;
    },
    add(answer, { overlaps }) {
      duplicates += answer.duplicates;
      for (const observation of answer.observations) {
        const { offerId } = observation;
        const place = places.get(offerId);
        if (place === undefined) places.set(offerId, packer.add(observation));
        else packer.replace(place, observation);
        listings.set(offerId, listingOf(observation));
        if (overlaps) continue;
        if (counted.has(offerId)) duplicates += 1;
        counted.add(offerId);
      }
    },
  };
}

type Listed = Pick<
  Observation,
  | 'offerId'
  | 'machineId'
  | 'gpuName'
  | 'numGpus'
  | 'geolocation'
  | 'dphTotal'
  | 'dphBase'
  | 'minBid'
  | 'rentable'
  | 'rented'
>;

export function listingOf(observation: Listed): Listing {
  const { minBid, dphTotal, dphBase } = observation;
  return {
    offerId: observation.offerId,
    machineId: observation.machineId,
    gpuName: observation.gpuName,
    numGpus: observation.numGpus,
    region: regionOf(observation.geolocation),
    price: dphTotal,
    bidPrice: minBid === null || dphTotal === null || dphBase === null ? null : minBid + dphTotal - dphBase,
    isRentable: asBoolean(observation.rentable),
    isRented: asBoolean(observation.rented),
  };
}

function asBoolean(flag: 0 | 1 | null): boolean | null {
  return flag === null ? null : flag === 1;
}
