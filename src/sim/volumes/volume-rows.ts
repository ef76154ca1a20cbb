// Volumes and offers of them, as listings answer them.
import type { Instance } from '../instances/instance.ts';
import type { MarketRow } from '../market/market.ts';
import { fixedFields, publicAddress } from '../market/offer-row.ts';
import { type Ask, isUp, type Machine, volumeOfferIdOf, type World } from '../market/world.ts';
import type { Volume } from './volumes.ts';

const HOURS_A_MONTH = 720;

export function volumeRow(
  { id, machine, name, sizeGb, pricePerGbMonth, createdMs }: Volume,
  mounts: readonly Instance[],
) {
  const { host, surroundings } = machine;
  return {
    id,
    label: name,
    status: isUp(machine) ? 'active' : 'offline',
    disk_space: sizeGb,
    disk_name: surroundings.diskName,
    start_date: createdMs / 1_000,
    machine_id: machine.machineId,
    host_id: machine.ownerId,
    public_ipaddr: publicAddress(machine),
    geolocation: host.place.geolocation,
    verification: machine.verification,
    reliability2: machine.reliability,
    inet_up: surroundings.inetUpMbps,
    inet_down: surroundings.inetDownMbps,
    storage_total_cost: (pricePerGbMonth * sizeGb) / HOURS_A_MONTH,
    instances: mounts.map((instance) => instance.id),
    cluster_id: null,
  };
}

/** An offer of a machine's free volume disk; a row like any other to a search, and never bundled. */
export function volumeOffer(world: World, machine: Machine, nowMs: number): MarketRow {
  const { surroundings, host } = machine;
  const live = {
    id: volumeOfferIdOf(world, machine),
    disk_space: surroundings.volumeGb,
    storage_cost: surroundings.volumePrice,
    reliability: machine.reliability,
    reliability2: machine.reliability,
    verification: machine.verification,
    vericode: machine.vericode,
    geolocation: host.place.geolocation,
    rentable: isUp(machine),
    start_date: machine.listedSinceMs / 1_000,
    end_date: Math.round(machine.endDateMs / 1_000),
    duration: machine.endDateMs / 1_000 - nowMs / 1_000,
    resource_type: 'volume',
    score: machine.reliability * Math.log1p(surroundings.volumeGb),
  };
  return {
    id: live.id,
    fixed: fixedFields(world, machine.asks[0] as Ask),
    live,
    head: new Uint8Array(),
    baseScore: undefined,
    endDateSec: live.end_date,
    bundleKey: undefined,
  };
}
