// The manifest says which Parquet files make up a store. It is replaced as a whole, so that a file is part of
// the store from one instant on; a file it does not name is the leftover of a crash.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CorruptStoreError, NewerStoreError } from '../journal/errors.ts';
import { translateFault } from '../journal/sqlite-faults.ts';
import { replaceFile } from './durable-file.ts';

export const MANIFEST_FORMAT = 1;
export const MANIFEST_NAME = 'manifest.json';

export interface DataFile {
  /** Relative to its folder. */
  readonly name: string;
  readonly bytes: number;
  readonly rows: number;
  readonly sha256: string;
}

export interface PollRange {
  /** Relative to the store. */
  readonly folder: string;
  readonly firstPoll: number;
  readonly lastPoll: number;
  readonly firstTsMs: number;
  readonly lastTsMs: number;
  /** Offers seen, summed over the polls. */
  readonly observations: number;
  readonly files: readonly DataFile[];
}

export interface Segment extends PollRange {
  readonly sealedAtMs: number;
}

export interface Snapshot extends PollRange {
  readonly writtenAtMs: number;
}

/** `gpu` is `daily` over all locations, whose quantiles nobody can tell from those of each. */
export const ROLLUP_KINDS = ['daily', 'gpu', 'hourly'] as const;
export type RollupKind = (typeof ROLLUP_KINDS)[number];

/** The roll-ups of one UTC month, up to its last finished day. */
export interface Rollup {
  readonly kind: RollupKind;
  /** `2026-11`. */
  readonly month: string;
  /** The last finished UTC day in it, `2026-11-20`. */
  readonly lastDay: string;
  readonly lastPoll: number;
  readonly file: DataFile;
}

export interface Retired {
  /** Relative to the store: a folder or a file. */
  readonly path: string;
  readonly generation: number;
  readonly atMs: number;
}

export interface Manifest {
  readonly format: number;
  /** Counts replacements; a reader notices by it that it holds an old one. */
  readonly generation: number;
  readonly segments: readonly Segment[];
  readonly open: Snapshot | null;
  readonly rollups: readonly Rollup[];
  /** Replaced files that readers of older manifests may still be reading. */
  readonly retired: readonly Retired[];
}

export const ROLLUP_FOLDER = 'rollups';

export const EMPTY_MANIFEST: Manifest = {
  format: MANIFEST_FORMAT,
  generation: 0,
  segments: [],
  open: null,
  rollups: [],
  retired: [],
};

/**
 * Returns the store's manifest; the empty one where none was written yet. Throws CorruptStoreError for one
 * that cannot be understood, NewerStoreError for one of a later version.
 */
export function readManifest(dir: string): Manifest {
  const path = join(dir, MANIFEST_NAME);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return EMPTY_MANIFEST;
    throw code === 'EISDIR' ? corrupt(dir, message, error) : translateFault(error, dir);
  }
  let value: Partial<Manifest> | null;
  try {
    value = JSON.parse(text) as Partial<Manifest> | null;
  } catch (cause) {
    throw corrupt(dir, `its ${text.length} characters are not JSON`, cause);
  }
  if (typeof value?.format === 'number' && value.format > MANIFEST_FORMAT) {
    throw new NewerStoreError(dir, { found: value.format, supported: MANIFEST_FORMAT });
  }
  const fault = findFault(value);
  if (fault) throw corrupt(dir, fault);
  return value as Manifest;
}

/** Makes `next` the store's manifest. Everything that it names must have been flushed before. */
export function replaceManifest(dir: string, next: Manifest): void {
  replaceFile(join(dir, MANIFEST_NAME), `${JSON.stringify(next, null, 1)}\n`);
}

/** The last poll that sealed segments cover; 0 when there are none. */
export function sealedThrough(manifest: Manifest): number {
  return manifest.segments.at(-1)?.lastPoll ?? 0;
}

/** The last poll that Parquet files cover, sealed or open; 0 when there are none. */
export function writtenThrough(manifest: Manifest): number {
  return manifest.open?.lastPoll ?? sealedThrough(manifest);
}

/** Every path of the store that the manifest names, relative to the store. */
export function namedPaths(manifest: Manifest): readonly string[] {
  return [
    ...manifest.segments.map(({ folder }) => folder),
    ...(manifest.open ? [manifest.open.folder] : []),
    ...manifest.rollups.map(({ file }) => `${ROLLUP_FOLDER}/${file.name}`),
    ...manifest.retired.map(({ path }) => path),
  ];
}

// The files come from a disk, so they are checked by hand: a schema library would cost each start 50 ms.
function findFault(value: Partial<Manifest> | null): string | undefined {
  if (value === null || typeof value !== 'object') return 'it is not an object';
  if (value.format !== MANIFEST_FORMAT) return `its format is ${JSON.stringify(value.format)}`;
  if (!isCount(value.generation)) return 'its generation is not a number';
  if (!Array.isArray(value.segments)) return 'it has no list of segments';
  if (!Array.isArray(value.rollups)) return 'it has no list of roll-ups';
  if (!Array.isArray(value.retired)) return 'it has no list of retired files';
  if (value.open === undefined) return 'it does not say which snapshot is open';
  const ranges = [...value.segments, ...(value.open ? [value.open] : [])] as readonly PollRange[];
  let expected = 1;
  for (const range of ranges) {
    const fault = findRangeFault(range, expected);
    if (fault) return fault;
    expected = range.lastPoll + 1;
  }
  const isListed =
    value.rollups.every((rollup) => isDataFile(rollup?.file) && ROLLUP_KINDS.includes(rollup.kind)) &&
    value.retired.every((entry) => /^(segments|open|rollups)\/[\w.-]+$/.test(entry?.path));
  return isListed ? undefined : 'its list of roll-ups or of retired files is incomplete';
}

function findRangeFault(range: PollRange, expected: number): string | undefined {
  if (typeof range?.folder !== 'string' || !/^(segments|open)\/[\w.-]+$/.test(range.folder)) {
    return `${JSON.stringify(range?.folder)} is not a folder of the store`;
  }
  if (range.firstPoll !== expected || !isCount(range.lastPoll) || range.lastPoll < range.firstPoll) {
    return `${range.folder} holds polls ${range.firstPoll} to ${range.lastPoll} where poll ${expected} should follow`;
  }
  const isWhole = isCount(range.observations) && Array.isArray(range.files) && range.files.every(isDataFile);
  return isWhole ? undefined : `the list of files of ${range.folder} is incomplete`;
}

function isDataFile(file: DataFile | undefined): boolean {
  return /^[\w-]+\.parquet$/.test(file?.name ?? '') && isCount(file?.bytes) && isCount(file?.rows);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function corrupt(dir: string, why: string, cause?: unknown): CorruptStoreError {
  return new CorruptStoreError(dir, `its ${MANIFEST_NAME} cannot be understood (${why})`, { cause });
}
