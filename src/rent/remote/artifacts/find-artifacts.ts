// What a run has made, by patterns, in units that are whole or not: a file, or a folder that a pattern names.
import { NoSuchFileError, type RemoteShell } from '../../../net/ssh/index.ts';
import { type RemoteTarget, whileReconnecting } from '../reconnect.ts';
import { listFarTree } from '../transfer/far-tree.ts';
import type { FarFile } from '../transfer/fetch-file.ts';
import { compileGlob } from '../transfer/ignore-pattern.ts';

/** `partial-name`: something in it is called `.tmp` or the like. `changing`: its size or time changed while we looked. */
export const UNIT_STATES = ['complete', 'partial-name', 'changing'] as const;
export type UnitState = (typeof UNIT_STATES)[number];

export interface ArtifactUnit {
  /** Relative to the root: what the pattern matched. */
  readonly path: string;
  readonly state: UnitState;
  /** Relative to the root. */
  readonly files: readonly FarFile[];
  readonly sizeBytes: number;
  /** Of its youngest file. */
  readonly modifiedAtMs: number;
}

export interface FindArtifacts {
  /** Where patterns begin; the run's folder. */
  readonly root: string;
  /** As lines of a .gitignore that begin with a slash: `out/**`, `ckpt-*`. A folder that matches is taken whole. */
  readonly globs: readonly string[];
  /**
   * How long sizes and times have to stand still; default 3 s, since times come in whole seconds. 0 where nobody
   * writes any more.
   */
  readonly settleMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface FoundArtifacts {
  /** By path; a file belongs to one unit. */
  readonly units: readonly ArtifactUnit[];
  /** Patterns that nothing matched. */
  readonly unmatched: readonly string[];
}

const SETTLE_MS = 3_000;

/** How programs call what is not whole yet: at the end of a name, or as a folder. */
const PARTIAL_NAME = /(\.(tmp|temp|part|partial|incomplete|writing|lock)|~)$|^(tmp|\.tmp)-/i;

export async function findArtifacts(target: RemoteTarget, options: FindArtifacts): Promise<FoundArtifacts> {
  const { settleMs = SETTLE_MS, signal } = options;
  const look = () =>
    whileReconnecting(target, (shell) => listMatching(shell, options), {
      what: 'look for artifacts',
      signal,
    });
  const before = settleMs > 0 ? await look() : undefined;
  if (before) await target.clock.sleep(settleMs, signal);
  const now = await look();
  const earlier = new Map(before?.units);
  const units = [...now.units].map(([path, files]): ArtifactUnit => {
    const isSame = !before || isSameFiles(earlier.get(path), files);
    const state = hasPartialName(path, files) ? 'partial-name' : isSame ? 'complete' : 'changing';
    return {
      path,
      state,
      files,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      modifiedAtMs: Math.max(...files.map(({ modifiedAtMs }) => modifiedAtMs)),
    };
  });
  return { units: units.sort((a, b) => (a.path < b.path ? -1 : 1)), unmatched: now.unmatched };
}

async function listMatching(
  shell: RemoteShell,
  { root, globs }: FindArtifacts,
): Promise<{
  readonly units: ReadonlyMap<string, readonly FarFile[]>;
  readonly unmatched: readonly string[];
}> {
  const patterns = globs.map((glob) => {
    const matches = compileGlob(glob);
    if (!matches) throw new TypeError(`The pattern ${JSON.stringify(glob)} is malformed; mind its brackets`);
    return { glob, matches };
  });
  const tree = await listFarTree(shell, root).catch((error: unknown) => {
    // A run that has made nothing yet may not have made its folder.
    if (error instanceof NoSuchFileError) return { files: [] };
    throw error;
  });
  const units = new Map<string, FarFile[]>();
  const seen = new Set<string>();
  for (const file of tree.files) {
    let unit: string | undefined;
    for (const { glob, matches } of patterns) {
      const found = shallowest(file.path, glob, matches);
      if (found === undefined) continue;
      seen.add(glob);
      if (unit === undefined || found.length < unit.length) unit = found;
    }
    if (unit === undefined) continue;
    const files = units.get(unit);
    if (files) files.push(file);
    else units.set(unit, [file]);
  }
  return { units, unmatched: globs.filter((glob) => !seen.has(glob)) };
}

/**
 * The path or the first folder above it that matches. What `**` at the end names is each file by itself: it says
 * "everything below", not "these belong together".
 */
function shallowest(path: string, glob: string, matches: (path: string) => boolean): string | undefined {
  if (glob.endsWith('**')) return matches(path) ? path : undefined;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1))
    if (matches(path.slice(0, at))) return path.slice(0, at);
  return matches(path) ? path : undefined;
}

function isSameFiles(before: readonly FarFile[] | undefined, now: readonly FarFile[]): boolean {
  if (before?.length !== now.length) return false;
  return now.every((file, index) => {
    const was = before[index] as FarFile;
    return (
      was.path === file.path && was.sizeBytes === file.sizeBytes && was.modifiedAtMs === file.modifiedAtMs
    );
  });
}

/** In the unit's own name, its folders' or a file's in it. */
function hasPartialName(unit: string, files: readonly FarFile[]): boolean {
  const names = [unit, ...files.map(({ path }) => path)].flatMap((path) => path.split('/'));
  return names.some((name) => PARTIAL_NAME.test(name));
}
