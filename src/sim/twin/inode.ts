// What a name in the twin's file system stands for: a file's bytes, a directory's names, a link's target.

/** What holds files: the machine's own, or a volume that several machines have. */
export interface Disk {
  capacityBytes: number;
  usedBytes: number;
  inodes: number;
  /** Told of every change. */
  readonly watchers: Set<() => void>;
}

export interface FileNode {
  readonly kind: 'file';
  readonly inode: number;
  disk: Disk;
  /** As large as it has grown; the first `sizeBytes` are the file. */
  buffer: Uint8Array;
  sizeBytes: number;
  modifiedAtMs: number;
  readonly bornAtMs: number;
  /** Names that lead to it; at 0 it lives on for those who have it open and takes no space. */
  names: number;
}

export interface DirectoryNode {
  readonly kind: 'directory';
  readonly inode: number;
  disk: Disk;
  readonly entries: Map<string, Node>;
  modifiedAtMs: number;
}

export interface LinkNode {
  readonly kind: 'link';
  readonly inode: number;
  readonly target: string;
  modifiedAtMs: number;
}

export type Node = FileNode | DirectoryNode | LinkNode;

/** Size as `stat` tells it; a directory takes a block. */
export function sizeOf(node: Node): number {
  if (node.kind === 'file') return node.sizeBytes;
  return node.kind === 'link' ? Buffer.byteLength(node.target) : 4096;
}

/** Makes room for `sizeBytes`, at least doubling, so that appending costs what it writes. */
export function growBuffer(file: FileNode, sizeBytes: number): void {
  if (file.buffer.length >= sizeBytes) return;
  const grown = new Uint8Array(Math.max(sizeBytes, file.buffer.length * 2, 256));
  grown.set(file.buffer.subarray(0, file.sizeBytes));
  file.buffer = grown;
}
