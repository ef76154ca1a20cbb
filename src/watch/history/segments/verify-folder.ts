// Proves a folder of Parquet files by reading it: files as the manifest lists them, polls dense, every poll's rows
// and hash as they were when it was appended.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { FACET_NAMES, type FacetName } from '../journal/schema.ts';
import { comparePolls, type StoredPoll } from './compare-polls.ts';
import { quote } from './duckdb-session.ts';
import { digestFile } from './file-digest.ts';
import type { PollRange } from './manifest.ts';
import { decodedColumns, keyColumn } from './parquet-layout.ts';
import { sweepSpans } from './span-sweep.ts';

/** Files that every folder has, whatever else it has. */
const REQUIRED_FILES: readonly string[] = [
  ...FACET_NAMES.map((name) => `${name}.parquet`),
  'polls.parquet',
  'slices.parquet',
];

export interface VerifyFolderOptions {
  readonly connection: DuckDBConnection;
  readonly dir: string;
  readonly range: PollRange;
}

export interface VerifyResult {
  /** A sentence each; empty when all is well. */
  readonly faults: readonly string[];
  readonly polls: number;
  readonly observations: number;
  readonly spans: number;
}

export async function verifyFolder({ connection, dir, range }: VerifyFolderOptions): Promise<VerifyResult> {
  const missing = [...findFileFaults(dir, range), ...findDigestFaults(dir, range)];
  if (missing.length > 0) return { faults: missing, polls: 0, observations: 0, spans: 0 };
  const read = (name: string) => `read_parquet(${quote(join(dir, range.folder, name))})`;
  try {
    const stored = await readPolls(connection, `FROM ${read('polls.parquet')} ORDER BY poll`);
    const { sums, faults, spans } = await sweepSpans({
      connection,
      spans: (facet) => spansQuery(range, facet, read),
      firstPoll: range.firstPoll,
      lastPoll: range.lastPoll,
    });
    const { firstPoll, lastPoll } = range;
    const differences = comparePolls({ stored, computed: sums.totals(), firstPoll, lastPoll });
    const observations = stored.reduce((sum, poll) => sum + poll.n, 0);
    const all = [...differences, ...faults].map((fault) => `${range.folder}: ${fault}`);
    return { faults: all, polls: stored.length, observations, spans };
  } catch (error) {
    // A damaged file shows as whatever the decoder trips over; the sentence is all there is to say about it.
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    return { faults: [`${range.folder} cannot be read: ${reason}`], polls: 0, observations: 0, spans: 0 };
  }
}

/** Files whose content is not what was written. Missing ones are another fault. */
export function findDigestFaults(
  dir: string,
  { folder, files }: Pick<PollRange, 'folder' | 'files'>,
): string[] {
  return files
    .filter(({ name }) => existsSync(join(dir, folder, name)))
    .filter(({ name, sha256 }) => digestFile(join(dir, folder, name)) !== sha256)
    .map(({ name }) => `${folder}/${name} is not as it was written (its SHA-256 differs)`);
}

/** Files that the manifest lists and the disk does not have as listed. */
export function findFileFaults(dir: string, range: PollRange): string[] {
  const unlisted = REQUIRED_FILES.find((name) => !range.files.some((file) => file.name === name));
  if (unlisted) return [`${range.folder}/${unlisted} is not listed in the manifest`];
  return findFileSizeFaults(dir, range);
}

export function findFileSizeFaults(
  dir: string,
  { folder, files }: Pick<PollRange, 'folder' | 'files'>,
): string[] {
  return files.flatMap(({ name, bytes }) => {
    const found = statSync(join(dir, folder, name), { throwIfNoEntry: false })?.size;
    if (found === undefined) return [`${folder}/${name} is not there`];
    return found === bytes ? [] : [`${folder}/${name} has ${found} bytes, and ${bytes} were written`];
  });
}

function spansQuery(range: PollRange, facet: FacetName, read: (name: string) => string): string {
  const names = [`${facet}.parquet`, `${facet}-open.parquet`].filter((name) =>
    range.files.some((file) => file.name === name),
  );
  const [only, ...more] = names.map((name) => `SELECT ${decodedColumns(facet)} FROM ${read(name)}`);
  // One file is taken in the order in which it lies there, so that its order is proven too.
  if (only && more.length === 0) return only;
  return `FROM (${[only, ...more].join(' UNION ALL ')}) ORDER BY ${keyColumn(facet)}, f`;
}

export async function readPolls(connection: DuckDBConnection, query: string): Promise<readonly StoredPoll[]> {
  const result = await connection.runAndReadAll(`SELECT poll, n, hash FROM (${query})`);
  return result
    .getRows()
    .map(([poll, n, hash]) => ({ poll: Number(poll), n: Number(n), hash: String(hash) }));
}
