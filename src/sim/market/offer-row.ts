// An ask as the search answers it: every field of the recorded answers of 2024-11-05 and 2026-07-18.
// Formulas are those found in these answers (docs/internals/simulator.md, "Fields").
import { DRAW } from '../dice.ts';
import type { Surroundings } from './hardware.ts';
import { asciiJson, type MarketRow, type MarketView } from './market.ts';
import type { RowSlot, RowStore } from './row-store.ts';
import {
  type Ask,
  isRentable,
  type Machine,
  minimumBid,
  offerIdOf,
  renterPrice,
  volumeOfferIdOf,
  type World,
} from './world.ts';

const HOURS_A_MONTH = 720;

/** A view and where its rows are kept: places are few, so a new view takes that of an old one. */
export interface PlacedView {
  readonly view: MarketView;
  readonly viewId: number;
  readonly place: number;
  /** The memory of this place. */
  readonly store: RowStore;
}

/** The row of this ask as the view shows it, built only when something changed since the last time. */
export function offerRow(world: World, ask: Ask, { view, viewId, place, store }: PlacedView): MarketRow {
  const { version, surroundings } = ask.machine;
  const cached = ask.rows[place];
  if (cached?.version === version && cached.viewId === viewId) return cached.row as MarketRow;
  // What depends on the machine only is written once and kept, also when the listing gets new ids.
  const kept = (cached ?? ask.rows.find((entry) => entry))?.fixed as FixedPart | undefined;
  const fixed = kept?.madeOf === surroundings ? kept : writeFixed(world, ask);
  const live = liveFields(world, ask, view, fixed.fields);
  const slot = store.put(fixed.text, asciiJson(live).slice(1, -1), cached?.slot as RowSlot | undefined);
  const row = marketRow(ask, fixed, live, slot);
  while (ask.rows.length < place) ask.rows.push(undefined);
  ask.rows[place] = { viewId, version, fixed, slot, row };
  return row;
}

function marketRow(
  { machine, chunk }: Ask,
  { fields }: FixedPart,
  live: ReturnType<typeof liveFields>,
  { place, length }: RowSlot,
): MarketRow {
  return {
    id: live.id,
    fixed: fields,
    live,
    head: place.subarray(0, length),
    baseScore:
      live.dlperf_per_dphtotal * live.reliability_mult * (live.verification === 'verified' ? 1.1 : 0.9),
    endDateSec: live.end_date,
    bundleKey: `${machine.index}/${chunk.size}`,
  };
}

export type FixedFields = ReturnType<typeof fixedFields>;

/** Fields that change only when the host changes what its machine offers, and their text. */
interface FixedPart {
  readonly fields: FixedFields;
  /** From the first brace to the comma behind the last of them. */
  readonly text: string;
  readonly madeOf: Surroundings;
}

function writeFixed(world: World, ask: Ask): FixedPart {
  const fields = fixedFields(world, ask);
  return { fields, text: `${asciiJson(fields).slice(0, -1)},`, madeOf: ask.machine.surroundings };
}

/** What depends on the machine and its cut only: the same for offers and for instances. */
export function fixedFields(world: World, ask: Ask) {
  const { machine, chunk } = ask;
  const { model, host, surroundings } = machine;
  const share = chunk.size / machine.numGpus;
  const unit = (what: number) => world.dice.unit(DRAW.ask, machine.index * 32 + ask.index, what);
  const driverNumber = surroundings.driverVersion
    .split('.')
    .reduce((number, part) => number * 1_000 + Number(part), 0);
  // More GPUs do a little less than that many times the work.
  const scaling = chunk.size ** -0.02 * (0.985 + 0.03 * unit(1));
  return {
    bw_nvlink: chunk.size > 1 || model.form === 'server' ? surroundings.nvlinkGbPerSecond : 0,
    // Null on instances that came from no offer.
    bundle_id: Math.floor(unit(2) * 2 ** 31) as number | null,
    compute_cap: model.computeCap,
    cpu_arch: 'amd64',
    cpu_cores: surroundings.cpuCores,
    cpu_cores_effective: surroundings.cpuCores * share,
    cpu_ghz: surroundings.cpuGhz,
    cpu_name: surroundings.cpuName,
    cpu_ram: Math.floor(surroundings.cpuRamMb * share),
    credit_discount_max: surroundings.reservedDiscount,
    cuda_max_good: surroundings.cudaMax,
    direct_port_count: Math.floor(surroundings.directPorts * share),
    disk_bw: surroundings.diskMbPerSecond,
    disk_name: surroundings.diskName,
    disk_space: surroundings.diskSpaceGb * share,
    dlperf: model.dlperf * surroundings.dlperfFactor * chunk.size * scaling,
    driver_version: surroundings.driverVersion,
    driver_vers: driverNumber,
    external: null,
    geolocode: host.place.geolocode,
    gpu_arch: model.name.startsWith('Instinct') ? 'amd' : 'nvidia',
    gpu_display_active: surroundings.isDisplayActive,
    gpu_frac: share,
    gpu_ids: ask.gpuIds,
    gpu_lanes: surroundings.lanes,
    gpu_mem_bw: surroundings.gpuMemoryGbPerSecond,
    gpu_name: model.name,
    gpu_ram: model.gpuRamMb,
    gpu_total_ram: model.gpuRamMb * chunk.size,
    gpu_max_power: surroundings.powerW,
    gpu_max_temp: surroundings.gpuTemperatureC,
    has_avx: surroundings.hasAvx,
    host_id: machine.ownerId,
    hosting_type: host.isDatacenter ? 1 : 0,
    hostname: null,
    inet_down: surroundings.inetDownMbps,
    inet_down_cost: surroundings.downloadPricePerTb / 1_024,
    inet_up: surroundings.inetUpMbps,
    inet_up_cost: surroundings.uploadPricePerTb / 1_024,
    internet_up_cost_per_tb: surroundings.uploadPricePerTb,
    internet_down_cost_per_tb: surroundings.downloadPricePerTb,
    is_bid: false,
    logo: '/static/logos/vastai_small2.png',
    machine_id: machine.machineId,
    mobo_name: surroundings.moboName,
    num_gpus: chunk.size,
    os_version: surroundings.osVersion,
    pci_gen: surroundings.pciGen,
    pcie_bw: surroundings.pcieGbPerSecond,
    public_ipaddr: publicAddress(machine),
    rented: false,
    static_ip: host.hasStaticIp,
    storage_cost: surroundings.storagePrice,
    total_flops: model.tflops * chunk.size,
    webpage: null,
    vms_enabled: surroundings.hasVms,
    is_vm_deverified: surroundings.hasVms && unit(3) < 0.3,
    resource_type: 'gpu',
    cluster_id: null,
    avail_vol_size: surroundings.volumeGb,
    avail_vol_dph: surroundings.volumePrice / HOURS_A_MONTH,
    nw_disk_min_bw: null,
    nw_disk_max_bw: null,
    nw_disk_avg_bw: null,
    rn: 1,
    expected_reliability: 0,
    target_reliability: 0,
    sla_sigma_x: null,
    sla_broker_rate: null,
    sla_r_claim: 0,
    time_remaining: '',
    time_remaining_isbid: '',
  };
}

function liveFields(world: World, ask: Ask, view: MarketView, fixed: FixedFields) {
  const id = offerIdOf(world, ask);
  const { machine, chunk } = ask;
  const { surroundings, host } = machine;
  const minBid = minimumBid(machine, chunk.mask, chunk.size);
  const gpuHour = view.type === 'bid' ? minBid : renterPrice(machine) * chunk.size;
  const diskHour = (surroundings.storagePrice * view.allocatedGb) / HOURS_A_MONTH;
  const total = gpuHour + diskHour;
  const isReserved = view.type === 'reserved';
  const discountRate = isReserved
    ? surroundings.reservedDiscount
    : machine.verification === 'verified'
      ? 0
      : null;
  const discount = isReserved ? gpuHour * surroundings.reservedDiscount : 0;
  const geolocation = host.isRegionHidden ? `, ${host.place.countryCode}` : host.place.geolocation;
  // 14 of 1,396 rows had none on 2024-11-05.
  const hasNoStart = (machine.index * 32 + ask.index) % 97 === 7;
  return {
    id,
    ask_contract_id: id,
    rentable: isRentable(ask),
    dph_base: gpuHour,
    dph_total: total,
    dph_total_adj: total + 2 * fixed.inet_down_cost,
    min_bid: minBid,
    storage_total_cost: diskHour,
    dlperf_per_dphtotal: fixed.dlperf / total,
    flops_per_dphtotal: fixed.total_flops / total,
    vram_costperhour: gpuHour / ((machine.model.gpuRamMb * chunk.size) / 1_024),
    reliability: machine.reliability,
    reliability2: machine.reliability,
    reliability_mult: Number((1 / (1 + 10 * (1 - machine.reliability))).toFixed(7)),
    verification: machine.verification,
    vericode: machine.vericode,
    geolocation,
    start_date: hasNoStart ? null : Math.round(machine.listedSinceMs) / 1_000,
    end_date: Math.round(machine.endDateMs / 1_000),
    avail_vol_ask_id: volumeOfferIdOf(world, machine),
    discount_rate: discountRate,
    discounted_hourly: discount,
    discounted_dph_total: total - discount,
    search: {
      gpuCostPerHour: gpuHour,
      diskHour,
      slaPremiumPerHour: 0,
      totalHour: total,
      discountTotalHour: discount,
      discountedTotalPerHour: total - discount,
    },
    instance: {
      gpuCostPerHour: 0,
      diskHour,
      slaPremiumPerHour: 0,
      totalHour: diskHour,
      discountTotalHour: 0,
      discountedTotalPerHour: diskHour,
    },
  };
}

export function publicAddress({ host, index }: Machine): string {
  return `${host.network}${(index % 250) + 1}`;
}
