// Finds out which design of a disk works for this user on this system, by trying it.
import { join } from 'node:path';
import type { Log } from '../../../base/std/index.ts';
import { removeFolder } from '../remove-folder.ts';
import type { DiskKind } from '../types.ts';
import { makeImageDisk } from './image-disk.ts';

const TRIAL_BYTES = 1024 * 1024;

/** `dir` is a folder in which the trial may make a disk; it is removed. */
export async function tryDisks({ dir, log }: { dir: string; log: Log }): Promise<DiskKind> {
  const trial = join(dir, 'trial');
  try {
    const disk = await makeImageDisk({ dir: trial, sizeBytes: TRIAL_BYTES });
    await disk.remove();
    return 'images';
  } catch (error) {
    log.info('disks are folders here, whose size is only measured', { error });
    await removeFolder(trial);
    return 'folders';
  }
}
