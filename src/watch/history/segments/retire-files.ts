// Files leave the store in two steps, since readers of an older manifest may be reading them: first the manifest
// stops naming them, and later they are deleted. What no manifest names is a crash's leftover.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Log } from '../../../base/std/index.ts';
import { UNFINISHED_SUFFIX } from './durable-file.ts';
import { type Manifest, namedPaths, type Retired, ROLLUP_FOLDER, replaceManifest } from './manifest.ts';

/** Longer than any report takes. */
export const RETIRED_GRACE_MS = 5 * 60_000;
/** An importer that takes snapshots in quick succession does not fill the disk with them. */
const RETIRED_KEPT = 8;

export interface ReplaceOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly current: Manifest;
  readonly next: Partial<Pick<Manifest, 'segments' | 'open' | 'rollups'>>;
}

/** Makes the next manifest the store's, retires what it no longer names, and deletes what was retired long ago. */
export function advanceManifest({ dir, clock, current, next }: ReplaceOptions): Manifest {
  const generation = current.generation + 1;
  const kept = { ...current, ...next };
  const named = new Set(namedPaths({ ...kept, retired: [] }));
  const atMs = clock.now();
  const justRetired: Retired[] = namedPaths({ ...current, retired: [] })
    .filter((path) => !named.has(path))
    .map((path) => ({ path, generation, atMs }));
  const retired = [...current.retired, ...justRetired];
  const expired = retired.filter(
    (entry, index) =>
      index < retired.length - RETIRED_KEPT ||
      (entry.generation < generation && Math.abs(atMs - entry.atMs) > RETIRED_GRACE_MS),
  );
  const manifest: Manifest = {
    ...kept,
    generation,
    retired: retired.filter((entry) => !expired.includes(entry)),
  };
  replaceManifest(dir, manifest);
  for (const { path } of expired) rmSync(join(dir, path), { recursive: true, force: true });
  return manifest;
}

/** Deletes what a crash has left: files and folders that the manifest does not name. Only for the writer. */
export function removeLeftovers(dir: string, manifest: Manifest, log: Log): readonly string[] {
  const named = new Set(namedPaths(manifest));
  const leftovers = ['segments', 'open', ROLLUP_FOLDER]
    .filter((folder) => existsSync(join(dir, folder)))
    .flatMap((folder) => readdirSync(join(dir, folder)).map((name) => `${folder}/${name}`))
    .filter((path) => !named.has(path));
  leftovers.push(...readdirSync(dir).filter((name) => name.endsWith(UNFINISHED_SUFFIX)));
  for (const path of leftovers) {
    rmSync(join(dir, path), { recursive: true, force: true });
    log.info('leftover of an interrupted write removed', { path });
  }
  return leftovers;
}
