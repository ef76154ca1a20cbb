// One sweep of one type while it runs: what has been asked, seen and recorded so far.
import type { Clock, Log } from '../../base/std/index.ts';
import type { OpenOffer, SliceRecord } from '../history/index.ts';
import type { Answer, Ask, AskMarket, Failure } from './answer.ts';
import { type Cap, judgeCount } from './cap.ts';
import { doubtAbout } from './doubt.ts';
import type { SweepMemory } from './memory.ts';
import { holds, type Listing, type MarketType, type SearchState, type Slice } from './slice.ts';
import { formatSlice } from './slice-query.ts';
import { createTally, type Tally } from './tally.ts';

export interface SweepContext {
  readonly ask: AskMarket;
  readonly memory: SweepMemory;
  readonly clock: Clock;
  readonly log: Log;
  /** The limit that every search asks for. */
  readonly limitRows: number;
  /** Those of the original's three searches that the filter does not contradict. */
  readonly searches: readonly SearchState[];
  readonly isFiltered: boolean;
  /** The API's names of the fields that the store keeps. */
  readonly keptFields: ReadonlySet<string>;
  /** Whether an offer can leave the filter without leaving the market. */
  readonly canLeaveFilter: boolean;
  /** What the store holds open. */
  readonly openOffers: () => readonly OpenOffer[];
  readonly onSlice: (record: SliceRecord) => void;
}

export interface Asked {
  readonly answer: Answer;
  /** Why the answer is not to be taken for whole, even if it was not cut. */
  readonly doubt: string | undefined;
}

export interface SweepRun {
  readonly type: MarketType;
  readonly signal: AbortSignal;
  readonly tally: Tally;
  readonly records: { readonly line: SliceRecord; readonly isSuperseded: boolean }[];
  /** The slices that the sweep comes down to: none of them overlaps another. */
  readonly leaves: { readonly slice: Slice; readonly isWhole: boolean }[];
  readonly fieldNames: Set<string>;
  /** What cut answers showed: whole answers about the same slice must show it too. */
  readonly sampled: Map<number, Listing>;
  /** Offers that are listed nowhere, not even outside the filter. */
  readonly absent: Set<number>;
  searchCount: number;
  replayAtMs: number | undefined;
  /** Set once asking anything more is futile; everything left is recorded as not asked. */
  blindReason: string | undefined;
  /** Whether anything failed, so that not seeing an offer says less than usual. */
  hasFailed: boolean;
  /** Unsliced searches made in this sweep to find out about the cap. */
  probeCount: number;
  /** The longest answer: no cap is lower. */
  mostRows: number;
}

export function startRun({ memory }: SweepContext, type: MarketType, signal: AbortSignal): SweepRun {
  return {
    type,
    signal,
    tally: createTally(memory.packerOf(type)),
    records: [],
    leaves: [],
    fieldNames: new Set(),
    sampled: new Map(),
    absent: new Set(),
    searchCount: 0,
    replayAtMs: undefined,
    blindReason: undefined,
    hasFailed: false,
    probeCount: 0,
    mostRows: 0,
  };
}

/** `overlaps`: the answer shows what another one shows as well, by design. */
export interface AskOptions {
  readonly overlaps: boolean;
}

/** Asks, a second time when the answer is not believable, and merges what came. */
export async function askSlice(
  context: SweepContext,
  run: SweepRun,
  ask: Ask,
  { overlaps }: AskOptions,
): Promise<Asked | Failure> {
  const first = await askOnce(context, run, ask);
  if (first.kind === 'failed') return first;
  const firstDoubt = doubtOf(context, ask, first);
  if (!firstDoubt) {
    accept(context, run, first, overlaps);
    return { answer: first, doubt: undefined };
  }
  if (first.replayAtMs !== undefined) {
    // The recording would take the repetition for the beginning of the next poll.
    accept(context, run, first, overlaps);
    return { answer: first, doubt: firstDoubt.isHarmless ? undefined : firstDoubt.reason };
  }
  context.log.warn('doubtful answer, asking once more', {
    slice: predicateOf(ask),
    reason: firstDoubt.reason,
  });
  const second = await askOnce(context, run, ask);
  if (second.kind === 'failed') {
    accept(context, run, first, overlaps);
    return { answer: first, doubt: firstDoubt.reason };
  }
  const secondDoubt = doubtOf(context, ask, second);
  if (!firstDoubt.isHarmless || secondDoubt) accept(context, run, first, true);
  accept(context, run, second, overlaps);
  if (secondDoubt?.isHarmless) context.memory.usualFields = keptFieldsOf(context, second);
  const answer = second.rows >= first.rows ? second : first;
  return { answer, doubt: secondDoubt?.isHarmless ? undefined : secondDoubt?.reason };
}

/** Asks without merging what came. */
export async function askOnce(context: SweepContext, run: SweepRun, ask: Ask): Promise<Answer | Failure> {
  const nowMs = context.clock.now();
  if (run.blindReason !== undefined) {
    const reason = `not asked: ${run.blindReason}`;
    return { kind: 'failed', reason, startedAtMs: nowMs, finishedAtMs: nowMs, isBlind: true };
  }
  const outcome = await context.ask(ask, run.signal);
  run.searchCount += 1;
  if (outcome.kind === 'failed') {
    run.hasFailed = true;
    if (outcome.isBlind) run.blindReason = outcome.reason;
  }
  return outcome;
}

function doubtOf(context: SweepContext, { slice, offerIds }: Ask, answer: Answer) {
  const { memory, limitRows, isFiltered } = context;
  const isCut = judgeCount({ rows: answer.rows, limit: limitRows, cap: memory.cap }).kind === 'capped';
  return doubtAbout({
    answer,
    expected: isCut || offerIds ? 0 : memory.census.expected(slice),
    isStale: memory.census.isStale(slice.type),
    usualFields: memory.usualFields ?? new Set(),
    isFiltered,
  });
}

function accept(context: SweepContext, run: SweepRun, answer: Answer, overlaps: boolean): void {
  run.tally.add(answer, { overlaps });
  for (const name of answer.fieldNames) run.fieldNames.add(name);
  run.replayAtMs ??= answer.replayAtMs;
  run.mostRows = Math.max(run.mostRows, answer.rows);
  const kept = keptFieldsOf(context, answer);
  context.memory.usualFields = new Set([...(context.memory.usualFields ?? []), ...kept]);
}

function keptFieldsOf({ keptFields }: SweepContext, answer: Answer): ReadonlySet<string> {
  return new Set(answer.fieldNames.filter((name) => keptFields.has(name)));
}

/** What the sweep came down to so far is seen, but others will say what is whole. */
export function supersedeAll(run: SweepRun): void {
  run.leaves.length = 0;
  run.records.splice(0, run.records.length, ...run.records.map(({ line }) => ({ line, isSuperseded: true })));
}

export type SliceEnd =
  /** Every offer of the slice was in the answer. */
  | { readonly kind: 'whole' }
  /** What the slice lacks, nobody else shows. */
  | { readonly kind: 'incomplete'; readonly reason: string }
  /** Other slices show what this one lacks, or show it as well. */
  | { readonly kind: 'superseded'; readonly reason: string };

/** Writes down how a slice ended. A failed search that others stand in for leaves no record. */
export function record(
  context: SweepContext,
  run: SweepRun,
  ask: Ask,
  outcome: Answer | Failure,
  end: SliceEnd,
): void {
  const line: SliceRecord = {
    type: run.type,
    search: ask.slice.search,
    predicate: predicateOf(ask),
    startedAtMs: outcome.startedAtMs,
    finishedAtMs: outcome.finishedAtMs,
    rows: outcome.kind === 'answer' ? outcome.rows : 0,
    bytes: outcome.kind === 'answer' ? outcome.bytes : 0,
    complete: end.kind === 'whole',
    reason: end.kind === 'whole' ? '' : end.reason,
  };
  const isSuperseded = end.kind === 'superseded';
  if (isSuperseded && outcome.kind === 'failed') return;
  run.records.push({ line, isSuperseded });
  if (!isSuperseded) run.leaves.push({ slice: ask.slice, isWhole: end.kind === 'whole' });
  context.onSlice(line);
}

/** The records as they are stored: a slice that others stand in for is complete when those are. */
export function settledRecords({ records, leaves }: SweepRun): readonly SliceRecord[] {
  const isWhole = leaves.length > 0 && leaves.every((leaf) => leaf.isWhole);
  return records.map(({ line, isSuperseded }) =>
    isSuperseded && isWhole ? { ...line, complete: true, reason: '' } : line,
  );
}

/** How a slice ends whose answer was not cut. */
export function endOf(doubt: string | undefined): SliceEnd {
  return doubt === undefined ? { kind: 'whole' } : { kind: 'incomplete', reason: doubt };
}

export function cutReason({ rows, isExact }: Cap): string {
  return `capped at ${isExact ? '' : 'about '}${rows}`;
}

/** Remembers what a cut answer showed. */
export function remember(run: SweepRun, answer: Answer): void {
  for (const { offerId } of answer.observations) {
    const listing = run.tally.listings.get(offerId);
    if (listing) run.sampled.set(offerId, listing);
  }
}

/** Everything known of the type now: this sweep's view before the last one's. */
export function knownNow(context: SweepContext, run: SweepRun): readonly Listing[] {
  const { listings } = run.tally;
  const older = context.memory.census.known(run.type).filter(({ offerId }) => !listings.has(offerId));
  return [...listings.values(), ...older];
}

/**
 * Whether an answer that looks whole misses what cut answers of this sweep showed of its slice: then it
 * was cut as well. A few may really have gone since.
 */
export function isContradicted(run: SweepRun, slice: Slice, answer: Answer): boolean {
  const shown = new Set(answer.observations.map(({ offerId }) => offerId));
  let held = 0;
  let lost = 0;
  for (const listing of run.sampled.values()) {
    if (!holds(slice, listing)) continue;
    held += 1;
    if (!shown.has(listing.offerId)) lost += 1;
  }
  return lost >= 3 && lost > 0.4 * held;
}

function predicateOf({ slice, offerIds }: Ask): string {
  // Without the ids, which are new every time: the store keeps each predicate once.
  return offerIds ? 'ask_contract_id in [...]' : formatSlice(slice);
}
