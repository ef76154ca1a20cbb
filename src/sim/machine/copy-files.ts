// Copies between the disks of machines and volumes, made by the simulator itself: also while a machine is stopped, and
// within the same bounds as SFTP. Every path is confined again right before it is used, since what runs in a machine may
// put a link there meanwhile.
import * as fs from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setImmediate as othersTurn } from 'node:timers/promises';
import {
  arrivingName,
  type Carried,
  type CopyRequest,
  type CopyStep,
  copySteps,
  type FileView,
} from '../copying/copy-steps.ts';
import type { Disk } from './disk/disk.ts';
import { bytesOf, confinePath, type LastLink } from './sftp/confined-path.ts';
import { confinementOf, diskAt, latin1, type SftpDisk } from './sftp/sftp-disk.ts';

/** Files of a machine or a volume; paths are Latin-1 like those of SFTP, one character a byte. */
export interface FileSite extends FileView {
  /** On the host. Throws like the kernel. */
  resolve(path: string, last: LastLink): string;
  diskAt(real: string): Disk;
}

const CHUNK_BYTES = 1024 * 1024;
/** So many files are looked at before others get their turn. */
const LOOKS_A_TURN = 500;
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** `served` is read at every call: a machine's volumes may change. */
export function fileSite(served: () => SftpDisk): FileSite {
  const resolve = (path: string, last: LastLink) =>
    confinePath(path, confinementOf({ ...served(), home: '/' }), last).real;
  return {
    resolve,
    diskAt: (real) => diskAt(served(), real),
    look: (path, links) => {
      try {
        const stats = fs.lstatSync(bytesOf(resolve(path, links)));
        return { kind: kindOf(stats), sizeBytes: stats.size, modifiedAtMs: stats.mtimeMs };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    names: (path) => fs.readdirSync(bytesOf(resolve(path, 'follow')), { encoding: 'latin1' }),
  };
}

/** Throws CopyError when the copy cannot begin. Paths as text. */
export async function surveyCopy(request: CopyRequest<FileSite>): Promise<readonly CopyStep[]> {
  const steps: CopyStep[] = [];
  // All of it before anything is written: a folder may be copied into itself.
  const { from, to } = request;
  for (const step of copySteps({ ...request, from: latin1(from), to: latin1(to) })) {
    steps.push(step);
    if (steps.length % LOOKS_A_TURN === 0) await othersTurn();
  }
  return steps;
}

/**
 * Stops where `limitBytes` have passed, without the file in which that was: rsync removes it too. Goes on over what cannot
 * be read, and stops at a full disk.
 */
export async function carryFiles(
  { source, target }: Pick<CopyRequest<FileSite>, 'source' | 'target'>,
  steps: readonly CopyStep[],
  limitBytes: number,
): Promise<Carried> {
  let bytes = 0;
  let complaint: string | undefined;
  const folders: CopyStep[] = [];
  for (const step of steps) {
    if (bytes + step.sizeBytes > limitBytes) {
      bytes = limitBytes;
      break;
    }
    try {
      if (step.kind === 'file') bytes += await carryFile(source, target, step);
      else if (step.kind === 'link') carryLink(source, target, step);
      else {
        makeFolder(source, target, step);
        folders.push(step);
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      complaint ??= `"${Buffer.from(step.to, 'latin1').toString()}": ${wordsOf(code)}`;
      if (code === 'ENOSPC') break;
    }
  }
  // Last, since what came into them has changed their times.
  for (const { to, modifiedAtMs } of folders.reverse()) setTimes(target, to, modifiedAtMs);
  return { bytes, ...(complaint !== undefined && { complaint }) };
}

async function carryFile(source: FileSite, target: FileSite, step: CopyStep): Promise<number> {
  const input = await open(bytesOf(source.resolve(step.from, 'keep')), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = await input.stat();
    if (!stats.isFile()) throw failure('EINVAL');
    const at = target.resolve(step.to, 'keep');
    const arriving = bytesOf(arrivingName(at));
    fs.rmSync(arriving, { force: true });
    const output = await open(arriving, 'wx', 0o600);
    try {
      const bytes = await pour(input, output, target.diskAt(at));
      await output.chmod(stats.mode & 0o7777);
      await output.utimes(stats.atimeMs / 1_000, stats.mtimeMs / 1_000);
      giveTo(fs.fchownSync, output.fd, stats);
      fs.renameSync(arriving, bytesOf(target.resolve(step.to, 'keep')));
      return bytes;
    } catch (error) {
      fs.rmSync(arriving, { force: true });
      throw error;
    } finally {
      await output.close();
    }
  } finally {
    await input.close();
  }
}

async function pour(input: FileHandle, output: FileHandle, disk: Disk): Promise<number> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let bytes = 0; ; ) {
    const { bytesRead } = await input.read(buffer, 0, CHUNK_BYTES, bytes);
    if (bytesRead === 0) return bytes;
    if (disk.heldBy === 'measuring' && disk.freeBytes() < bytesRead) throw failure('ENOSPC');
    for (let done = 0; done < bytesRead; ) {
      const { bytesWritten } = await output.write(buffer, done, bytesRead - done, bytes + done);
      done += bytesWritten;
    }
    disk.wrote(bytesRead);
    bytes += bytesRead;
  }
}

function carryLink(source: FileSite, target: FileSite, step: CopyStep): void {
  const leadsTo = fs.readlinkSync(bytesOf(source.resolve(step.from, 'keep')), { encoding: 'buffer' });
  const at = bytesOf(target.resolve(step.to, 'keep'));
  makeWay(at);
  fs.symlinkSync(leadsTo, at);
}

function makeFolder(source: FileSite, target: FileSite, step: CopyStep): void {
  const stats = fs.statSync(bytesOf(source.resolve(step.from, 'follow')));
  const at = bytesOf(target.resolve(step.to, 'keep'));
  const there = fs.lstatSync(at, { throwIfNoEntry: false });
  if (there && !there.isDirectory()) fs.unlinkSync(at);
  if (!there?.isDirectory()) fs.mkdirSync(at);
  if (!stats.isDirectory()) return;
  fs.chmodSync(at, stats.mode & 0o7777);
  giveTo(fs.lchownSync, at, stats);
}

/** A folder that is not empty stays, and the copy of this entry fails. */
function makeWay(at: Buffer): void {
  const there = fs.lstatSync(at, { throwIfNoEntry: false });
  if (there?.isDirectory()) fs.rmdirSync(at);
  else if (there) fs.unlinkSync(at);
}

/** Only root can give files away. */
function giveTo<Of>(chown: (of: Of, uid: number, gid: number) => void, of: Of, { uid, gid }: fs.Stats): void {
  if (process.getuid?.() === 0) chown(of, uid, gid);
}

function setTimes(target: FileSite, path: string, modifiedAtMs: number): void {
  try {
    const at = bytesOf(target.resolve(path, 'keep'));
    if (fs.lstatSync(at).isDirectory()) fs.lutimesSync(at, modifiedAtMs / 1_000, modifiedAtMs / 1_000);
  } catch (error) {
    // It was removed again meanwhile.
    if (!isMissing(error)) throw error;
  }
}

function kindOf(stats: fs.Stats): 'file' | 'folder' | 'link' | 'other' {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(wordsOf(code)), { code });
}

function wordsOf(code: string): string {
  switch (code) {
    case 'ENOSPC':
      return 'No space left on device (28)';
    case 'ENOENT':
      return 'file has vanished';
    default:
      return code;
  }
}
