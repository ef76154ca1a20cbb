// Routes of volumes: listing, renting, deleting, searching; and hosts offering them. Network volumes are not sold yet,
// so that nobody has any.
import { ApiError } from '../api/api-error.ts';
import { numberOf, textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { Dice } from '../dice.ts';
import type { Contracts } from '../hosts/contracts.ts';
import type { Hosts } from '../hosts/hosts.ts';
import { changeListing } from '../market/listing.ts';
import { isShown, volumeOfferIdOf } from '../market/world.ts';
import { runSearch } from '../search/run-search.ts';
import { SearchError } from '../search/search-error.ts';
import { parseSearch } from '../search/search-query.ts';
import { volumeOffer, volumeRow } from './volume-rows.ts';
import type { Volume, Volumes } from './volumes.ts';

export interface VolumeDeps {
  readonly volumes: Volumes;
  readonly hosts: Hosts;
  readonly contracts: Contracts;
  readonly dice: Dice;
}

const DEFAULT_LIMIT = 64;

export function volumeRoutes(deps: VolumeDeps): readonly Route[] {
  const { volumes, hosts, contracts } = deps;
  const { world } = hosts;
  // Volumes can be rented with an instance, too.
  contracts.setVolumes(volumes);

  return [
    {
      method: 'GET',
      path: '/api/v0/volumes',
      scope: 'instance_read',
      summary: 'The volumes of the account; `type` is local_volume, network_volume or all_volume.',
      intervalSec: 5.5,
      handle({ caller, query, nowMs }) {
        const isNone = query.get('type') === 'network_volume';
        const own = isNone ? [] : volumes.of(caller.account);
        return jsonReply({
          volumes: own.map((volume) => volumeRow(volume, contracts.mounting(volume, nowMs))),
        });
      },
    },
    {
      method: 'PUT',
      path: '/api/v0/volumes',
      scope: 'instance_write',
      summary: 'Rents disk of a volume offer.',
      intervalSec: 5.5,
      handle({ caller, body, nowMs }) {
        const wanted = {
          offerId: needed(body, 'id'),
          sizeGb: needed(body, 'size'),
          name: textOf(body, 'name') ?? null,
        };
        return created(volumes.create(caller.account, wanted, nowMs));
      },
    },
    {
      method: 'POST',
      path: '/api/v0/volumes/copy',
      scope: 'instance_write',
      summary:
        'Clones the volume `src_id` to the volume offer `dst_id`, with `size` GB; as many as it has when left out.',
      async handle({ caller, body, nowMs }) {
        const source = volumes.get(caller.account, needed(body, 'src_id'));
        const sizeGb = numberOf(body, 'size') ?? source.sizeGb;
        if (sizeGb < source.sizeGb)
          throw invalid(`size ${sizeGb} is less than the ${source.sizeGb} GB to copy`);
        const { name } = source;
        const wanted = { offerId: needed(body, 'dst_id'), sizeGb, name, cloneOf: source };
        const clone = volumes.create(caller.account, wanted, nowMs);
        await contracts.cloneVolume(source, clone, nowMs);
        return created(clone);
      },
    },
    {
      method: 'DELETE',
      path: '/api/v0/volumes',
      scope: 'instance_write',
      summary: 'Deletes a volume that no instance mounts; its id stands in the query or in the body.',
      intervalSec: 5.5,
      handle({ caller, body, query, nowMs }) {
        const id = numberOf({ id: query.get('id') ?? body.id }, 'id');
        const volume = volumes.get(caller.account, id);
        const mounts = contracts.mounting(volume, nowMs);
        if (mounts.length > 0) {
          const names = mounts.map((instance) => instance.id).join(', ');
          throw new ApiError(
            400,
            'invalid_request',
            `Volume ${id} is mounted by ${names}; destroy them first, and wait for half a minute.`,
          );
        }
        volumes.remove(volume, nowMs);
        return jsonReply({ success: true });
      },
    },
    {
      method: 'POST',
      path: '/api/v0/volumes/search',
      scope: 'misc',
      summary: 'Searches disk that is offered for volumes; filters as for offers.',
      intervalSec: 5.5,
      handle: (call) => jsonReply({ offers: search(deps, call) }),
    },
    {
      method: 'POST',
      path: '/api/v0/network_volumes/search',
      scope: 'misc',
      summary: 'Searches network volumes; there are none.',
      handle: () => jsonReply({ offers: [] }),
    },
    {
      method: 'POST',
      path: '/api/v0/volumes',
      scope: 'machine_write',
      summary: 'A host offers disk of a machine for volumes.',
      handle({ caller, body, nowMs }) {
        const { machine } = hosts.owned(caller.account, numberOf(body, 'machine'));
        const volumeGb = needed(body, 'size');
        const volumePrice = numberOf(body, 'price_disk');
        if (!(volumeGb >= 0 && volumeGb <= machine.surroundings.diskSpaceGb) || (volumePrice ?? 0) < 0)
          throw invalid(`size ${volumeGb} or its price does not fit machine ${machine.machineId}`);
        changeListing(world, machine, { volumeGb, ...(volumePrice !== undefined && { volumePrice }) }, nowMs);
        return jsonReply({ success: true, volume_ask_id: volumeOfferIdOf(world, machine), you_sent: body });
      },
    },
    {
      method: 'POST',
      path: '/api/v0/volumes/unlist',
      scope: 'machine_write',
      summary: 'A host takes a volume offer back; volumes that are rented stay.',
      handle({ caller, body, nowMs }) {
        const id = needed(body, 'id');
        const own = hosts
          .machinesOf(caller.account)
          .find(({ machine }) => volumeOfferIdOf(world, machine) === id || machine.machineId === id);
        if (!own) throw new ApiError(404, 'no_such_ask', `You have no volume offer ${id}.`);
        changeListing(world, own.machine, { volumeGb: 0 }, nowMs);
        return jsonReply({ success: true, machine_id: own.machine.machineId });
      },
    },
  ];
}

function search({ hosts, dice }: VolumeDeps, { body, nowMs }: Call): readonly unknown[] {
  const { world } = hosts;
  const rows = world.machines
    .filter((machine) => isShown(machine) && machine.surroundings.volumeGb > 0)
    .map((machine) => volumeOffer(world, machine, nowMs));
  try {
    const query = parseSearch({ limit: DEFAULT_LIMIT, ...body }, { extraColumns: new Map() }, 'none');
    const found = runSearch(rows, query, { dice, nowMs, cap: Number.POSITIVE_INFINITY });
    return found.map(({ row }) => ({ ...row.fixed, ...row.live }));
  } catch (error) {
    if (error instanceof SearchError) throw new ApiError(400, 'invalid_request', error.message);
    throw error;
  }
}

function created({ id }: Volume): Response {
  return jsonReply({ success: true, volume_name: `V.${id}`, volume_id: id });
}

/** Throws ApiError 400 when it is not given. */
function needed(body: Readonly<Record<string, unknown>>, name: string): number {
  const number = numberOf(body, name);
  if (number === undefined) throw invalid(`${name} is missing`);
  return number;
}

function invalid(why: string): ApiError {
  return new ApiError(400, 'invalid_args', `error 400/3467: Invalid args: ${why}`);
}
