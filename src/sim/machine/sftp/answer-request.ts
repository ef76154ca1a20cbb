// Every request of SFTP version 3 and the extensions that OpenSSH's clients use, each answered before the next is
// read. File calls are synchronous on purpose: replies that come out of order made OpenSSH's scp write a shortened
// file and report success, and on a page cache a call takes less time than handing it to another thread.
import * as fs from 'node:fs';
import { userInfo } from 'node:os';
import type { Disk } from '../disk/disk.ts';
import { type AttributeChange, attributesOf, longName, readAttributes } from './attributes.ts';
import { bytesOf, type ConfinedPath, confinePath, isMountPoint, type LastLink } from './confined-path.ts';
import { HANDLES_MAX, Handles } from './handles.ts';
import {
  DATA_HEADER_BYTES,
  dataReply,
  PacketReader,
  packet,
  REPLIES,
  REQUESTS,
  STATUSES,
  text,
  uint32,
  uint64,
} from './packets.ts';
import { confinementOf, diskAt, type SftpDisk } from './sftp-disk.ts';

/** Most data of one read or write, as OpenSSH's server has it; a packet may be a little longer. */
export const TRANSFER_BYTES_MAX = 255 * 1024;
export const PACKET_BYTES_MAX = 256 * 1024;

/** Entries of one reply to READDIR. */
const ENTRIES_A_REPLY = 100;

const OPEN = { read: 1, write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 } as const;

/** What a new folder takes of the disk. */
const FOLDER_BYTES = 4096;

/** A pipe without a reader would hold up every machine, and a link is resolved already. */
const SAFE_OPEN = fs.constants.O_NONBLOCK | fs.constants.O_NOFOLLOW | fs.constants.O_NOCTTY;

const EXTENSIONS: readonly [name: string, data: string][] = [
  ['posix-rename@openssh.com', '1'],
  ['statvfs@openssh.com', '2'],
  ['fstatvfs@openssh.com', '2'],
  ['hardlink@openssh.com', '1'],
  ['fsync@openssh.com', '1'],
  ['lsetstat@openssh.com', '1'],
  ['limits@openssh.com', '1'],
  ['expand-path@openssh.com', '1'],
];

/** Ends a request with a status of its own. */
class StatusError extends Error {
  override name = 'StatusError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface SftpAnswers {
  /** One reply for one packet. Throws PacketError for bytes that are no request. */
  answer(packetBytes: Buffer): Buffer;
  closeAll(): void;
}

export function createSftpAnswers(served: SftpDisk): SftpAnswers {
  const confinement = confinementOf(served);
  const rootUid = userInfo().uid;
  const handles = new Handles();
  const confine = (path: string, last: LastLink): ConfinedPath => confinePath(path, confinement, last);
  const real = (path: string, last: LastLink): Buffer => bytesOf(confine(path, last).real);
  const fileOf = (reader: PacketReader): { readonly fd: number; readonly disk: Disk } => {
    const file = handles.file(reader.text());
    if (file === undefined) throw new StatusError(STATUSES.failure, 'Invalid handle');
    return file;
  };
  const diskOf = (at: string): Disk => diskAt(served, at);
  /** The top itself, and volumes as a whole, can neither be removed nor renamed. */
  const entry = (path: string): Buffer => {
    const { shown, real: at } = confine(path, 'keep');
    if (shown === '/' || isMountPoint(shown, confinement))
      throw new StatusError(STATUSES.denied, 'Permission denied');
    return bytesOf(at);
  };
  /** Where the kernel does not see to it. */
  const makeRoom = (disk: Disk, bytes: number) => {
    if (disk.heldBy === 'kernel' || bytes <= 0) return;
    if (bytes > disk.freeBytes()) throw new StatusError(STATUSES.failure, 'No space left on device');
    disk.wrote(bytes);
  };
  const handleReply = (id: number, name: string | undefined): Buffer => {
    if (name === undefined) throw new StatusError(STATUSES.failure, 'Too many open files');
    return packet(REPLIES.handle, uint32(id), text(name));
  };
  const attrsReply = (id: number, stats: fs.Stats) => packet(REPLIES.attrs, uint32(id), attributesOf(stats));
  const nameReply = (id: number, name: string) =>
    packet(REPLIES.name, uint32(id), uint32(1), text(name), text(name), uint32(0));

  const open = (id: number, reader: PacketReader): Buffer => {
    const path = reader.text();
    const asked = reader.uint32();
    const { mode } = readAttributes(reader);
    const has = (flag: number) => (asked & flag) !== 0;
    const { O_RDWR, O_WRONLY, O_RDONLY, O_APPEND, O_CREAT, O_EXCL, O_TRUNC } = fs.constants;
    let flags = has(OPEN.write) ? (has(OPEN.read) ? O_RDWR : O_WRONLY) : O_RDONLY;
    if (has(OPEN.append)) flags |= O_APPEND;
    if (has(OPEN.create)) flags |= O_CREAT;
    if (has(OPEN.truncate)) flags |= O_TRUNC;
    if (has(OPEN.exclusive)) flags |= O_EXCL;
    const last = has(OPEN.exclusive) && has(OPEN.create) ? 'keep' : 'follow';
    const { real: at } = confine(path, last);
    const fd = fs.openSync(bytesOf(at), flags | SAFE_OPEN, mode ?? 0o666);
    if (!fs.fstatSync(fd).isFile()) {
      fs.closeSync(fd);
      throw new StatusError(STATUSES.failure, 'Not a regular file');
    }
    const name = handles.add({ kind: 'file', fd, disk: diskOf(at) });
    if (name === undefined) fs.closeSync(fd);
    return handleReply(id, name);
  };

  const read = (id: number, reader: PacketReader): Buffer => {
    const { fd } = fileOf(reader);
    const offset = reader.uint64();
    const length = Math.min(reader.uint32(), TRANSFER_BYTES_MAX);
    const buffer = Buffer.allocUnsafe(DATA_HEADER_BYTES + length);
    const got = fs.readSync(fd, buffer, DATA_HEADER_BYTES, length, offset);
    if (got === 0 && length > 0) throw new StatusError(STATUSES.eof, 'End of file');
    return dataReply(buffer, id, got);
  };

  const write = (id: number, reader: PacketReader): Buffer => {
    const { fd, disk } = fileOf(reader);
    const offset = reader.uint64();
    const data = reader.bytes();
    if (disk.heldBy === 'measuring') makeRoom(disk, offset + data.length - fs.fstatSync(fd).size);
    for (let done = 0; done < data.length; ) {
      done += fs.writeSync(fd, data, done, data.length - done, offset + done);
    }
    return ok(id);
  };

  const opendir = (id: number, path: string): Buffer => {
    const at = confine(path, 'follow').real;
    const names = fs.readdirSync(bytesOf(at), { encoding: 'latin1' });
    return handleReply(id, handles.add({ kind: 'folder', real: at, names: ['.', '..', ...names] }));
  };

  const readdir = (id: number, handle: string): Buffer => {
    const folder = handles.folder(handle);
    if (!folder) throw new StatusError(STATUSES.failure, 'Invalid handle');
    if (folder.names.length === 0) throw new StatusError(STATUSES.eof, 'End of file');
    const fields: Buffer[] = [];
    let count = 0;
    for (const name of folder.names.splice(0, ENTRIES_A_REPLY)) {
      // The parent of the top is the host's: what is shown of it is the top itself.
      const at = name === '..' ? folder.real : `${folder.real}/${name}`;
      const stats = fs.lstatSync(bytesOf(at), { throwIfNoEntry: false });
      if (!stats) continue;
      fields.push(text(name), text(longName({ name, stats, rootUid })), attributesOf(stats));
      count += 1;
    }
    return packet(REPLIES.name, uint32(id), uint32(count), ...fields);
  };

  const rename = (id: number, from: string, to: string, replaces: boolean): Buffer => {
    const target = entry(to);
    if (!replaces && fs.lstatSync(target, { throwIfNoEntry: false })) {
      throw new StatusError(STATUSES.failure, 'File exists');
    }
    fs.renameSync(entry(from), target);
    return ok(id);
  };

  /** `at` is free of links but for its own last name, which is changed itself only when it may be one. */
  const change = (at: Buffer, { size, owner, mode, times }: AttributeChange, last: LastLink): void => {
    const isLink = last === 'keep' && fs.lstatSync(at).isSymbolicLink();
    if (size !== undefined) {
      const fd = fs.openSync(at, fs.constants.O_WRONLY | SAFE_OPEN);
      try {
        fs.ftruncateSync(fd, size);
      } finally {
        fs.closeSync(fd);
      }
    }
    // The kernel has no mode for links.
    if (mode !== undefined && !isLink) fs.chmodSync(at, mode);
    if (times) fs.lutimesSync(at, times.accessed, times.modified);
    if (owner) fs.lchownSync(at, owner.uid, owner.gid);
  };

  const changeOpen = (fd: number, { size, owner, mode, times }: AttributeChange): void => {
    if (size !== undefined) fs.ftruncateSync(fd, size);
    if (mode !== undefined) fs.fchmodSync(fd, mode);
    if (times) fs.futimesSync(fd, times.accessed, times.modified);
    if (owner) fs.fchownSync(fd, owner.uid, owner.gid);
  };

  const fileSystem = (id: number, disk: Disk): Buffer => {
    const host = fs.statfsSync(disk.dir);
    const block = 4096;
    const total = Math.floor(disk.sizeBytes / block);
    const free = Math.floor(disk.freeBytes() / block);
    const figures = [block, block, total, free, free, host.files, host.ffree, host.ffree, 0, 0, 255];
    return packet(REPLIES.extended, uint32(id), ...figures.map(uint64));
  };

  const diskThere = (at: string): Disk => {
    fs.lstatSync(bytesOf(at));
    return diskOf(at);
  };

  const expand = (path: string): string => {
    const tilde = /^~(root)?(?=\/|$)/.exec(path);
    if (tilde) return `${confinement.home}${path.slice(tilde[0].length)}`;
    if (path.startsWith('~')) throw new StatusError(STATUSES.failure, 'No such user');
    return path;
  };

  const extended = (id: number, reader: PacketReader): Buffer => {
    const name = reader.text();
    switch (name) {
      case 'posix-rename@openssh.com':
        return rename(id, reader.text(), reader.text(), true);
      case 'hardlink@openssh.com': {
        const from = entry(reader.text());
        fs.linkSync(from, entry(reader.text()));
        return ok(id);
      }
      case 'fsync@openssh.com':
        fs.fsyncSync(fileOf(reader).fd);
        return ok(id);
      case 'lsetstat@openssh.com':
        change(real(reader.text(), 'keep'), readAttributes(reader), 'keep');
        return ok(id);
      case 'statvfs@openssh.com':
        return fileSystem(id, diskThere(confine(reader.text(), 'follow').real));
      case 'fstatvfs@openssh.com':
        return fileSystem(id, handles.file(reader.text())?.disk ?? served.disk);
      case 'limits@openssh.com': {
        const limits = [PACKET_BYTES_MAX, TRANSFER_BYTES_MAX, TRANSFER_BYTES_MAX, HANDLES_MAX];
        return packet(REPLIES.extended, uint32(id), ...limits.map(uint64));
      }
      case 'expand-path@openssh.com':
        return nameReply(id, confine(expand(reader.text()), 'follow').shown);
      default:
        throw new StatusError(STATUSES.unsupported, `Extension ${name} is not there`);
    }
  };

  const answerTyped = (type: number, id: number, reader: PacketReader): Buffer => {
    switch (type) {
      case REQUESTS.open:
        return open(id, reader);
      case REQUESTS.close:
        if (!handles.close(reader.text())) throw new StatusError(STATUSES.failure, 'Invalid handle');
        return ok(id);
      case REQUESTS.read:
        return read(id, reader);
      case REQUESTS.write:
        return write(id, reader);
      case REQUESTS.lstat:
        return attrsReply(id, fs.lstatSync(real(reader.text(), 'keep')));
      case REQUESTS.stat:
        return attrsReply(id, fs.lstatSync(real(reader.text(), 'follow')));
      case REQUESTS.fstat:
        return attrsReply(id, fs.fstatSync(fileOf(reader).fd));
      case REQUESTS.setstat:
        change(real(reader.text(), 'follow'), readAttributes(reader), 'follow');
        return ok(id);
      case REQUESTS.fsetstat:
        changeOpen(fileOf(reader).fd, readAttributes(reader));
        return ok(id);
      case REQUESTS.opendir:
        return opendir(id, reader.text());
      case REQUESTS.readdir:
        return readdir(id, reader.text());
      case REQUESTS.remove:
        fs.unlinkSync(entry(reader.text()));
        return ok(id);
      case REQUESTS.mkdir: {
        const at = entry(reader.text());
        makeRoom(diskOf(at.toString('latin1')), FOLDER_BYTES);
        fs.mkdirSync(at, { mode: readAttributes(reader).mode ?? 0o777 });
        return ok(id);
      }
      case REQUESTS.rmdir:
        fs.rmdirSync(entry(reader.text()));
        return ok(id);
      case REQUESTS.realpath:
        return nameReply(id, confine(reader.text(), 'follow').shown);
      case REQUESTS.rename:
        return rename(id, reader.text(), reader.text(), false);
      case REQUESTS.readlink:
        return nameReply(id, fs.readlinkSync(entry(reader.text()), { encoding: 'latin1' }));
      case REQUESTS.symlink: {
        // OpenSSH sends the target first, against the draft, and so does everybody since.
        const target = reader.text();
        fs.symlinkSync(bytesOf(target), entry(reader.text()));
        return ok(id);
      }
      case REQUESTS.extended:
        return extended(id, reader);
      default:
        throw new StatusError(STATUSES.unsupported, `Request ${type} is not there`);
    }
  };

  return {
    answer: (bytes) => {
      const reader = new PacketReader(bytes);
      const type = reader.byte();
      const id = reader.uint32();
      if (type === REQUESTS.init) {
        return packet(
          REPLIES.version,
          uint32(3),
          ...EXTENSIONS.flatMap(([name, data]) => [text(name), text(data)]),
        );
      }
      try {
        return answerTyped(type, id, reader);
      } catch (error) {
        return statusFor(id, error);
      }
    },
    closeAll: () => handles.closeAll(),
  };
}

function ok(id: number): Buffer {
  return statusReply(id, STATUSES.ok, 'Success');
}

function statusReply(id: number, status: number, message: string): Buffer {
  return packet(
    REPLIES.status,
    uint32(id),
    uint32(status),
    text(Buffer.from(message).toString('latin1')),
    text(''),
  );
}

/** Paths of the host stay out of the message: only what the kernel says of them goes to the client. */
function statusFor(id: number, error: unknown): Buffer {
  if (error instanceof StatusError) return statusReply(id, error.status, error.message);
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
    // A part of the way is no folder, or goes round in a circle: OpenSSH's server says the same.
    case 'ENOTDIR':
    case 'ELOOP':
      return statusReply(id, STATUSES.noSuchFile, 'No such file');
    case 'EACCES':
    case 'EPERM':
      return statusReply(id, STATUSES.denied, 'Permission denied');
    case undefined:
      // Bytes that are no request, or a fault of ours: either ends the session.
      throw error;
    default:
      return statusReply(id, STATUSES.failure, /^[A-Z]+: ([^,]+),/.exec(message)?.[1] ?? code);
  }
}
