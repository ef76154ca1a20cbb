// Local files that are being filled: how far they are, and names that no other transfer takes.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, stat, utimes, writeFile } from 'node:fs/promises';

/** 0 when it is not there. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/**
 * The name under which something is filled until it is whole. It depends on what fills it, so that another version of
 * a file never goes on in the part of the one before.
 */
export function partName(...facts: readonly (string | number)[]): string {
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
  return `.vastdeck-${hash}.part`;
}

/** Time and mode come before the name: under its name a file is whole. */
export async function completePart(
  part: string,
  { modifiedAtMs, isExecutable }: { readonly modifiedAtMs: number; readonly isExecutable: boolean },
): Promise<void> {
  // An empty file has had nothing written.
  await writeFile(part, '', { flag: 'a' });
  if (isExecutable) await chmod(part, runnable((await stat(part)).mode));
  await utimes(part, modifiedAtMs / 1000, modifiedAtMs / 1000);
}

/** Whoever may read it may run it. */
function runnable(mode: number): number {
  return mode | ((mode & 0o444) >> 2);
}

/** Names of unfinished transfers, here and on machines: they are nobody's files. */
export function isPartName(name: string): boolean {
  return /^\.vastdeck-[0-9a-f]{16}\.part$/.test(name);
}

/** Hex SHA-256 of a file's first `bytes`, default all. */
export async function hashLocalFile(
  path: string,
  { bytes, signal }: { readonly bytes?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const hash = createHash('sha256');
  if (bytes === 0) return hash.digest('hex');
  const reading = createReadStream(path, {
    highWaterMark: 1024 * 1024,
    ...(bytes !== undefined && { end: bytes - 1 }),
    ...(signal && { signal }),
  });
  for await (const piece of reading) hash.update(piece as Buffer);
  return hash.digest('hex');
}
