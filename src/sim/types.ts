// The simulator's seam: a marketplace as a function from Request to Response, with a seed and a clock.
import type { Clock, Log } from '../base/std/index.ts';
import type { FaultName, FaultPlan } from './faults/fault-plan.ts';
import type { FaultOrder } from './faults/faults.ts';

export interface SimOptions {
  /** The same seed and the same requests at the same times give the same bytes. */
  readonly seed: string | number;
  readonly clock: Clock;
  readonly log?: Log;
  /** How many offers a full unbundled on-demand listing holds, about; default 10,000. */
  readonly offers?: number;
  /** Keys that may call; default one made from the seed. */
  readonly apiKeys?: readonly string[];
  /** Probability of each fault per request; none by default. */
  readonly faults?: FaultPlan;
  /** Most rows of one search answer; default none. A list takes one cap a day in turn. */
  readonly cap?: number | readonly number[];
  /** Searches allowed in any 60 s; default 10. `Infinity` switches the limit off. */
  readonly searchesPerMinute?: number;
  /** Serves these recorded polls as the market instead of a simulated one. */
  readonly replay?: ReplaySource;
  /**
   * Filters of a search that names none: `none` (default) answers everything, as recorded of the live
   * service; `documented` adds the published schema's verified, rentable and not rented.
   */
  readonly searchDefaults?: 'none' | 'documented';
  /** Status for an unknown key: 401 (default) or the 404 that some pages document. */
  readonly badKeyStatus?: 401 | 404;
  /** Form of a real 429: plain text (default), or JSON with `detail` or `msg`. */
  readonly rateLimitBody?: 'text' | 'detail' | 'msg';
  /**
   * Whose key calls. Left out it is a renter's that may see the market metrics too; the real service shows them
   * to a host with machines, has none for a host without, and refuses a renter.
   */
  readonly account?: 'host' | 'host-without-machines' | 'renter';
  /** Multiplies the published least intervals between calls of one route; default 1, 0 switches them off. */
  readonly intervalFactor?: number;
}

/** Recorded answers, one poll after another; the last one stays. */
export interface ReplaySource {
  readonly name: string;
  /** What was odd about the files, in sentences; empty when nothing was. */
  readonly warnings: readonly string[];
  readonly polls: readonly {
    readonly atMs: number | undefined;
    readonly offers: readonly Record<string, unknown>[];
  }[];
}

export interface SlotTruth {
  readonly machineId: number;
  readonly gpuId: number;
  readonly state: 'free' | 'on-demand' | 'bid' | 'offline' | 'unlisted';
  readonly sinceMs: number;
  /** Dollars an hour for this GPU as locked at rental; undefined unless rented. */
  readonly lockedPricePerHour: number | undefined;
}

export interface RentalTruth {
  readonly rentalId: number;
  readonly machineId: number;
  readonly gpuIds: readonly number[];
  readonly kind: 'on-demand' | 'bid';
  readonly startMs: number;
  /** Undefined while it runs. */
  readonly endMs: number | undefined;
  /** Dollars an hour for the whole rental, as locked at its start. */
  readonly lockedPricePerHour: number;
}

/** What really happens in the simulated market; never told over the API. */
export interface SimTruth {
  /** Every slot now. */
  slots(): readonly SlotTruth[];
  /** All rentals that overlap [fromMs, toMs). */
  rentals(fromMs: number, toMs: number): readonly RentalTruth[];
  /** Ids of all asks that are listed now, of machines that are up. */
  listedOfferIds(): readonly number[];
}

export interface SimServer {
  /** The API's base is `url + '/api/v0'`. */
  readonly url: string;
  readonly apiKey: string;
  /** Truth, faults and stepping; refuses calls without the token. */
  readonly controlUrl: string;
  readonly controlToken: string;
  stop(): Promise<void>;
}

export interface Sim {
  readonly seed: string;
  readonly apiKey: string;
  /** In place of the global fetch. */
  readonly fetch: typeof globalThis.fetch;
  /** Serves the same function on a loopback port; 0 takes a free one. */
  serve(options?: { readonly port?: number; readonly host?: string }): Promise<SimServer>;
  /** Brings the market to the clock's present time; every request does so by itself. */
  step(): void;
  readonly truth: SimTruth;
  /** Orders a fault: for the next requests that fit, or for a thing. */
  fail(fault: FaultName, order?: FaultOrder): void;
  /** How often each fault fired. */
  faultCounts(): Readonly<Record<FaultName, number>>;
}
