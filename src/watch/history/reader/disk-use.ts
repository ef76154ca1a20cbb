// How much room a store takes.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface DiskUse {
  readonly total: number;
  readonly journal: number;
  readonly parquet: number;
}

/** Bytes of the files in the store's folder. */
export function diskUse(dir: string): DiskUse {
  let journal = 0;
  let parquet = 0;
  let total = 0;
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // A collector may just be deleting what it has replaced.
    const size = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
    total += size;
    if (entry.name.startsWith('journal.db')) journal += size;
    if (entry.name.endsWith('.parquet')) parquet += size;
  }
  return { total, journal, parquet };
}
