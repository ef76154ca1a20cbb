// A disk as a file system of its own in a file that grows with what is written: the kernel holds its size to the block,
// and a full one is full for every process, open files included. Only root may mount it.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { exited } from '../container.ts';
import { removeFolder } from '../remove-folder.ts';
import { type Disk, type DiskPlace, FILE_SYSTEM, FILES } from './disk.ts';

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** The file system's own tables, and the share that ext4 keeps from everybody, with some to spare. */
const TABLES_SHARE = 1.03;
const TABLES_BYTES = 32 * 1024 * 1024;

/**
 * Without a journal, since nothing of it outlives a crash. Direct, since a page cache over a page cache took five times
 * as long to write (180 MB/s instead of 1.3 GB/s, 2026-11). The loop device goes with the mount. What is over the size
 * is taken away by a file that nobody inside sees.
 */
const MAKE = `set -e
cd "$1"
truncate -s "$2" image
mkfs.ext4 -q -F -m 0 -i 32768 -O ^has_journal,^resize_inode -E lazy_itable_init=1,nodiscard image
device=$(losetup --find --show image)
losetup --direct-io=on "$device" 2>/dev/null || :
mkdir -p fs
mount -n -t ext4 -o noinit_itable,discard,nosuid,nodev "$device" fs || { losetup -d "$device"; exit 1; }
losetup -d "$device"
mkdir fs/disk
over=$(($(stat -f -c '%a * %S' fs) - $3))
[ "$over" -le 0 ] || fallocate -l "$over" fs/over`;

/** Takes what is free at one go, and then to the last block. */
const FILL = `cd "$1/fs"
free=$(($(stat -f -c '%a * %S' .)))
[ "$free" -le 0 ] || fallocate -l "$free" full || :
cat /dev/zero >>full 2>/dev/null || :`;

const UNMOUNT = 'cd / && umount -n "$1/fs" 2>/dev/null || umount -n -l "$1/fs"';

/** Rejects where this user or this system does not make such disks. */
export async function makeImageDisk({ dir, sizeBytes }: DiskPlace): Promise<Disk> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const imageBytes = Math.ceil(sizeBytes * TABLES_SHARE) + TABLES_BYTES;
  await runWords(MAKE, [dir, String(imageBytes), String(Math.ceil(sizeBytes))]);
  const fileSystem = join(dir, FILE_SYSTEM);
  const files = join(dir, FILES);
  const filling = join(fileSystem, 'full');
  const availableBytes = () => {
    const { bavail, bsize } = statfsSync(fileSystem);
    return bavail * bsize;
  };
  const fillingBytes = () => (statSync(filling, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  return {
    dir: files,
    sizeBytes,
    heldBy: 'kernel',
    usedBytes: () => Math.max(0, sizeBytes - availableBytes() - fillingBytes()),
    freeBytes: availableBytes,
    wrote: () => {},
    setFull: async (isFull) => {
      if (isFull) await runWords(FILL, [dir]);
      else rmSync(filling, { force: true });
    },
    clear: async () => {
      await removeFolder(files);
      mkdirSync(files, { mode: 0o755 });
    },
    remove: async () => {
      await runWords(UNMOUNT, [dir]);
      await removeFolder(dir);
    },
  };
}

/** Lets go of every file system that is mounted somewhere below the folder: a killed simulator leaves them. */
export async function unmountBelow(folder: string): Promise<void> {
  const targets = readFileSync('/proc/self/mounts', 'latin1')
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replaceAll(/\\(\d{3})/g, (_all, code: string) => octal(code)))
    .map((target) => Buffer.from(target, 'latin1').toString())
    .filter((target) => target.startsWith(`${folder}/`));
  if (targets.length === 0) return;
  await exited(spawn('umount', ['-n', '-l', '--', ...targets], { stdio: 'ignore', env: { PATH } }));
}

function octal(code: string): string {
  return String.fromCharCode(Number.parseInt(code, 8));
}

async function runWords(words: string, args: readonly string[]): Promise<void> {
  const child = spawn('/bin/sh', ['-c', words, 'sh', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH },
  });
  const [complaint] = await Promise.all([text(child.stderr), exited(child)]);
  if (child.exitCode === 0) return;
  throw new Error(`A disk at ${args[0]} could not be made or changed: ${complaint.trim().slice(-300)}`);
}
