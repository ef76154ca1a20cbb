// The newest whole checkpoint copied here, so that another machine can go on from it.
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ArtifactUnit } from '../../remote/index.ts';
import type { JobRecord } from '../records/index.ts';
import type { JobContext } from './context.ts';
import { WORKSPACE } from './run-script.ts';

/** Copies that are kept: the newest may be the one that a disk error spoiled. */
const COPIES_KEPT = 2;
/** Of programs that delete their last ones while they are copied. */
const TRIES = 3;

export interface Copy {
  readonly record: JobRecord;
  readonly instanceId: number;
  /** The one that is here already, by path and time. */
  readonly known: string | undefined;
  readonly signal: AbortSignal;
  /** Nobody writes any more: no time is lost with waiting for files to stand still. */
  readonly isStill?: boolean;
}

/**
 * The newest whole checkpoint, copied and compared with its manifest, in a folder of its own; returns how it is called
 * (`out/ckpt-3@<time>`). Undefined when there is no newer one, or when it did not come whole. Throws what is no matter
 * of the checkpoint: connections that are lost, disks that are full.
 */
export async function copyCheckpoint(
  { workplaces, kept }: Pick<JobContext, 'workplaces' | 'kept'>,
  { record, instanceId, known, signal, isStill = false }: Copy,
): Promise<string | undefined> {
  if (record.job.checkpoints.length === 0) return undefined;
  const { artifacts } = workplaces.of(instanceId);
  const settle = isStill ? { settleMs: 0 } : {};
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const units = await artifacts.find({ root: WORKSPACE, globs: record.job.checkpoints, signal, ...settle });
    const newest = newestWhole(units);
    if (!newest) return undefined;
    const name = `${newest.path}@${newest.modifiedAtMs}`;
    if (name === known) return undefined;
    const folder = kept.checkpointsFolder(record.id);
    const to = join(folder, String(Math.trunc(newest.modifiedAtMs)).padStart(15, '0'));
    // Under another name until it is whole: whoever dies in the middle must not leave half of one to go on from.
    const coming = `${to}.coming`;
    rmSync(coming, { recursive: true, force: true });
    const globs = [literal(newest.path)];
    // It was seen to stand still: a program that keeps its last two may have deleted it three seconds later.
    const how = { compress: record.job.compresses, signal, settleMs: 0 };
    const report = await artifacts.fetch({ root: WORKSPACE, globs, to: coming, ...how });
    if (report.isWhole) {
      rmSync(to, { recursive: true, force: true });
      renameSync(coming, to);
      for (const old of copies(folder).slice(0, -COPIES_KEPT)) {
        rmSync(join(folder, old), { recursive: true, force: true });
      }
      return name;
    }
    // Deleted meanwhile, or written anew: there is another by now.
    rmSync(coming, { recursive: true, force: true });
  }
  return undefined;
}

/** The newest that stands still, or that a newer one has followed: programs write one after another. */
function newestWhole(units: readonly ArtifactUnit[]): ArtifactUnit | undefined {
  return units
    .filter(({ state }) => state !== 'partial-name')
    .toSorted((a, b) => b.modifiedAtMs - a.modifiedAtMs || (a.path < b.path ? 1 : -1))
    .find(({ state }, at) => state === 'complete' || at > 0);
}

/** A path as a pattern that matches nothing else. */
function literal(path: string): string {
  return path.replace(/[\\*?[\]!#]/g, '\\$&');
}

/** The newest folder with a whole checkpoint, whose content goes below the workspace; undefined for none. */
export function newestCopy(folder: string): string | undefined {
  const newest = copies(folder).at(-1);
  return newest === undefined ? undefined : join(folder, newest);
}

function copies(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
