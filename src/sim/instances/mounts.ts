// Volumes in instances: what a rental asks for is created or found, and stays mounted for as long as the instance is there
// and a little longer.
import type { Account } from '../accounts/account.ts';
import { ApiError } from '../api/api-error.ts';
import type { Machine } from '../market/world.ts';
import type { Volume, Volumes } from '../volumes/volumes.ts';
import type { Fleet } from './fleet.ts';
import { type Instance, isThere, type Mount } from './instance.ts';

/** What a request to rent says of a volume. */
export interface VolumeWish {
  /** Of the volume's offer when it is to be created, else of the volume. */
  readonly id: number;
  readonly isNew: boolean;
  /** Of a new one. */
  readonly sizeGb: number;
  readonly name: string | null;
  readonly mountPath: string;
}

/** How long after the end of an instance its volumes are still held. */
const HELD_MS = 30_000;

/** Creates or finds the volume. Throws ApiError for one that is not to be had, or that is on another machine. */
export function openMount(
  volumes: Volumes | undefined,
  account: Account,
  machine: Machine,
  { id, isNew, sizeGb, name, mountPath }: VolumeWish,
  atMs: number,
): Mount {
  if (!volumes) throw new ApiError(404, 'no_such_volume', 'This market has no volumes.');
  if (isNew) {
    const volume = volumes.create(account, { offerId: id, sizeGb, name, on: machine }, atMs);
    return { volume, path: mountPath, isNew };
  }
  const volume = volumes.get(account, id);
  if (volume.machine === machine) return { volume, path: mountPath, isNew };
  throw new ApiError(
    400,
    'invalid_args',
    `error 400/3467: Invalid args: volume ${id} is on machine ${volume.machine.machineId}, and stays there.`,
  );
}

/** To be called when it is created; `left` when it has ended, for the volumes that are still there. */
export function noteMounts(fleet: Fleet, instance: Instance, what: 'mounted' | 'left', atMs: number): void {
  for (const { volume, path } of mountsOf(fleet, instance))
    fleet.service.truthLog.note(atMs, 'volume', volume.id, what, { instance_id: instance.id, path });
}

/** A volume may go before its instance: when the owner cannot pay, and when an instance comes back by mistake. */
function mountsOf({ volumes }: Fleet, { mounts }: Instance): readonly Mount[] {
  return mounts.filter(({ volume }) => volumes?.has(volume));
}

/** Plans the moment at which the volumes of an instance that ended are free. */
export function leaveMounts(fleet: Fleet, instance: Instance, atMs: number): void {
  if (instance.mounts.length === 0) return;
  fleet.service.agenda.plan(atMs + HELD_MS, (dueMs) => {
    if (!holds(instance, dueMs)) noteMounts(fleet, instance, 'left', dueMs);
  });
}

/** Instances that hold the volume: running or not, and those that ended just now. */
export function mountersOf(fleet: Fleet, volume: Volume, nowMs: number): readonly Instance[] {
  return [...fleet.all.values()].filter(
    (instance) => instance.mounts.some((mount) => mount.volume === volume) && holds(instance, nowMs),
  );
}

function holds(instance: Instance, nowMs: number): boolean {
  return isThere(instance) || nowMs < (instance.destroyedMs ?? 0) + HELD_MS;
}

/** As listings show them: what was asked for, and the three columns that the official client prints. */
export function mountRows(fleet: Fleet, instance: Instance): readonly Readonly<Record<string, unknown>>[] {
  return mountsOf(fleet, instance).map(({ volume, path, isNew }) => ({
    id: volume.id,
    volume_id: volume.id,
    create_new: isNew,
    name: volume.name,
    mount_path: path,
    total_space: volume.sizeGb,
    avail_space: volume.sizeGb,
  }));
}
