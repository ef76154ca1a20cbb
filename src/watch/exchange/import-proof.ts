// The proof that nothing was lost: the source is read once more, and each poll's rows are counted and hashed
// against what `offers_raw` gives back, in both directions.
import type { Clock } from '../../base/std/index.ts';
import { formatIso } from '../../base/std/index.ts';
import type { MarketReader } from '../history/index.ts';
import { ImportProofError } from './errors.ts';
import { countProgress, type Progress } from './progress.ts';
import { RowDigest } from './row-digest.ts';
import { literal } from './source/duckdb-session.ts';
import { type MarketSource, type PlannedPoll, windowsOf } from './source/market-source.ts';
import { RefusalList, type SourcePoll } from './source/poll-rows.ts';
import { parseRawRow, type RawObservation } from './source/raw-row.ts';
import { openStoredRows, type StoredRows } from './stored-rows.ts';

/** Rows compared at once. */
const WINDOW_ROWS = 500_000;

export interface ImportProof {
  readonly polls: number;
  /** Rows of the source, duplicates and refused ones not counted; the store gives back as many. */
  readonly rows: number;
  /** Sum of all rows' hashes, 16 hexadecimal digits: the same on both sides. */
  readonly digest: string;
}

export interface ProofOptions {
  readonly source: MarketSource;
  readonly reader: MarketReader;
  readonly dir: string;
  readonly clock: Clock;
  readonly onProgress?: ((progress: Progress<'proving'>) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ProofResult {
  readonly proof: ImportProof;
  readonly duplicates: number;
  readonly refusals: RefusalList;
}

/** Throws ImportProofError naming the first poll that differs. */
export async function proveImport(options: ProofOptions): Promise<ProofResult> {
  const { source, reader, clock, signal } = options;
  const refusals = new RefusalList();
  source.refuseUnplanned(refusals);
  const total = new RowDigest();
  let polls = 0;
  let duplicates = 0;
  const progress = countProgress({
    clock,
    onProgress: options.onProgress,
    stage: 'proving',
    pollsTotal: source.plan.length,
    rowsTotal: source.plan.reduce((sum, poll) => sum + poll.rows, 0),
  });
  const stored = await openStoredRows(reader.connection);
  let afterMs: number | undefined;
  for (const window of windowsOf(source.plan, WINDOW_ROWS)) {
    const digests = await storedDigests(stored, { afterMs, window });
    for await (const poll of source.read(window, refusals)) {
      signal?.throwIfAborted();
      progress.advance(1, poll.observations.length);
      duplicates += poll.duplicates;
      if (poll.observations.length === 0) continue;
      const iso = formatIso(poll.tsMs);
      const expected = digestOf(poll.observations);
      const found = digests.get(iso) ?? new RowDigest();
      digests.delete(iso);
      if (!expected.equals(found)) throw await describeDifference(options, stored, poll);
      total.addDigest(expected);
      polls += 1;
    }
    const [extra] = [...digests.entries()].filter(([, digest]) => digest.rows > 0);
    if (extra) {
      throw new ImportProofError(
        extra[0],
        `The store ${options.dir} holds ${extra[1].rows} rows of poll ${extra[0]}, which ${source.path} does not have; import the file into a new store`,
      );
    }
    afterMs = window.at(-1)?.tsMs;
  }
  progress.finish();
  return { proof: { polls, rows: total.rows, digest: total.toString() }, duplicates, refusals };
}

interface ProofWindow {
  /** The last poll of the window before; undefined at the first, which begins at its own first poll. */
  readonly afterMs: number | undefined;
  readonly window: readonly PlannedPoll[];
}

async function storedDigests(
  stored: StoredRows,
  { afterMs, window }: ProofWindow,
): Promise<Map<string, RowDigest>> {
  const digests = new Map<string, RowDigest>();
  const from = afterMs === undefined ? `ts >= ${time(window[0]?.tsMs)}` : `ts > ${time(afterMs)}`;
  const until = `ts <= ${time(window.at(-1)?.tsMs)}`;
  for await (const rows of stored.stream(`WHERE ${from} AND ${until}`)) {
    for (const [ts, ...values] of rows) {
      const key = String(ts);
      let digest = digests.get(key);
      if (!digest) {
        digest = new RowDigest();
        digests.set(key, digest);
      }
      const row = parseRawRow(values);
      if (typeof row === 'string') {
        throw new ImportProofError(
          key,
          `The store gives back a row of poll ${key} that it cannot have taken: ${row}`,
        );
      }
      digest.add(row);
    }
  }
  return digests;
}

function time(tsMs: number | undefined): string {
  return literal(formatIso(tsMs ?? 0));
}

function digestOf(rows: readonly RawObservation[]): RowDigest {
  const digest = new RowDigest();
  for (const row of rows) digest.add(row);
  return digest;
}

/** Names the poll, and the first row that differs, for the person who has to find out why. */
async function describeDifference(
  { source, dir }: ProofOptions,
  stored: StoredRows,
  { tsMs, observations: expected }: SourcePoll,
): Promise<ImportProofError> {
  const iso = formatIso(tsMs);
  const left = new Map<string, number>();
  for (const row of expected) left.set(JSON.stringify(row), (left.get(JSON.stringify(row)) ?? 0) + 1);
  let extra: string | undefined;
  let found = 0;
  for await (const rows of stored.stream(`WHERE ts = ${literal(iso)}`)) {
    for (const [, ...values] of rows) {
      const key = JSON.stringify(parseRawRow(values));
      found += 1;
      const count = left.get(key) ?? 0;
      if (count === 0) extra ??= key;
      else if (count === 1) left.delete(key);
      else left.set(key, count - 1);
    }
  }
  const [missing] = left.keys();
  const rows = [
    ...(missing === undefined ? [] : [`the source has ${missing}`]),
    ...(extra === undefined ? [] : [`the store has ${extra}`]),
  ];
  return new ImportProofError(
    iso,
    `Poll ${iso} differs: ${source.path} has ${expected.length} rows, ${dir} gives back ${found} (${rows.join('; ')}); import the file into a new store and keep the original`,
  );
}
