// The twin's disk: files, directories and symbolic links in memory, with times from the clock and a size
// that can be filled. No owners and no permissions: on a rented machine everybody is root.
import type { Clock } from '../../base/std/index.ts';
import { FileFault } from './file-fault.ts';
import {
  type DirectoryNode,
  type Disk,
  type FileNode,
  growBuffer,
  type LinkNode,
  type Node,
  sizeOf,
} from './inode.ts';

/** As Linux: more links than this on one way is a loop. */
const LINKS_MAX = 40;
const NAME_BYTES_MAX = 255;

export interface TwinFile {
  readonly path: string;
  readonly kind: Node['kind'];
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  readonly inode: number;
  /** When a file was made; other things do not tell. */
  readonly bornAtMs?: number;
  /** Where a link leads. */
  readonly target?: string;
}

interface Place {
  readonly directory: DirectoryNode;
  readonly name: string;
  readonly node: Node | undefined;
}

/** All paths are absolute; every call throws FileFault. */
export class TwinFileSystem {
  readonly #clock: Clock;
  readonly #root: DirectoryNode;
  /** Directories in whose place another file system stands. */
  readonly #mounts = new Map<DirectoryNode, DirectoryNode>();

  constructor({ clock, capacityBytes }: { readonly clock: Clock; readonly capacityBytes: number }) {
    this.#clock = clock;
    const disk = { capacityBytes, usedBytes: 0, inodes: 1, watchers: new Set<() => void>() };
    this.#root = { kind: 'directory', inode: 1, disk, entries: new Map(), modifiedAtMs: clock.now() };
  }

  /** Without what is mounted; may be changed: what is there stays. */
  get capacityBytes(): number {
    return this.#root.disk.capacityBytes;
  }

  set capacityBytes(bytes: number) {
    this.#root.disk.capacityBytes = bytes;
  }

  get usedBytes(): number {
    return this.#root.disk.usedBytes;
  }

  /** Shows another one at `path`, which is made: the same files, seen and changed from both. */
  mount(path: string, other: TwinFileSystem): void {
    this.makeDirectory(path, 'parents');
    const { directory, name } = this.#walk(path, 'follow');
    const place = name === '' ? directory : directory.entries.get(name);
    if (place?.kind === 'directory') this.#mounts.set(place, other.#root);
  }

  /**
   * Calls `fn` after every change, at once, from inside the call that made it, also when another machine made it on a
   * volume; returns what stops that.
   */
  watch(fn: () => void): () => void {
    const disks = [this.#root.disk, ...[...this.#mounts.values()].map(({ disk }) => disk)];
    for (const { watchers } of disks) watchers.add(fn);
    return () => {
      for (const { watchers } of disks) watchers.delete(fn);
    };
  }

  /** Undefined where nothing is, also where a link leads nowhere. */
  find(path: string, links: 'follow' | 'keep' = 'follow'): TwinFile | undefined {
    try {
      const { node } = this.#walk(path, links);
      return node && describe(path, node);
    } catch (error) {
      // A way that breaks off before its end leads to nothing, as for SFTP.
      if (error instanceof FileFault) return undefined;
      throw error;
    }
  }

  /** What stands in a directory, by name. */
  list(path: string): readonly TwinFile[] {
    const base = path.endsWith('/') ? path : `${path}/`;
    return [...this.#directory(path).entries]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, node]) => describe(base + name, this.#mounted(node)));
  }

  /** The whole file, or a part of it; fewer bytes at its end. The bytes are the caller's own. */
  read(path: string, offset = 0, length = Number.POSITIVE_INFINITY): Uint8Array {
    return readNode(this.open(path, 'existing'), offset, length);
  }

  readText(path: string): string {
    return Buffer.from(this.read(path)).toString('utf8');
  }

  /** Replaces a file. */
  write(path: string, content: string | Uint8Array): void {
    const file = this.open(path, 'create');
    this.truncate(file, 0, path);
    this.writeNode(file, 0, typeof content === 'string' ? Buffer.from(content) : content, path);
  }

  append(path: string, content: string | Uint8Array): void {
    const file = this.open(path, 'create');
    this.writeNode(file, file.sizeBytes, typeof content === 'string' ? Buffer.from(content) : content, path);
  }

  /** The file itself, which outlives its name for who holds it. */
  open(path: string, mode: 'existing' | 'create'): FileNode {
    const { directory, name, node } = this.#walk(path, 'follow');
    if (node?.kind === 'directory') throw new FileFault('EISDIR', path);
    if (node?.kind === 'file') return node;
    if (mode === 'existing') throw new FileFault('ENOENT', path);
    const file: FileNode = {
      kind: 'file',
      inode: nextInode(directory.disk),
      disk: directory.disk,
      buffer: new Uint8Array(),
      sizeBytes: 0,
      modifiedAtMs: this.#clock.now(),
      bornAtMs: this.#clock.now(),
      names: 1,
    };
    this.#enter(directory, name, file, path);
    return file;
  }

  /** Writes as much as fits, then throws ENOSPC: a full disk leaves a torn file. A gap is filled with zeros. */
  writeNode(file: FileNode, offset: number, bytes: Uint8Array, path: string): void {
    if (bytes.length === 0) return;
    const free = file.names > 0 ? freeBytes(file.disk) : Number.POSITIVE_INFINITY;
    const end = Math.min(offset + bytes.length, file.sizeBytes + free);
    const fitting = bytes.subarray(0, Math.max(0, end - offset));
    if (fitting.length > 0) {
      growBuffer(file, offset + fitting.length);
      // What a truncation left behind must not come back in a gap.
      if (offset > file.sizeBytes) file.buffer.fill(0, file.sizeBytes, offset);
      file.buffer.set(fitting, offset);
      this.#resize(file, Math.max(file.sizeBytes, offset + fitting.length));
    }
    if (fitting.length < bytes.length) throw new FileFault('ENOSPC', path);
  }

  truncate(file: FileNode, sizeBytes: number, path: string): void {
    if (sizeBytes > file.sizeBytes) {
      const free = file.names > 0 ? freeBytes(file.disk) : Number.POSITIVE_INFINITY;
      if (sizeBytes - file.sizeBytes > free) throw new FileFault('ENOSPC', path);
      growBuffer(file, sizeBytes);
      file.buffer.fill(0, file.sizeBytes, sizeBytes);
    }
    this.#resize(file, sizeBytes);
  }

  /** `mode: 'parents'` makes what is missing on the way and is content with what is there. */
  makeDirectory(path: string, mode: 'one' | 'parents' = 'one'): void {
    if (mode === 'parents') {
      const parts = path.split('/').filter(Boolean);
      for (let depth = 1; depth <= parts.length; depth += 1)
        this.#makeMissing(`/${parts.slice(0, depth).join('/')}`);
      return;
    }
    const { directory, name, node } = this.#walk(path, 'follow');
    if (node || name === '') throw new FileFault('EEXIST', path);
    const made: DirectoryNode = {
      kind: 'directory',
      inode: nextInode(directory.disk),
      disk: directory.disk,
      entries: new Map(),
      modifiedAtMs: this.#clock.now(),
    };
    this.#enter(directory, name, made, path);
  }

  makeLink(path: string, target: string): void {
    const { directory, name, node } = this.#walk(path, 'keep');
    if (node) throw new FileFault('EEXIST', path);
    const link: LinkNode = {
      kind: 'link',
      inode: nextInode(directory.disk),
      target,
      modifiedAtMs: this.#clock.now(),
    };
    this.#enter(directory, name, link, path);
  }

  /** Removes a file or link; a directory only with `tree`, with all that is in it. */
  remove(path: string, what: 'file' | 'empty-directory' | 'tree' = 'file'): void {
    const { directory, name, node } = this.#walk(path, 'keep');
    if (!node) throw new FileFault('ENOENT', path);
    if (name === '') throw new FileFault('EINVAL', path);
    if (this.#holdsMount(directory.entries.get(name))) throw new FileFault('EBUSY', path);
    if (node.kind === 'directory' && what === 'file') throw new FileFault('EISDIR', path);
    if (what === 'empty-directory' && node.kind !== 'directory') throw new FileFault('ENOTDIR', path);
    if (what === 'empty-directory' && node.kind === 'directory' && node.entries.size > 0)
      throw new FileFault('ENOTEMPTY', path);
    directory.entries.delete(name);
    this.#release(node);
    this.#touched(directory);
  }

  /** Atomic, replacing what stands there, as rename(2); to another disk it moves the bytes, as `mv` does. */
  rename(from: string, to: string): void {
    const source = this.#walk(from, 'keep');
    if (!source.node) throw new FileFault('ENOENT', from);
    if (source.name === '') throw new FileFault('EINVAL', from);
    if (this.#holdsMount(source.directory.entries.get(source.name))) throw new FileFault('EBUSY', from);
    const target = this.#walk(to, 'keep');
    if (target.node === source.node) return;
    if (source.node.kind === 'directory' && `${to}/`.startsWith(`${from}/`))
      throw new FileFault('EINVAL', to);
    if (target.node?.kind === 'directory') {
      if (source.node.kind !== 'directory') throw new FileFault('EISDIR', to);
      if (target.node.entries.size > 0) throw new FileFault('ENOTEMPTY', to);
    } else if (target.node && source.node.kind === 'directory') throw new FileFault('ENOTDIR', to);
    checkName(target.name, to);
    if (source.directory.disk !== target.directory.disk) moveTo(target.directory.disk, source.node, to);
    source.directory.entries.delete(source.name);
    if (target.node) this.#release(target.node);
    target.directory.entries.set(target.name, source.node);
    this.#touched(source.directory);
    this.#touched(target.directory);
  }

  setModified(path: string, modifiedAtMs: number): void {
    const { directory, node } = this.#walk(path, 'follow');
    if (!node) throw new FileFault('ENOENT', path);
    node.modifiedAtMs = modifiedAtMs;
    tell(node.kind === 'link' ? directory.disk : node.disk);
  }

  #makeMissing(path: string): void {
    const { node } = this.#walk(path, 'follow');
    if (node?.kind === 'directory') return;
    if (node) throw new FileFault('EEXIST', path);
    this.makeDirectory(path);
  }

  #directory(path: string): DirectoryNode {
    const { node } = this.#walk(path, 'follow');
    if (!node) throw new FileFault('ENOENT', path);
    if (node.kind !== 'directory') throw new FileFault('ENOTDIR', path);
    return node;
  }

  /** The directory in which the last name stands, and what it leads to; a missing directory on the way throws. */
  #walk(path: string, links: 'follow' | 'keep'): Place {
    const rest = path.split('/').filter((part) => part !== '' && part !== '.');
    // `a/` asks for a directory behind the name, so a link there is followed.
    const followLast = links === 'follow' || path.endsWith('/');
    const way: DirectoryNode[] = [this.#root];
    let followed = 0;
    for (;;) {
      const directory = way.at(-1) as DirectoryNode;
      const name = rest.shift();
      if (name === undefined) return { directory, name: '', node: directory };
      if (name === '..') {
        if (way.length > 1) way.pop();
        continue;
      }
      const node = this.#mounted(directory.entries.get(name));
      const isLast = rest.length === 0;
      if (node?.kind === 'link' && (!isLast || followLast)) {
        followed += 1;
        if (followed > LINKS_MAX) throw new FileFault('ELOOP', path);
        if (node.target.startsWith('/')) way.length = 1;
        rest.unshift(...node.target.split('/').filter((part) => part !== '' && part !== '.'));
        continue;
      }
      if (isLast) return { directory, name, node };
      if (!node) throw new FileFault('ENOENT', path);
      if (node.kind !== 'directory') throw new FileFault('ENOTDIR', path);
      way.push(node);
    }
  }

  #enter(directory: DirectoryNode, name: string, node: Node, path: string): void {
    checkName(name, path);
    directory.entries.set(name, node);
    this.#touched(directory);
  }

  #resize(file: FileNode, sizeBytes: number): void {
    if (file.names > 0) file.disk.usedBytes += sizeBytes - file.sizeBytes;
    file.sizeBytes = sizeBytes;
    file.modifiedAtMs = this.#clock.now();
    tell(file.disk);
  }

  #release(node: Node): void {
    if (node.kind === 'directory') for (const child of node.entries.values()) this.#release(child);
    if (node.kind !== 'file') return;
    node.names -= 1;
    if (node.names === 0) node.disk.usedBytes -= node.sizeBytes;
  }

  #touched(directory: DirectoryNode): void {
    directory.modifiedAtMs = this.#clock.now();
    tell(directory.disk);
  }

  /** What is seen in a node's place. */
  #mounted<Any extends Node | undefined>(node: Any): Any | DirectoryNode {
    return (node?.kind === 'directory' && this.#mounts.get(node)) || node;
  }

  #holdsMount(node: Node | undefined): boolean {
    if (node?.kind !== 'directory' || this.#mounts.size === 0) return false;
    return this.#mounts.has(node) || [...node.entries.values()].some((child) => this.#holdsMount(child));
  }
}

function freeBytes({ capacityBytes, usedBytes }: Disk): number {
  return capacityBytes - usedBytes;
}

function nextInode(disk: Disk): number {
  disk.inodes += 1;
  return disk.inodes;
}

function tell({ watchers }: Disk): void {
  for (const fn of watchers) fn();
}

/** With all that is in it. Throws ENOSPC, before anything is moved, when it does not fit. */
function moveTo(disk: Disk, node: Node, path: string): void {
  const files = filesIn(node);
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (bytes > freeBytes(disk)) throw new FileFault('ENOSPC', path);
  for (const file of files) {
    file.disk.usedBytes -= file.sizeBytes;
    disk.usedBytes += file.sizeBytes;
  }
  setDisk(node, disk);
}

function filesIn(node: Node): readonly FileNode[] {
  if (node.kind === 'directory') return [...node.entries.values()].flatMap(filesIn);
  return node.kind === 'file' ? [node] : [];
}

function setDisk(node: Node, disk: Disk): void {
  if (node.kind === 'link') return;
  node.disk = disk;
  if (node.kind === 'directory') for (const child of node.entries.values()) setDisk(child, disk);
}

/** A part of an open file; the bytes are the caller's own. */
export function readNode(file: FileNode, offset: number, length: number): Uint8Array {
  return file.buffer.slice(
    Math.min(offset, file.sizeBytes),
    Math.min(file.sizeBytes, offset + Math.max(0, length)),
  );
}

function describe(path: string, node: Node): TwinFile {
  const { kind, inode, modifiedAtMs } = node;
  const facts = { path, kind, sizeBytes: sizeOf(node), modifiedAtMs, inode };
  if (node.kind === 'file') return { ...facts, bornAtMs: node.bornAtMs };
  return node.kind === 'link' ? { ...facts, target: node.target } : facts;
}

function checkName(name: string, path: string): void {
  if (name === '') throw new FileFault('EISDIR', path);
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) throw new FileFault('ENAMETOOLONG', path);
}
