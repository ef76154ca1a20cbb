// What SFTP, `execute` and copies have to know of a machine: its disk, and the volumes that stand in it.
import type { Disk } from '../disk/disk.ts';
import type { Confinement } from './confined-path.ts';

export interface SftpDisk {
  readonly disk: Disk;
  /** Volumes, by where clients see them. */
  readonly mounts: readonly { readonly at: string; readonly disk: Disk }[];
  /** Where relative paths begin, as clients see it. */
  readonly home: string;
  /** Where processes have no root of their own they see the disk by this path, and so may clients name it. */
  readonly alias: string | undefined;
}

export function confinementOf({ disk, home, alias, mounts }: SftpDisk): Confinement {
  return {
    root: latin1(disk.dir),
    home: latin1(home),
    alias: alias === undefined ? undefined : latin1(alias),
    mounts: mounts.map((mount) => ({ at: latin1(mount.at), root: latin1(mount.disk.dir) })),
  };
}

/** The disk on which a path of the host is, in Latin-1. */
export function diskAt({ disk, mounts }: SftpDisk, real: string): Disk {
  const isOn = ({ dir }: Disk) => `${real}/`.startsWith(`${latin1(dir)}/`);
  return mounts.find((mount) => isOn(mount.disk))?.disk ?? disk;
}

/** Names go as bytes, one character each. */
export function latin1(path: string): string {
  return Buffer.from(path).toString('latin1');
}
