// Many small files as one tar stream (ustar with GNU's long names), which any tar unpacks.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeEntry } from './local-tree.ts';

const BLOCK = 512;

/** Files that are read ahead of the one whose turn it is. */
const READ_AHEAD = 32;

/** Pieces are gathered to about this many bytes: a write for each small file costs more than its bytes. */
const GATHER_BYTES = 256 * 1024;

/**
 * Entries of `folder` in their order. A file that has another size than its entry says by now is packed with the size
 * that it has; one that is gone is left out.
 */
export async function* packTar(
  folder: string,
  entries: readonly TreeEntry[],
  onFile: (entry: TreeEntry) => void = () => {},
): AsyncGenerator<Uint8Array, void> {
  const reading = new Map<number, Promise<Buffer | undefined>>();
  let ahead = 0;
  let gathered: Buffer[] = [];
  let gatheredBytes = 0;
  for (const [index, entry] of entries.entries()) {
    for (; ahead < entries.length && ahead < index + READ_AHEAD; ahead += 1) {
      const next = entries[ahead] as TreeEntry;
      if (next.kind !== 'file') continue;
      const content = readIfThere(join(folder, next.path));
      // Seen when its turn comes; until then it must not end the process.
      content.catch(() => {});
      reading.set(ahead, content);
    }
    const content = entry.kind === 'file' ? await reading.get(index) : Buffer.alloc(0);
    reading.delete(index);
    if (!content) continue;
    const parts = [...headersOf(entry, content.length), content, Buffer.alloc(padding(content.length))];
    gathered.push(...parts);
    gatheredBytes += parts.reduce((sum, { length }) => sum + length, 0);
    if (entry.kind === 'file') onFile(entry);
    if (gatheredBytes < GATHER_BYTES) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    gatheredBytes = 0;
  }
  yield Buffer.concat([...gathered, Buffer.alloc(2 * BLOCK)]);
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function padding(length: number): number {
  return (BLOCK - (length % BLOCK)) % BLOCK;
}

const TYPES = { file: '0', link: '2', folder: '5' } as const;

function headersOf(entry: TreeEntry, size: number): Buffer[] {
  const path = entry.kind === 'folder' ? `${entry.path}/` : entry.path;
  const target = entry.target ?? '';
  return [
    ...longHeader('L', path),
    ...longHeader('K', target),
    headerBlock({
      path,
      target,
      type: TYPES[entry.kind],
      mode: entry.kind === 'folder' || entry.isExecutable ? 0o755 : 0o644,
      size,
      seconds: entry.modifiedAtMs / 1000,
    }),
  ];
}

/** A name that a header cannot hold comes before it, as GNU's tar writes it and busybox's reads it, which knows no pax. */
function longHeader(type: 'L' | 'K', name: string): Buffer[] {
  const bytes = Buffer.from(`${name}\0`);
  if (bytes.length <= 101) return [];
  const header = headerBlock({
    path: '././@LongLink',
    target: '',
    type,
    mode: 0o644,
    size: bytes.length,
    seconds: 0,
  });
  return [header, bytes, Buffer.alloc(padding(bytes.length))];
}

interface Header {
  readonly path: string;
  readonly target: string;
  readonly type: string;
  readonly mode: number;
  readonly size: number;
  readonly seconds: number;
}

/** A ustar header; files of 8 GiB and more are not packed. */
function headerBlock({ path, target, type, mode, size, seconds }: Header): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(path, 0, 100, 'utf8');
  block.write(octal(mode, 8), 100, 'latin1');
  block.write(octal(0, 8), 108, 'latin1');
  block.write(octal(0, 8), 116, 'latin1');
  block.write(octal(size, 12), 124, 'latin1');
  block.write(octal(Math.max(0, Math.floor(seconds)), 12), 136, 'latin1');
  block.write('        ', 148, 'latin1');
  block.write(type, 156, 'latin1');
  block.write(target, 157, 100, 'utf8');
  block.write('ustar\x0000', 257, 'latin1');
  let sum = 0;
  for (let at = 0; at < BLOCK; at += 1) sum += block[at] as number;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
