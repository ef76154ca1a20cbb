// The mounts that make a machine's folder a root of its own: the host's programs read-only, devices, /proc, and of
// /etc what programs need to run. Written as a table for `mount -a`, which makes them all in one process.
import { lstatSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BoundVolume } from './volumes.ts';

/** Whether the simulator runs as root, or as a user who gets these mounts through a user namespace. */
export type MountUser = 'root' | 'user';

/** Links into /usr on merged systems, folders elsewhere. */
const PROGRAM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

const ETC_SHARED = [
  '/etc/alternatives',
  '/etc/ca-certificates',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/localtime',
  '/etc/magic',
  '/etc/perl',
  '/etc/protocols',
  '/etc/python3',
  '/etc/services',
  '/etc/ssl',
  '/etc/terminfo',
];

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

export interface MountPlan {
  readonly disk: string;
  readonly user: MountUser;
  /** Their places are there already. */
  readonly volumes: readonly BoundVolume[];
}

/** Makes the mount points inside `disk` and returns the table. */
export function writeMountPlan({ disk, user, volumes }: MountPlan): string {
  const lines: string[] = [];
  const mount = (source: string, target: string, type: string, options: string) =>
    lines.push([source, join(disk, target), type, options, '0', '0'].map(escapeSpaces).join(' '));
  // As root nothing of the host may be changed from inside. A user could not anyway, and may not make a mount
  // read-only that the host made with other flags; nor may a user bind a folder without what is mounted below it.
  const bind = (path: string) => mount(path, path, 'none', user === 'root' ? 'bind,ro' : 'rbind');
  for (const path of PROGRAM_FOLDERS) {
    const target = linkTarget(path);
    if (target !== undefined) linkOnce(target, join(disk, path));
    else if (kindOf(path) === 'folder') bindOnto(path);
  }
  for (const path of ['/usr', '/sys', ...ETC_SHARED]) {
    const target = linkTarget(path);
    if (target !== undefined) linkOnce(target, join(disk, path));
    else if (kindOf(path) !== undefined) bindOnto(path);
  }
  for (const name of DEVICES) {
    makeFile(join(disk, 'dev', name));
    mount(`/dev/${name}`, `dev/${name}`, 'none', 'bind');
  }
  linkOnce('pts/ptmx', join(disk, 'dev/ptmx'));
  linkOnce('/proc/self/fd', join(disk, 'dev/fd'));
  for (const [index, name] of ['stdin', 'stdout', 'stderr'].entries()) {
    linkOnce(`/proc/self/fd/${index}`, join(disk, 'dev', name));
  }
  mount('devpts', 'dev/pts', 'devpts', 'newinstance,ptmxmode=0666,mode=620');
  mount('tmpfs', 'dev/shm', 'tmpfs', 'mode=1777');
  mount('proc', 'proc', 'proc', 'defaults');
  for (const folder of ['dev/pts', 'dev/shm', 'proc', 'mnt'])
    mkdirSync(join(disk, folder), { recursive: true });
  // A user may not bind a folder without what is mounted below it.
  for (const { source, at } of volumes) mount(source, at, 'none', 'rbind');
  return `${lines.join('\n')}\n`;

  function bindOnto(path: string): void {
    if (kindOf(path) === 'folder') mkdirSync(join(disk, path), { recursive: true });
    else makeFile(join(disk, path));
    bind(path);
  }
}

function kindOf(path: string): 'folder' | 'file' | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return undefined;
  return stats.isDirectory() ? 'folder' : 'file';
}

function linkTarget(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined;
}

/** A renter may have put something else there since the last start: that stays. */
function linkOnce(target: string, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) return;
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

function makeFile(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
}

/** The table is split at white space. */
function escapeSpaces(word: string): string {
  return word
    .replaceAll('\\', '\\134')
    .replaceAll(' ', '\\040')
    .replaceAll('\t', '\\011')
    .replaceAll('\n', '\\012');
}
