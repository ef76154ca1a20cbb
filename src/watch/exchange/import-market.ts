// Brings a file of somebody else's polls into a market store, poll by poll in the order of time. What is done
// is what the store's journal holds, so an import that was killed at any instant goes on after its last poll.
import { basename } from 'node:path';
import { type Clock, formatIso, type Log } from '../../base/std/index.ts';
import {
  type MarketWriter,
  type Observation,
  type Origin,
  openMarketReader,
  openMarketWriter,
} from '../history/index.ts';
import { ImportSourceError } from './errors.ts';
import { placeError } from './import-place.ts';
import { type ImportProof, proveImport } from './import-proof.ts';
import { countProgress, type Progress } from './progress.ts';
import type { MarketSource, PlannedPoll, SourceKind } from './source/market-source.ts';
import { openMarketSource, removeSpool } from './source/open-source.ts';
import { RefusalList, type RefusedRow, type SourcePoll } from './source/poll-rows.ts';
import type { RawColumn, RawObservation } from './source/raw-row.ts';

/** VastWatch's own default, for a file of a single poll. */
const DEFAULT_INTERVAL_MS = 360_000;

/** Upkeep (sealing, roll-ups) is offered to the store after so many polls; about half a day of them. */
const POLLS_BETWEEN_UPKEEP = 120;

export type ImportStage = 'importing' | 'proving';

export interface ImportOptions {
  /** A Parquet or CSV file (gzipped or not), or a VastWatch SQLite or DuckDB file. It is only read. */
  readonly source: string;
  /** The store's folder; made when absent. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * What the store says its polls come from; default an import of the source's name, or the simulation that the source
   * is marked with, which can be nothing else.
   */
  readonly origin?: Origin;
  readonly onProgress?: (progress: Progress<ImportStage>) => void;
  /** Stops between two polls; the next import goes on from there. */
  readonly signal?: AbortSignal;
}

export interface ImportResult {
  readonly source: string;
  readonly kind: SourceKind;
  readonly dir: string;
  readonly origin: Origin;
  /** Median time between polls. */
  readonly intervalMs: number;
  readonly firstPoll: string;
  readonly lastPoll: string;
  /** Polls that this call wrote; the others of the source were there before. */
  readonly pollsImported: number;
  readonly rowsImported: number;
  /** Rows that a later row of the same poll, offer and type replaced: the one thing that is not kept. */
  readonly duplicates: number;
  readonly rowsRefused: number;
  /** The first of them. */
  readonly refused: readonly RefusedRow[];
  /** Columns of the original that the source lacks; null in the store. */
  readonly missingColumns: readonly RawColumn[];
  readonly proof: ImportProof;
}

/**
 * Imports all polls after the store's last one, then proves the store equal to the source. Throws
 * ImportSourceError (the file), ImportProofError (a poll differs), the store's own errors (held, other origin,
 * damaged), or the signal's reason.
 */
export async function importMarket(options: ImportOptions): Promise<ImportResult> {
  const { dir, clock, signal } = options;
  const spoolDir = `${dir}.import-spool`;
  let done = false;
  try {
    await using source = await openMarketSource({ path: options.source, spoolDir });
    const first = source.plan[0];
    const last = source.plan.at(-1);
    if (!first || !last) throw new ImportSourceError(options.source, emptySentence(source));
    const origin = originOf(source, options);
    const intervalMs = medianGapMs(source.plan);
    const written = await writePolls(options, source, { origin, intervalMs });
    await using reader = await openMarketReader({ dir, clock, log: options.log });
    const { proof, duplicates, refusals } = await proveImport({
      source,
      reader,
      dir,
      clock,
      onProgress: options.onProgress,
      signal,
    });
    done = true;
    return {
      source: options.source,
      kind: source.kind,
      dir,
      origin,
      intervalMs,
      firstPoll: formatIso(first.tsMs),
      lastPoll: formatIso(last.tsMs),
      pollsImported: written.polls,
      rowsImported: written.rows,
      duplicates,
      rowsRefused: refusals.count,
      refused: refusals.named,
      missingColumns: source.missingColumns,
      proof,
    };
  } catch (error) {
    throw placeError(dir, error);
  } finally {
    // An interrupted import finds its spool again; one that failed for good would only fill the disk with it.
    if (done || !signal?.aborted) removeSpool(spoolDir);
  }
}

/** Throws ImportSourceError when a made-up market is to be taken for another. */
function originOf({ path, simulatedSeed: seed }: MarketSource, options: ImportOptions): Origin {
  const { origin } = options;
  if (seed === undefined) return origin ?? { kind: 'import', name: basename(options.source) };
  if (origin && !(origin.kind === 'simulated' && origin.seed === seed)) {
    throw new ImportSourceError(
      path,
      `${path} holds a simulated market (seed ${seed}), which cannot be imported as ${origin.kind}; import it without --live, into a store of its own`,
    );
  }
  return { kind: 'simulated', seed };
}

interface Written {
  readonly polls: number;
  readonly rows: number;
}

async function writePolls(
  options: ImportOptions,
  source: MarketSource,
  { origin, intervalMs }: { readonly origin: Origin; readonly intervalMs: number },
): Promise<Written> {
  const { dir, clock, log } = options;
  const writer = await openMarketWriter({ dir, origin, holder: 'vastdeck market import', clock, log });
  let written: Written;
  try {
    written = await appendNew(options, source, { writer, intervalMs });
  } catch (error) {
    // On a full disk closing fails too, for want of room for the snapshot; why it began is what must be told.
    await writer.close().catch(() => {});
    throw error;
  }
  await writer.close();
  return written;
}

async function appendNew(
  { clock, onProgress, signal }: ImportOptions,
  source: MarketSource,
  { writer, intervalMs }: { readonly writer: MarketWriter; readonly intervalMs: number },
): Promise<Written> {
  const lastMs = writer.lastPoll()?.tsMs ?? Number.NEGATIVE_INFINITY;
  const left = source.plan.filter((poll) => poll.tsMs > lastMs);
  const progress = countProgress({
    clock,
    onProgress,
    stage: 'importing',
    pollsTotal: left.length,
    rowsTotal: left.reduce((sum, poll) => sum + poll.rows, 0),
  });
  let polls = 0;
  let rows = 0;
  // Refused rows are reported by the proof, which sees the polls of earlier, interrupted calls too.
  for await (const poll of source.read(left, new RefusalList())) {
    signal?.throwIfAborted();
    progress.advance(1, poll.observations.length + poll.duplicates);
    // A poll of which every row was refused says nothing; written, it would make the whole market vanish.
    if (poll.observations.length === 0) continue;
    appendPoll(writer, poll, intervalMs);
    polls += 1;
    rows += poll.observations.length;
    if (polls % POLLS_BETWEEN_UPKEEP === 0) await writer.maintain();
  }
  progress.finish();
  return { polls, rows };
}

function appendPoll(writer: MarketWriter, poll: SourcePoll, intervalMs: number): void {
  const { tsMs, observations, duplicates } = poll;
  writer.append({
    tsMs,
    filter: '',
    intervalMs,
    slices: [
      {
        type: 'any',
        search: 'any',
        predicate: '',
        startedAtMs: tsMs,
        finishedAtMs: tsMs,
        rows: observations.length,
        bytes: 0,
        complete: true,
        reason: '',
      },
    ],
    observations: observations.map(withoutRest),
    duplicates,
    // VastWatch asked for the whole market each time: what it did not see was not listed. Two polls in a row
    // must say so before an offer counts as gone, as for our own polls.
    covers: () => true,
  });
}

/** What VastWatch did not keep is unknown. */
const REST: Omit<Observation, keyof RawObservation> = {
  hostId: null,
  gpuIds: null,
  bundleId: null,
  dphBase: null,
  minBid: null,
  reservedPrice: null,
  storageCost: null,
  inetUpCost: null,
  inetDownCost: null,
  gpuRamMb: null,
  diskSpaceGb: null,
  cpuName: null,
  cpuCores: null,
  cpuRamMb: null,
  dlperf: null,
  totalFlops: null,
  cudaMax: null,
  computeCap: null,
  driver: null,
  hostingType: null,
  staticIp: null,
  directPortCount: null,
  endDate: null,
};

function withoutRest(row: RawObservation): Observation {
  return { ...row, ...REST };
}

/** The median of the times between polls, which holes of hours or days do not move. */
export function medianGapMs(plan: readonly Pick<PlannedPoll, 'tsMs'>[]): number {
  const gaps = plan.slice(1).map((poll, i) => poll.tsMs - (plan[i]?.tsMs ?? 0));
  gaps.sort((a, b) => a - b);
  const middle = gaps.length >> 1;
  if (gaps.length === 0) return DEFAULT_INTERVAL_MS;
  const upper = gaps[middle] as number;
  return gaps.length % 2 === 1 ? upper : Math.round(((gaps[middle - 1] as number) + upper) / 2);
}

function emptySentence(source: MarketSource): string {
  const refusals = new RefusalList();
  source.refuseUnplanned(refusals);
  const [first] = refusals.named;
  return first === undefined
    ? `${source.path} has no rows; there is nothing to import`
    : `${source.path} has no row with a readable time (${first.where}: ${first.reason}); times look like 2025-09-01T00:00:00Z`;
}
