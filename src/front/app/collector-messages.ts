// What the collector's thread and its owner say to each other: plain data only.
import type { LogLevel, LogLine } from '../../base/std/index.ts';
import type { CollectorEvents as Happenings, MarketType } from '../../watch/collector/index.ts';
import type { Origin } from '../../watch/history/index.ts';

/** What is told of a poll that was stored. */
export type StoredPoll = Happenings['poll:stored'];

/** How far a sweep is that runs; told about once a second. */
export interface SweepProgress {
  readonly sinceMs: number;
  readonly searches: number;
  /** Rows of all answers so far; slices may overlap. */
  readonly rows: number;
  readonly bytes: number;
}

/** How to collect, whatever the market behind it is. */
export interface CollectSettings {
  readonly dir: string;
  readonly intervalMs: number;
  readonly filter: string;
  readonly types: readonly MarketType[];
  readonly includeUnverified: boolean;
  readonly logLevel: LogLevel;
  /** Ends after so many polls; undefined goes on. */
  readonly polls: number | undefined;
}

export interface LiveSettings extends CollectSettings {
  readonly baseUrl: string;
  /** The state store, where the rate limits are shared. */
  readonly stateUrl: string;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
  readonly origin: Origin;
  /** The search limit of a simulator that has one. */
  readonly searchesPerMinute: number | undefined;
}

export type CollectorMessage =
  | { readonly kind: 'poll'; readonly report: StoredPoll }
  | { readonly kind: 'progress'; readonly progress: SweepProgress }
  | { readonly kind: 'log'; readonly line: LogLine }
  /** Requests fail since then; the collector goes on trying. */
  | { readonly kind: 'blind'; readonly sinceMs: number; readonly reason: string }
  /** A sweep ended without an answer that can be believed, since then; nothing was stored. */
  | { readonly kind: 'unseen'; readonly sinceMs: number; readonly reason: string }
  | { readonly kind: 'seeing' }
  /** The collected past is complete; what follows keeps pace with its clock. */
  | { readonly kind: 'caught-up' }
  | { readonly kind: 'ended'; readonly error: PlainError | undefined };

/** What is known of an error on the other side: its class does not cross threads. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  /** Of the system's errors and SQLite's: `code`, `errcode`, `syscall`, `path`. */
  readonly facts: Readonly<Record<string, string | number>>;
}

/** Asks the thread to finish the store and end. */
export interface StopMessage {
  readonly kind: 'stop';
}
