// Looks after folders that have a size: measures those that may have become full, so that the machine can be shown a full
// disk. A walk through a folder costs too much to be made every second for hundreds of machines. So one call asks how much
// the host's file system has grown: a folder cannot have grown by more, unless others removed as much meanwhile.
import { statfsSync } from 'node:fs';
import type { Clock, Log, Timer } from '../../../base/std/index.ts';
import type { FolderDisk } from './folder-disk.ts';

/** How late a full disk is noticed, at best; a folder on which nothing runs is not looked at. */
const LOOK_EVERY_MS = 1_000;
/** Growth that others' removals hid is noticed after this long. */
const MEASURE_EVERY_MS = 30_000;
/** Of the time, what the walks through one folder may take. */
const WALKS_SHARE = 0.1;

export interface WatchedDisk {
  readonly disk: FolderDisk;
  /** Whether something runs that could write. */
  readonly isBusy: () => boolean;
  /** Called after each measurement. */
  readonly measured: () => void;
}

export interface Watching {
  /** Somebody wants to know: at the next look it is measured, also while nothing runs. */
  want(): void;
  end(): void;
}

export interface DiskWatch {
  add(watched: WatchedDisk): Watching;
  stop(): void;
}

interface Entry extends WatchedDisk {
  hostUsedBytes: number;
  measuredAtMs: number;
  walkMs: number;
  isWanted: boolean;
}

/** `dir` is a folder of the file system on which all disks are. */
export function watchDisks({ dir, clock, log }: { dir: string; clock: Clock; log: Log }): DiskWatch {
  const entries = new Set<Entry>();
  let timer: Timer | undefined;
  let isStopped = false;
  const hostUsedBytes = () => {
    const { blocks, bfree, bsize } = statfsSync(dir);
    return (blocks - bfree) * bsize;
  };
  const measure = async (entry: Entry) => {
    const begunMs = clock.monotonic();
    entry.hostUsedBytes = hostUsedBytes();
    entry.isWanted = false;
    try {
      await entry.disk.measure();
    } catch (error) {
      log.debug('a disk could not be measured', { error });
    }
    entry.measuredAtMs = clock.monotonic();
    entry.walkMs = entry.measuredAtMs - begunMs;
    if (entries.has(entry)) entry.measured();
  };
  const isDue = (entry: Entry, usedBytes: number): boolean => {
    if (!entry.isBusy() && !entry.isWanted) return false;
    const sinceMs = clock.monotonic() - entry.measuredAtMs;
    if (sinceMs < entry.walkMs / WALKS_SHARE) return false;
    const left = entry.disk.freeBytes();
    if (entry.isWanted || left === 0) return true;
    return usedBytes - entry.hostUsedBytes >= left || sinceMs >= MEASURE_EVERY_MS;
  };
  const look = async () => {
    const usedBytes = hostUsedBytes();
    for (const entry of entries) if (isDue(entry, usedBytes)) await measure(entry);
    lookLater();
  };
  const lookLater = () => {
    timer?.cancel();
    timer = undefined;
    if (!isStopped && entries.size > 0) timer = clock.setTimer(LOOK_EVERY_MS, () => void look());
  };
  return {
    add: (watched) => {
      const entry: Entry = {
        ...watched,
        hostUsedBytes: 0,
        measuredAtMs: clock.monotonic(),
        walkMs: 0,
        isWanted: false,
      };
      entries.add(entry);
      if (!timer) lookLater();
      return {
        want: () => {
          entry.isWanted = true;
        },
        end: () => {
          entries.delete(entry);
          if (entries.size > 0) return;
          timer?.cancel();
          timer = undefined;
        },
      };
    },
    stop: () => {
      isStopped = true;
      entries.clear();
      timer?.cancel();
    },
  };
}
