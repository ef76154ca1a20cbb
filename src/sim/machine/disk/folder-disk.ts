// A disk as a plain folder, for users who may not mount: its size is held by measuring. Exact for what comes from
// outside the machine, as coarse as the looks of disk-watch.ts for its processes.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { diskUsageBytes } from '../disk-usage.ts';
import { removeFolder } from '../remove-folder.ts';
import { type Disk, type DiskPlace, FILES } from './disk.ts';

export interface FolderDisk extends Disk {
  /** Walks through it. Rejects when there is no `du`. */
  measure(): Promise<void>;
}

export function makeFolderDisk({ dir, sizeBytes }: DiskPlace): FolderDisk {
  const files = join(dir, FILES);
  mkdirSync(files, { recursive: true, mode: 0o755 });
  let measuredBytes = 0;
  let writtenBytes = 0;
  let isMadeFull = false;
  const usedBytes = () => measuredBytes + writtenBytes;
  return {
    dir: files,
    sizeBytes,
    heldBy: 'measuring',
    usedBytes,
    freeBytes: () => (isMadeFull ? 0 : Math.max(0, sizeBytes - usedBytes())),
    wrote: (bytes) => {
      writtenBytes += bytes;
    },
    setFull: async (isFull) => {
      isMadeFull = isFull;
    },
    measure: async () => {
      const before = writtenBytes;
      measuredBytes = await diskUsageBytes(files);
      // What was written while it was walked through may be missing in the sum.
      writtenBytes -= before;
    },
    clear: async () => {
      await removeFolder(files);
      mkdirSync(files, { mode: 0o755 });
      measuredBytes = 0;
      writtenBytes = 0;
    },
    remove: () => removeFolder(dir),
  };
}
