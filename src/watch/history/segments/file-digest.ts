// A digest of each file stands in the manifest, so that a check notices every changed byte, also in columns that
// no poll's hash covers.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const BLOCK_BYTES = 1 << 20;

/** SHA-256 in hexadecimal, read in blocks. */
export function digestFile(path: string): string {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  const handle = openSync(path, 'r');
  try {
    for (;;) {
      const length = readSync(handle, block);
      if (length === 0) return hash.digest('hex');
      hash.update(block.subarray(0, length));
    }
  } finally {
    closeSync(handle);
  }
}
