// A temporary folder for the stores of one run; gone afterwards.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function makeWorkFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'vd-bench-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
