// The manifest says which Parquet files make up a store. It is replaced as a whole, so that a file is part of
// the store from one instant on; a file it does not name is the leftover of a crash.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { CorruptStoreError, NewerStoreError } from '../journal/errors.ts';
import { replaceFile } from './durable-file.ts';

export const MANIFEST_FORMAT = 1;
export const MANIFEST_NAME = 'manifest.json';

const count = z.int().nonnegative();

const dataFile = z.object({
  /** Relative to its folder. */
  name: z.string().regex(/^[\w.-]+\.parquet$/),
  bytes: count,
  rows: count,
});

const pollRange = {
  /** Relative to the store. */
  folder: z.string().regex(/^(segments|open|rollups)\/[\w./-]+$/),
  firstPoll: z.int().positive(),
  lastPoll: count,
  firstTsMs: z.int(),
  lastTsMs: z.int(),
  /** Offers seen, summed over the polls. */
  observations: count,
  files: z.array(dataFile),
};

const segment = z.object({ ...pollRange, sealedAtMs: z.int() });
const snapshot = z.object({ ...pollRange, writtenAtMs: z.int() });
const rollup = z.object({
  kind: z.enum(['daily', 'hourly']),
  /** The UTC month it covers, `2026-11`, up to `lastPoll`. */
  month: z.string().regex(/^\d{4}-\d{2}$/),
  folder: z.string().regex(/^rollups$/),
  file: dataFile,
  lastPoll: count,
  /** The last finished UTC day in it, `2026-11-20`. */
  lastDay: z.string(),
});

const manifestSchema = z.object({
  format: z.literal(MANIFEST_FORMAT),
  /** Counts replacements; a reader notices by it that it holds an old one. */
  generation: count,
  segments: z.array(segment),
  open: snapshot.nullable(),
  rollups: z.array(rollup),
  /** Replaced files that readers of older manifests may still be reading. */
  retired: z.array(z.object({ path: z.string(), generation: count, atMs: z.int() })),
});

export type DataFile = Readonly<z.infer<typeof dataFile>>;
export type Segment = Readonly<z.infer<typeof segment>>;
export type Snapshot = Readonly<z.infer<typeof snapshot>>;
export type Rollup = Readonly<z.infer<typeof rollup>>;
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

export const EMPTY_MANIFEST: Manifest = {
  format: MANIFEST_FORMAT,
  generation: 0,
  segments: [],
  open: null,
  rollups: [],
  retired: [],
};

/**
 * Returns the store's manifest; the empty one for a store that has sealed and snapshot nothing yet. Throws
 * CorruptStoreError for one that cannot be read, NewerStoreError for one of a later version.
 */
export function readManifest(dir: string): Manifest {
  const path = join(dir, MANIFEST_NAME);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY_MANIFEST;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw corrupt(path, `it is not JSON (${text.length} characters)`, cause);
  }
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > MANIFEST_FORMAT) throw new NewerStoreError(dir, format, MANIFEST_FORMAT);
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw corrupt(path, `${issue?.path.join('.') || 'its root'}: ${issue?.message ?? 'not a manifest'}`, parsed.error);
  }
  checkRanges(path, parsed.data);
  return parsed.data;
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

function checkRanges(path: string, manifest: Manifest): void {
  let expected = 1;
  for (const part of [...manifest.segments, ...(manifest.open ? [manifest.open] : [])]) {
    if (part.firstPoll !== expected || part.lastPoll < part.firstPoll) {
      throw corrupt(path, `${part.folder} begins at poll ${part.firstPoll} where poll ${expected} should follow`);
    }
    expected = part.lastPoll + 1;
  }
}

function corrupt(path: string, why: string, cause?: unknown): CorruptStoreError {
  return new CorruptStoreError(
    `The manifest ${path} is damaged: ${why}; restore the file from a backup, the data files beside it are untouched`,
    { cause },
  );
}
