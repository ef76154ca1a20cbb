// One offer as seen in one poll: the unit of everything that the market store keeps.
import type { PackedRows } from './journal/packed-rows.ts';

export const AVAILABILITIES = ['unavailable', 'available', 'rented', 'unknown'] as const;
export type Availability = (typeof AVAILABILITIES)[number];

export type Flag = 0 | 1 | null;

export interface Observation {
  // The original's 16 columns, without `ts`, which belongs to the poll.
  readonly offerId: number;
  readonly machineId: number;
  readonly gpuName: string | null;
  readonly numGpus: number | null;
  /** Share of the machine's GPUs, 0 to 1. */
  readonly gpuFrac: number | null;
  readonly gpuTotalRamGb: number | null;
  /** Dollars an hour with storage. */
  readonly dphTotal: number | null;
  /** 0 to 1. */
  readonly reliability: number | null;
  readonly geolocation: string | null;
  /** `on-demand`, `interruptible`, …; null where the source does not say. */
  readonly type: string | null;
  readonly rentable: Flag;
  /** Relative to the caller who searched; not market occupancy. */
  readonly rented: Flag;
  readonly verified: Flag;
  readonly deverified: Flag;
  readonly availability: Availability | null;
  // Kept beside them.
  readonly hostId: number | null;
  /** Ids of the physical GPUs, ascending, joined by commas. */
  readonly gpuIds: string | null;
  readonly bundleId: number | null;
  /** Dollars an hour without storage. */
  readonly dphBase: number | null;
  readonly minBid: number | null;
  /** Dollars an hour with the reserved discount. */
  readonly reservedPrice: number | null;
  /** Dollars a GB and month. */
  readonly storageCost: number | null;
  /** Dollars a GB. */
  readonly inetUpCost: number | null;
  readonly inetDownCost: number | null;
  /** MB a GPU. */
  readonly gpuRamMb: number | null;
  readonly diskSpaceGb: number | null;
  readonly cpuName: string | null;
  readonly cpuCores: number | null;
  readonly cpuRamMb: number | null;
  readonly dlperf: number | null;
  readonly totalFlops: number | null;
  readonly cudaMax: number | null;
  /** Times 100: 890 is 8.9. */
  readonly computeCap: number | null;
  readonly driver: string | null;
  /** 0 community, 1 datacenter. */
  readonly hostingType: number | null;
  readonly staticIp: Flag;
  readonly directPortCount: number | null;
  /** Epoch seconds. */
  readonly endDate: number | null;
}

/** One search answer within a poll. */
export interface SliceRecord {
  readonly type: string;
  /** Which of the three searches. */
  readonly search: 'available' | 'rented' | 'unavailable' | 'any';
  /** The part of the market that was asked for, in query text; empty for all of it. */
  readonly predicate: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly rows: number;
  readonly bytes: number;
  /** Whether the answer held every offer that matches the predicate. */
  readonly complete: boolean;
  /** Why it is not complete: `capped at 64`, `rate limited`, `truncated answer`, …; empty when it is. */
  readonly reason: string;
}

/** All that is known of a poll but its rows. */
export interface PollFrame {
  /** The poll's one timestamp, whole seconds as in the original: when its first search began. */
  readonly tsMs: number;
  /** The collection filter in query text; empty when everything is collected. */
  readonly filter: string;
  /** The interval that the collector means to keep. */
  readonly intervalMs: number;
  readonly slices: readonly SliceRecord[];
  /** Rows of one (offerId, type) that were merged before. */
  readonly duplicates: number;
  /**
   * Whether an offer with these last known attributes, had it been listed in whatever state, must have been
   * in one of this poll's whole slices. Asked only of offers that are open and were not seen.
   */
  readonly covers: (open: CoverageKey) => boolean;
  /** What the collector wants to find again after a restart; kept with the poll, in the place of the last note. */
  readonly note?: string | undefined;
}

/** A poll as it is handed over to be stored: its last row of each (offerId, type) counts. */
export interface PollInput extends PollFrame {
  readonly observations: readonly Observation[];
}

/** The same with rows that were packed as they came, which takes a tenth of the time and memory. */
export interface PackedPoll extends PollFrame {
  /** Read before `append` returns. */
  readonly rows: readonly PackedRows[];
}

export interface CoverageKey {
  readonly offerId: number;
  readonly type: string | null;
  readonly gpuName: string | null;
  readonly numGpus: number | null;
  readonly geolocation: string | null;
  readonly dphTotal: number | null;
}

/** An offer that is not gone, as the store knows it. */
export interface OpenOffer
  extends Pick<
    Observation,
    | 'offerId'
    | 'type'
    | 'machineId'
    | 'gpuName'
    | 'numGpus'
    | 'geolocation'
    | 'dphTotal'
    | 'dphBase'
    | 'minBid'
    | 'rentable'
    | 'rented'
  > {
  /** Not seen by the newest poll. Its flags are then null. */
  readonly isMissing: boolean;
}

export interface AppendResult {
  readonly poll: number;
  readonly rows: number;
  /** Change events written. */
  readonly events: number;
  readonly appeared: number;
  readonly gone: number;
  /** Not seen, and not (yet) known to be gone. */
  readonly missing: number;
  readonly diffMs: number;
  readonly commitMs: number;
}

/** Where the polls of a store come from; stores of different origin are never mixed. */
export type Origin =
  | { readonly kind: 'live'; readonly url: string }
  | { readonly kind: 'simulated'; readonly seed: string }
  | { readonly kind: 'replay'; readonly name: string }
  | { readonly kind: 'import'; readonly name: string };
