// What a collector is given, gives back and tells.
import type { Clock, Events, Log, Random, Running } from '../../base/std/index.ts';
import type { OfferQuery, VastClient } from '../../net/vast/index.ts';
import type { AppendResult, MarketWriter, SliceRecord } from '../history/index.ts';
import type { Cap } from './cap.ts';
import type { Blindness } from './far-end.ts';
import type { MarketType } from './slice.ts';

export interface CollectorDeps {
  readonly client: Pick<VastClient, 'offers'>;
  readonly writer: Pick<
    MarketWriter,
    'append' | 'lastPoll' | 'maintain' | 'note' | 'openOffers' | 'origin' | 'recordFields'
  >;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface CollectorOptions {
  /** From the beginning of one poll to that of the next, unless a sweep takes longer; default 360,000. */
  readonly intervalMs?: number | undefined;
  /** Default both. */
  readonly types?: readonly MarketType[] | undefined;
  /** Limits what is collected; query text or a query. Its type, order, limit and storage are not used. */
  readonly filter?: string | OfferQuery | undefined;
  /** Default true; false collects verified offers only. */
  readonly includeUnverified?: boolean | undefined;
  /**
   * GB of storage that are priced into every offer. By default none is asked for: the service then prices 8.
   * Asked for, offers with less disk are not shown. Keep one value for a store, or its prices do not compare.
   */
  readonly allocatedStorageGb?: number | undefined;
  /** Asked of every search, so that the service's cap and not its default decides; default 100,000. */
  readonly limitRows?: number | undefined;
  /** When `start` lets the store make its Parquet files; default after each poll. `none`: the caller does. */
  readonly maintenance?: 'after-poll' | 'none' | undefined;
}

export interface TypeReport {
  readonly type: MarketType;
  readonly rows: number;
  /** Slices that the sweep came down to, and how many of them came whole. */
  readonly slices: number;
  readonly wholeSlices: number;
  readonly searches: number;
}

/** What is told of every poll, stored or not. */
export interface SweepReport {
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** Searches that were answered or given up, repetitions of the API client not counted. */
  readonly searches: number;
  readonly bytes: number;
  readonly types: readonly TypeReport[];
  /** The cap in force; undefined while answers come whole. */
  readonly cap: Cap | undefined;
}

export type PollReport =
  | (SweepReport &
      AppendResult & {
        readonly kind: 'stored';
        readonly tsMs: number;
        /** Whether every slice came whole. */
        readonly complete: boolean;
        /** Why slices did not, each reason once. */
        readonly reasons: readonly string[];
        readonly duplicates: number;
      })
  /** Nothing was seen that can be believed, so nothing was stored. */
  | (SweepReport & { readonly kind: 'unseen'; readonly reason: string; readonly sinceMs: number })
  /** The recording that is served again holds nothing newer than the store. */
  | (SweepReport & { readonly kind: 'replay-ended' });

export interface CollectorEvents {
  'poll:stored': Extract<PollReport, { kind: 'stored' }>;
  /** A sweep without a single answer that can be believed; nothing is stored. */
  'poll:unseen': Blindness;
  'slice:done': SliceRecord;
  /** Searches fail since then, or polls cannot be stored: the disk is full. */
  'collector:blind': Blindness;
  /** They succeed again. */
  'collector:seeing': Blindness & { readonly untilMs: number };
  /** The poll is stored and all that follows it is done; nothing happens before the next one. */
  'collector:resting': { readonly nextPollAtMs: number };
  'field:new': { readonly name: string };
  'field:vanished': { readonly name: string };
}

export type CollectorStatus = {
  /** Stored polls of this collector. */
  readonly polls: number;
  readonly last: Extract<PollReport, { kind: 'stored' }> | undefined;
  readonly blind: Blindness | undefined;
  readonly cap: Cap | undefined;
  readonly allocatedStorageGb: number;
  /** The filter as it is stored. */
  readonly filter: string;
} & (
  | { readonly state: 'idle' }
  | { readonly state: 'sweeping'; readonly sinceMs: number; readonly searches: number }
  | { readonly state: 'waiting'; readonly sinceMs: number; readonly nextPollAtMs: number }
);

export interface StartOptions {
  /** Ends by itself after so many stored polls; default never. */
  readonly polls?: number | undefined;
}

export interface Collector {
  /**
   * One complete sweep, stored as one poll. Throws UnauthorizedError, InvalidRequestError before the first
   * success, the store's errors, and the signal's reason; then nothing of the poll is stored.
   */
  pollOnce(signal: AbortSignal): Promise<PollReport>;
  /**
   * Polls until stopped; `done` rejects with what `pollOnce` throws. A full disk is waited for, and told of as
   * blindness; whoever asked for so many polls gets StoreFullError after `MOST_FULL_TRIES`.
   */
  start(options?: StartOptions): Running;
  readonly events: Events<CollectorEvents>;
  status(): CollectorStatus;
}
