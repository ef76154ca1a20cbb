// What a file is, told by its first bytes and not by its name.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export type FileKind =
  | 'absent'
  | 'folder'
  | 'empty'
  | 'sqlite'
  | 'duckdb'
  | 'parquet'
  | 'gzip'
  | 'text'
  | 'unknown';

/** Looks at the first 512 bytes; throws what the system says when the file may not be read. */
export function fileKind(path: string): FileKind {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return 'absent';
    throw error;
  }
  try {
    if (fstatSync(file).isDirectory()) return 'folder';
    const head = Buffer.alloc(512);
    return kindOfHead(head.subarray(0, readSync(file, head, 0, head.length, 0)));
  } finally {
    closeSync(file);
  }
}

function kindOfHead(head: Buffer): FileKind {
  if (head.length === 0) return 'empty';
  if (head.toString('latin1', 0, 16) === 'SQLite format 3\0') return 'sqlite';
  // A DuckDB file begins with the checksum of its header.
  if (head.toString('latin1', 8, 12) === 'DUCK') return 'duckdb';
  if (head.toString('latin1', 0, 4) === 'PAR1') return 'parquet';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  return head.includes(0) ? 'unknown' : 'text';
}
