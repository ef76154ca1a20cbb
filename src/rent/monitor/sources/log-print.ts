// Is the log still the one that was read? What is kept of it between two runs of this program: which file it was, and a
// print of the bytes just before the place up to which it was read.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { LogRestart } from '../../remote/index.ts';

export interface LogFile {
  readonly path: string;
  /** Null where nothing tells; so for the birth. */
  readonly inode: string | null;
  readonly bornAtMs: number | null;
}

const printSchema = z.object({
  path: z.string(),
  inode: z.string().nullable(),
  bornAtMs: z.number().nullable(),
  atMs: z.number(),
  offset: z.int().nonnegative(),
  length: z.int().positive(),
  sha256: z.string(),
});
/** The print of `length` bytes at `offset`, taken at `atMs`. */
export type LogPrint = Readonly<z.infer<typeof printSchema>>;

/** Of so many bytes: lines with figures in them, which no other attempt prints. */
export const PRINT_BYTES = 4_096;
/** Clocks of two machines. */
const APART_MS = 5_000;

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** `end` is that of the bytes in the log. Undefined of no bytes. */
export function makeLogPrint(
  file: LogFile,
  { bytes, end, atMs }: { readonly bytes: Uint8Array; readonly end: number; readonly atMs: number },
): LogPrint | undefined {
  const { length } = bytes;
  if (length === 0) return undefined;
  const { path, inode, bornAtMs } = file;
  return {
    path,
    inode,
    bornAtMs,
    atMs: Math.trunc(atMs),
    offset: end - length,
    length,
    sha256: hashOf(bytes),
  };
}

/** Undefined of a text that is no print. */
export function parseLogPrint(text: string): LogPrint | undefined {
  try {
    return printSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * How the log is no more the one of the print; null where it is. `bytes` are those that stand at the print's place now.
 * Other bytes are another log. The same bytes are the same log, in whatever file, unless the file was made since: two
 * attempts of one script begin with the same lines, and a short print holds nothing else.
 */
export function comparePrint(
  print: LogPrint,
  file: LogFile & { readonly sizeBytes: number },
  bytes: Uint8Array,
): LogRestart | null {
  if (file.path !== print.path) return null;
  if (file.sizeBytes < print.offset + print.length) return 'truncated';
  if (bytes.length !== print.length || hashOf(bytes) !== print.sha256) return 'replaced';
  const isOtherFile = file.inode !== null && print.inode !== null && file.inode !== print.inode;
  const isYounger = file.bornAtMs !== null && file.bornAtMs > print.atMs + APART_MS;
  return isOtherFile && isYounger ? 'replaced' : null;
}
