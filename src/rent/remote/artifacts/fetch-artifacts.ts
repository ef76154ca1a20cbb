// Artifacts from the target to here, by a manifest of SHA-256 that the target computes and we compare.
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { RemoteShell } from '../../../net/ssh/index.ts';
import { type RemoteTarget, whileReconnecting } from '../reconnect.ts';
import { forEachAtOnce } from '../transfer/at-once.ts';
import { hashFarFiles } from '../transfer/far-tools.ts';
import { type FarFile, FileChangedError } from '../transfer/fetch-file.ts';
import { hashLocalFile, partName } from '../transfer/local-files.ts';
import type { OnProgress } from '../transfer/progress.ts';
import { PlaceTakenError } from '../transfer/publish.ts';
import { safePath } from '../transfer/safe-path.ts';
import type { Transfers } from '../transfer/transfers.ts';
import { AdapterNotFoundError } from './adapter-not-found.ts';
import { type ArtifactUnit, type FindArtifacts, findArtifacts } from './find-artifacts.ts';

/**
 * `verified`: here, and its SHA-256 is the target's. `incomplete`: it belongs to a unit that is being written.
 * `changed`: it kept changing while it was fetched. `unreadable`: the target could not hash it. `different`: what came
 * has another SHA-256, twice.
 */
export const ARTIFACT_STATES = ['verified', 'incomplete', 'changed', 'unreadable', 'different'] as const;
export type ArtifactState = (typeof ARTIFACT_STATES)[number];

export interface ArtifactFile {
  /** Relative to the root there and to the folder here. */
  readonly path: string;
  readonly sizeBytes: number;
  /** The target's; null where it gave none. */
  readonly sha256: string | null;
  readonly state: ArtifactState;
}

export interface ArtifactReport {
  /** There is at least one file, and every one of them is verified. Nothing else allows a machine to be destroyed. */
  readonly isWhole: boolean;
  /** By path. */
  readonly files: readonly ArtifactFile[];
  /** Patterns that nothing matched: a person has to say whether that is right. */
  readonly unmatched: readonly string[];
  readonly verifiedBytes: number;
}

export interface FetchArtifacts extends FindArtifacts {
  /** The local folder; files that are there and right are not fetched again. */
  readonly to: string;
  readonly compress?: boolean;
  readonly onProgress?: OnProgress;
}

export interface Artifacts {
  /** What there is now; a checkpoint to go on from is the youngest unit that is `complete`. */
  find(options: FindArtifacts): Promise<readonly ArtifactUnit[]>;
  /** The youngest that is complete. Throws AdapterNotFoundError, which names what is there instead. */
  findNewest(options: FindArtifacts): Promise<ArtifactUnit>;
  /** Rejects when the connection stays away or the disk is full; files that are here by then need not come again. */
  readonly fetch: (options: FetchArtifacts) => Promise<ArtifactReport>;
}

/** Rounds for files that changed or came different; after them the report says so. */
const ROUNDS = 3;
const HASHES_AT_ONCE = 2;

export function createArtifacts(target: RemoteTarget, transfers: Transfers): Artifacts {
  const hashFar = async (root: string, files: readonly FarFile[], signal: AbortSignal | undefined) => {
    const hashes = new Map<string, string>();
    const work = async (shell: RemoteShell, progressed: () => void) => {
      const left = files.filter(({ path }) => !hashes.has(path));
      for await (const [path, hash] of hashFarFiles(shell, root, left, { signal })) {
        hashes.set(path, hash);
        progressed();
      }
    };
    await whileReconnecting(target, work, { what: 'hash artifacts', signal });
    return hashes;
  };

  const fetch = async (options: FetchArtifacts): Promise<ArtifactReport> => {
    const { root, signal, compress = true, onProgress } = options;
    const to = resolve(options.to);
    await mkdir(to, { recursive: true });
    const staging = join(to, partName('artifacts', root));
    const results = new Map<string, ArtifactFile>();
    const verified = new Map<string, FarFile>();
    let unmatched: readonly string[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const found = await findArtifacts(target, options);
      unmatched = found.unmatched;
      const listed = found.units.flatMap(({ files }) => files);
      // What is there no more belongs to no report.
      const known = new Set(listed.map(({ path }) => path));
      for (const path of results.keys()) if (!known.has(path)) results.delete(path);
      for (const { files } of found.units.filter(({ state }) => state !== 'complete'))
        for (const file of files) results.set(file.path, resultOf(file, null, 'incomplete'));
      const whole = found.units.filter(({ state }) => state === 'complete').flatMap(({ files }) => files);
      const wanted = whole.filter((file) => !isSameVersion(verified.get(file.path), file));
      const manifest = await hashFar(root, wanted, signal);
      for (const file of wanted.filter(({ path }) => !manifest.has(path)))
        results.set(file.path, resultOf(file, null, 'unreadable'));
      const hashed = wanted.filter(({ path }) => manifest.has(path));
      const missing: FarFile[] = [];
      const confirm = (file: FarFile, sha256: string | null) => {
        verified.set(file.path, file);
        results.set(file.path, resultOf(file, sha256, 'verified'));
      };
      await forEachAtOnce(hashed, HASHES_AT_ONCE, async (file) => {
        const sha256 = manifest.get(file.path) ?? null;
        if (await holds(safePath(to, file.path), file, sha256, signal)) confirm(file, sha256);
        else missing.push(file);
      });
      try {
        await transfers.fetchInto({ root, files: missing, staging, compress, onProgress, signal });
      } catch (error) {
        if (!(error instanceof FileChangedError)) throw error;
      }
      await forEachAtOnce(missing, HASHES_AT_ONCE, async (file) => {
        const came = safePath(staging, file.path);
        const sha256 = manifest.get(file.path) ?? null;
        if (await holds(came, file, sha256, signal)) {
          await place(came, safePath(to, file.path));
          confirm(file, sha256);
        } else {
          const isThere = (await sizeIfThere(came)) !== undefined;
          await rm(came, { force: true });
          results.set(file.path, resultOf(file, sha256, isThere ? 'different' : 'changed'));
        }
      });
      const mayComeRight = ({ state }: ArtifactFile) => state === 'changed' || state === 'different';
      if (![...results.values()].some(mayComeRight)) break;
    }
    await rm(staging, { recursive: true, force: true });
    const files = [...results.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    return {
      isWhole: files.length > 0 && files.every(({ state }) => state === 'verified'),
      files,
      unmatched,
      verifiedBytes: files.reduce(
        (sum, { state, sizeBytes }) => sum + (state === 'verified' ? sizeBytes : 0),
        0,
      ),
    };
  };

  return {
    find: async (options) => (await findArtifacts(target, options)).units,
    async findNewest(options) {
      const { units } = await findArtifacts(target, options);
      const [newest] = units
        .filter(({ state }) => state === 'complete')
        .toSorted((a, b) => b.modifiedAtMs - a.modifiedAtMs || (a.path < b.path ? 1 : -1));
      if (newest) return newest;
      const everything = await findArtifacts(target, { ...options, globs: ['**'], settleMs: 0 });
      throw new AdapterNotFoundError(options, everything.units);
    },
    fetch,
  };
}

function resultOf({ path, sizeBytes }: FarFile, sha256: string | null, state: ArtifactState): ArtifactFile {
  return { path, sizeBytes, sha256, state };
}

function isSameVersion(before: FarFile | undefined, { sizeBytes, modifiedAtMs }: FarFile): boolean {
  return before?.sizeBytes === sizeBytes && before.modifiedAtMs === modifiedAtMs;
}

async function holds(
  path: string,
  { sizeBytes }: FarFile,
  sha256: string | null,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if ((await sizeIfThere(path)) !== sizeBytes) return false;
  return (await hashLocalFile(path, { signal })) === sha256;
}

/** Undefined for what is no file, too. */
async function sizeIfThere(path: string): Promise<number | undefined> {
  try {
    const there = await stat(path);
    return there.isFile() ? there.size : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function place(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const there = await stat(to).catch(() => undefined);
  if (there?.isDirectory()) throw new PlaceTakenError(to, 'a folder');
  // On the disk before it counts as verified: the machine that has the other copy may be destroyed for it.
  const handle = await open(from, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(from, to);
}
