// What a collector keeps from sweep to sweep, and finds again after a restart (recall). All of it can be learned
// anew: without it a sweep asks more, and nothing is lost.
import type { Clock } from '../../base/std/index.ts';
import { createRowPacker, type RowPacker } from '../history/index.ts';
import type { Cap } from './cap.ts';
import { type Census, createCensus } from './census.ts';
import type { MarketType, SearchState, Slice } from './slice.ts';

export interface SweepMemory {
  readonly census: Census;
  /** The cap in force; undefined while answers come whole. */
  cap: Cap | undefined;
  /** Slices that the last sweep of a type ended with, by type and search. */
  readonly plans: Map<string, readonly Slice[]>;
  /** Fields of the API that every answer of some size has had, of those the store keeps. */
  usualFields: ReadonlySet<string> | undefined;
  /**
   * Which searches are sliced. One that names no state shows all states, so it takes a third of the
   * requests of the original's three; where the service reads it otherwise, the three are sliced.
   */
  slicedSearches: readonly SearchState[];
  /** Whether an answer to a search without a state has been seen to show more than one. */
  isStatelessProven: boolean;
  /** Offers that a search by id found outside the filter, and when. */
  readonly outsideSinceMs: Map<number, number>;
  /** Where a type's rows are packed: the same memory every sweep. */
  packerOf(type: MarketType): RowPacker;
  /** When an unsliced answer was last compared with a part of it, by slice. */
  readonly comparedAtMs: Map<string, number>;
}

export function createSweepMemory({ clock }: { readonly clock: Clock }): SweepMemory {
  const packers = new Map<MarketType, RowPacker>();
  return {
    census: createCensus({ clock }),
    cap: undefined,
    plans: new Map(),
    usualFields: undefined,
    slicedSearches: ['any'],
    isStatelessProven: false,
    outsideSinceMs: new Map(),
    packerOf(type) {
      const packer = packers.get(type) ?? createRowPacker();
      packers.set(type, packer);
      return packer;
    },
    comparedAtMs: new Map(),
  };
}

export function planKey(type: MarketType, search: SearchState): string {
  return `${type}|${search}`;
}
