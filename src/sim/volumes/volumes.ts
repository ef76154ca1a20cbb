// Volumes: disk of one machine that outlives instances. What is rented of it is gone from the machine's offer, and costs
// by the second until it is deleted, except while the machine is away.
import type { Account } from '../accounts/account.ts';
import { ApiError } from '../api/api-error.ts';
import type { Billing } from '../billing/billing.ts';
import { isOwner } from '../hosts/owner-id.ts';
import { isShown, isUp, type Machine, touch, volumeOfferIdOf, type World } from '../market/world.ts';
import type { Service } from '../service.ts';

export interface Volume {
  readonly id: number;
  readonly account: Account;
  readonly machine: Machine;
  readonly name: string | null;
  readonly sizeGb: number;
  /** Dollars, as agreed at its creation. */
  readonly pricePerGbMonth: number;
  readonly createdMs: number;
}

export interface NewVolume {
  readonly offerId: number;
  readonly sizeGb: number;
  readonly name: string | null;
  /** Where it has to be, for an instance there to mount it. */
  readonly on?: Machine;
  /** Whose data it begins with. */
  readonly cloneOf?: Volume;
}

export interface Volumes {
  /**
   * Throws ApiError: no such offer (404), not the host's own (403), on another machine than it has to be, no whole size
   * or too large (400), no credit (400).
   */
  create(account: Account, wanted: NewVolume, atMs: number): Volume;
  /** The account's; throws ApiError 404 for any other id. */
  get(account: Account, id: number | undefined): Volume;
  /** Deletes it; whether something mounts it is for the caller to know. */
  remove(volume: Volume, atMs: number): void;
  has(volume: Volume): boolean;
  /** In the order of their creation. */
  of(account: Account): readonly Volume[];
  /** GB of the machine that are rented as volumes. */
  rentedGb(machine: Machine): number;
}

export interface VolumesDeps {
  readonly service: Service;
  readonly billing: Billing;
  readonly world: World;
  /** Told of each that is no more. */
  readonly removed: (volumeId: number) => void;
}

const FIRST_VOLUME_ID = 30_000_001;
const HOURS_A_MONTH = 720;

export function createVolumes({ service, billing, world, removed }: VolumesDeps): Volumes {
  const { truthLog } = service;
  const volumes = new Map<number, Volume>();
  const machineByOffer = (offerId: number) =>
    world.machines.find((machine) => isShown(machine) && volumeOfferIdOf(world, machine) === offerId);
  let made = 0;

  const setRate = ({ account, id, machine, sizeGb, pricePerGbMonth }: Volume, atMs: number) => {
    const isBilled = volumes.has(id) && isUp(machine);
    const of = { account, instanceId: id, machineId: machine.machineId, contract: 'volume' } as const;
    billing.setRate(of, 'disk', isBilled ? (pricePerGbMonth * sizeGb) / HOURS_A_MONTH : 0, atMs);
  };
  const addFree = (machine: Machine, gb: number) => {
    const { surroundings } = machine;
    machine.surroundings = { ...surroundings, volumeGb: surroundings.volumeGb + gb };
    touch(world, machine);
  };
  const watch = (volume: Volume) => {
    const follow = (atMs: number) => {
      if (volumes.has(volume.id)) setRate(volume, atMs);
    };
    volume.machine.watchers.add({ down: follow, up: follow });
  };

  const remove = (volume: Volume, atMs: number) => {
    if (!volumes.delete(volume.id)) return;
    addFree(volume.machine, volume.sizeGb);
    setRate(volume, atMs);
    truthLog.note(atMs, 'volume', volume.id, 'deleted');
    removed(volume.id);
  };
  const of = (account: Account) => [...volumes.values()].filter((volume) => volume.account === account);

  // Mounted or not: what its owner does not pay for goes with the instances.
  billing.onGraceOver((account, atMs) => {
    for (const volume of of(account)) remove(volume, atMs);
  });

  return {
    of,
    create(account, { offerId, sizeGb, name, on, cloneOf }, atMs) {
      const machine = machineByOffer(offerId);
      if (!machine || machine.surroundings.volumeGb <= 0) {
        throw new ApiError(
          404,
          'no_such_ask',
          `error 404/3603: no_such_ask Volume offer ${offerId} is not available.`,
        );
      }
      const isOwn = isOwner(account, machine);
      if (account.role === 'host' && !isOwn) {
        throw new ApiError(
          403,
          'not_authorized',
          `Volume offer ${offerId} is not your own. Hosts can only rent their own machines.`,
        );
      }
      if (on && on !== machine) {
        throw new ApiError(
          400,
          'invalid_args',
          `error 400/3467: Invalid args: volume offer ${offerId} is on machine ${machine.machineId}; this instance is on ${on.machineId}`,
        );
      }
      const { volumeGb, volumePrice } = machine.surroundings;
      if (!Number.isInteger(sizeGb) || sizeGb < 1 || sizeGb > volumeGb) {
        throw new ApiError(
          400,
          'invalid_args',
          `error 400/3467: Invalid args: size is ${sizeGb}, not a whole number from 1 to ${Math.floor(volumeGb)} GB`,
        );
      }
      if (billing.creditUsd(account, atMs) <= 0)
        throw new ApiError(400, 'insufficient_credit', 'Your account lacks credit; see the billing page.');
      const id = FIRST_VOLUME_ID + made;
      made += 1;
      const pricePerGbMonth = isOwn ? 0 : volumePrice;
      const volume: Volume = { id, account, machine, name, sizeGb, pricePerGbMonth, createdMs: atMs };
      volumes.set(id, volume);
      addFree(machine, -sizeGb);
      setRate(volume, atMs);
      watch(volume);
      truthLog.note(atMs, 'volume', id, 'created', {
        account_id: account.id,
        machine_id: machine.machineId,
        size_gb: sizeGb,
        ...(cloneOf && { clone_of: cloneOf.id }),
      });
      return volume;
    },
    get(account, id) {
      const volume = id === undefined ? undefined : volumes.get(id);
      if (volume?.account === account) return volume;
      throw new ApiError(404, 'no_such_volume', `Volume ${id ?? 'without an id'} not found.`);
    },
    remove,
    has: ({ id }) => volumes.has(id),
    rentedGb: (machine) =>
      [...volumes.values()].reduce((sum, each) => sum + (each.machine === machine ? each.sizeGb : 0), 0),
  };
}
