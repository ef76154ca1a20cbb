// One offer that is open: what it last showed, since when each value holds, and the hashes of all of it.
import { encodeLine, encodeState } from '../../../src/watch/history/journal/codes.ts';
import {
  addHash,
  bindToLine,
  type Hash,
  hashFacet,
  hashValues,
} from '../../../src/watch/history/journal/row-hash.ts';
import type { FacetName } from '../../../src/watch/history/journal/schema.ts';
import type { Observation } from '../../../src/watch/history/observation.ts';
import { cleanValues } from './clean-values.ts';

/** Code of `on-demand`, the trace's only type, in every journal. */
export const ON_DEMAND_CODE = 1;

/** Facets whose values are all null in the trace of the original's columns: they never change. */
export const EMPTY_FACETS = [
  'quote',
  'terms',
  'hardware',
  'capacity',
] as const satisfies readonly FacetName[];

export interface OpenRow {
  readonly line: number;
  shown: Observation;
  s: number;
  stateFrom: number;
  priceFrom: number;
  attrFrom: number;
  /** Of the facets that never change. */
  restFrom: number;
  /** The last poll that compared it. */
  comparedIn: number;
  stateHash: Hash;
  priceHash: Hash;
  reliabilityHash: Hash;
  attrHash: Hash;
  readonly restHash: Hash;
}

export function lineOf({ offerId }: Observation): number {
  return encodeLine(offerId, ON_DEMAND_CODE);
}

export function stateOf({ rentable, rented, availability }: Observation): number {
  return encodeState(rentable, rented, availability);
}

export function openRow(shown: Observation, poll: number): OpenRow {
  const line = lineOf(shown);
  const s = stateOf(shown);
  return {
    line,
    shown,
    s,
    stateFrom: poll,
    priceFrom: poll,
    attrFrom: poll,
    restFrom: poll,
    comparedIn: poll,
    stateHash: hashState(line, s),
    priceHash: hashFacet('price', line, [shown.dphTotal]),
    reliabilityHash: hashFacet('rel', line, [shown.reliability]),
    attrHash: hashFacet('attr', line, cleanValues('attr', shown)),
    restHash: EMPTY_FACETS.map((facet) => hashFacet(facet, line, cleanValues(facet, shown))).reduce(addHash),
  };
}

const stateHashes = new Map<number, Hash>();

export function hashState(line: number, s: number): Hash {
  let hash = stateHashes.get(s);
  if (!hash) {
    hash = hashValues('state', [s]);
    stateHashes.set(s, hash);
  }
  return bindToLine(hash, line);
}

export function rowHash(row: OpenRow): Hash {
  const moving = addHash(addHash(row.stateHash, row.priceHash), row.reliabilityHash);
  return addHash(moving, addHash(row.attrHash, row.restHash));
}

/** Fields are named one by one: reading them by a variable takes several times as long. */
export function hasSameAttributes(x: Observation, y: Observation): boolean {
  return (
    x.machineId === y.machineId &&
    x.gpuName === y.gpuName &&
    x.geolocation === y.geolocation &&
    x.numGpus === y.numGpus &&
    x.gpuFrac === y.gpuFrac &&
    x.gpuTotalRamGb === y.gpuTotalRamGb &&
    x.verified === y.verified &&
    x.deverified === y.deverified
  );
}
