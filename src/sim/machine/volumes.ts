// Volumes of a room, and how they stand in a machine: bound into its namespaces, or behind a link where it has none.
import { lstatSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { posix } from 'node:path';
import type { Disk } from './disk/disk.ts';
import { bytesOf, confinePath } from './sftp/confined-path.ts';
import { latin1, type SftpDisk } from './sftp/sftp-disk.ts';
import type { Isolation, MountedVolume } from './types.ts';

/** A volume as processes find it. */
export interface BoundVolume {
  /** On the host. */
  readonly source: string;
  /** As the machine's processes see it. */
  readonly at: string;
}

/** Where clients see them: the paths that were asked for, without `.`, `..` and double slashes. */
export function mountsOf(volumes: readonly MountedVolume[]): SftpDisk['mounts'] {
  return volumes.map(({ path, volume }) => ({
    at: posix.normalize(path).replace(/\/+$/, ''),
    disk: volume.disk,
  }));
}

/** Makes their places on the machine's disk, over whatever links its renter has put on the way. Throws like the kernel. */
export function placeVolumes(
  disk: Disk,
  mounts: SftpDisk['mounts'],
  isolation: Isolation,
): readonly BoundVolume[] {
  const confinement = { root: latin1(disk.dir), home: '/', alias: undefined };
  return mounts.map(({ at, disk: volume }) => {
    const names = latin1(at).split('/').slice(1);
    for (let depth = 1; depth < names.length; depth += 1)
      makeFolder(confinePath(`/${names.slice(0, depth).join('/')}`, confinement, 'follow').real);
    const own = confinePath(latin1(at), confinement, isolation === 'plain' ? 'keep' : 'follow');
    if (isolation === 'plain') linkTo(volume.dir, own.real);
    else makeFolder(own.real);
    return { source: volume.dir, at: Buffer.from(own.shown, 'latin1').toString() };
  });
}

function makeFolder(real: string): void {
  if (!lstatSync(bytesOf(real), { throwIfNoEntry: false })) mkdirSync(bytesOf(real));
}

function linkTo(source: string, real: string): void {
  const there = lstatSync(bytesOf(real), { throwIfNoEntry: false });
  if (there?.isSymbolicLink() && readlinkSync(bytesOf(real)) === source) return;
  symlinkSync(source, bytesOf(real));
}
