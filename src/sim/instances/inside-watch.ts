// What the service reads off the containers of instances every minute: traffic, which is billed, a disk that fills up and
// GPUs that do nothing, of which their owner is told once.
import { DAY_MS } from '../../base/std/index.ts';
import { change, type Fleet } from './fleet.ts';
import type { Instance } from './instance.ts';
import { billTraffic } from './traffic.ts';

const READ_EVERY_MS = 60_000;
/** Disks are looked at less often: a real one has to be walked through. */
const DISK_EVERY_MS = 30 * 60_000;
/** Used shares of the disk at which the owner is told; the service does not say, so these are our choice. */
const DISK_LOW_SHARE = 0.9;
const DISK_FULL_SHARE = 0.99;
const IDLE_TOLD_MS = DAY_MS;

/** Looks at it for as long as it has a container. */
export function watchInside(fleet: Fleet, instance: Instance, atMs: number): void {
  if (instance.insideWatch || !fleet.insides.of(instance)) return;
  instance.insideWatch = fleet.service.agenda.plan(atMs + READ_EVERY_MS, (dueMs) => {
    instance.insideWatch = undefined;
    billTraffic(fleet, instance, dueMs);
    lookAtGpus(fleet, instance, dueMs);
    if (Math.floor(dueMs / DISK_EVERY_MS) !== Math.floor((dueMs - READ_EVERY_MS) / DISK_EVERY_MS))
      lookAtDisk(fleet, instance, dueMs);
    watchInside(fleet, instance, dueMs);
  });
}

/** An unknown figure tells nothing. */
function lookAtDisk(fleet: Fleet, instance: Instance, atMs: number): void {
  const usedShare = (fleet.insides.of(instance)?.diskUsedGb() ?? 0) / instance.diskGb;
  if (usedShare >= DISK_FULL_SHARE) tellOfDisk(fleet, instance, 'storage_full', atMs);
  else if (usedShare >= DISK_LOW_SHARE) tellOfDisk(fleet, instance, 'disk_low', atMs);
}

/** Each once; after a full disk a low one is no news. */
export function tellOfDisk(
  fleet: Fleet,
  instance: Instance,
  what: 'disk_low' | 'storage_full',
  atMs: number,
): void {
  if (instance.diskTold === what || instance.diskTold === 'storage_full') return;
  instance.diskTold = what;
  change(fleet, instance, atMs, what, {}, { disk_gb: instance.diskGb });
}

/** Once for each time that it runs on without a pause in its idleness. */
function lookAtGpus(fleet: Fleet, instance: Instance, atMs: number): void {
  const isIdle = instance.actual === 'running' && fleet.insides.of(instance)?.isGpuIdle?.() === true;
  if (!isIdle) {
    instance.idleSinceMs = undefined;
    instance.isIdleTold = false;
    return;
  }
  instance.idleSinceMs ??= atMs;
  if (instance.isIdleTold || atMs - instance.idleSinceMs < IDLE_TOLD_MS) return;
  instance.isIdleTold = true;
  change(fleet, instance, atMs, 'gpu_idle', {}, { since_ms: instance.idleSinceMs });
}
