// A poll as the service would answer it: one JSON document with some sixty fields an offer, 1.5 kB each, as the budget
// has it (real answers of 2024 have 2.3 kB).
import type { WireOffer } from '../../src/net/vast/wire/index.ts';
import type { Observation } from '../../src/watch/history/index.ts';

export function wireAnswer(observations: readonly Observation[], tsMs: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ offers: observations.map((o) => wireOffer(o, tsMs)) }));
}

/** The fields that are kept come from the observation; the rest, as in real answers, change every poll. */
function wireOffer(o: Observation, tsMs: number): WireOffer {
  const moving = ((o.offerId * 7_919 + Math.round(tsMs / 1_000)) % 10_007) / 10_000;
  return {
    id: o.offerId,
    ask_contract_id: o.offerId,
    machine_id: o.machineId,
    gpu_name: o.gpuName ?? '',
    bundle_id: o.bundleId,
    bw_nvlink: 0,
    compute_cap: o.computeCap,
    cpu_arch: 'amd64',
    cpu_cores: o.cpuCores,
    cpu_cores_effective: (o.cpuCores ?? 0) * (o.gpuFrac ?? 1),
    cpu_ghz: 3.1 + moving / 10,
    cpu_name: o.cpuName,
    cpu_ram: o.cpuRamMb,
    cuda_max_good: o.cudaMax,
    direct_port_count: o.directPortCount,
    discounted_dph_total: o.reservedPrice,
    disk_bw: 1_800.4 + moving * 100,
    disk_name: 'Samsung SSD 980',
    disk_space: o.diskSpaceGb,
    dlperf: o.dlperf,
    dlperf_per_dphtotal: short((o.dlperf ?? 0) / (o.dphTotal ?? 1)),
    dph_base: o.dphBase,
    dph_total: o.dphTotal,
    driver_version: o.driver,
    duration: (o.endDate ?? 0) - tsMs / 1_000,
    end_date: o.endDate,
    external: false,
    flops_per_dphtotal: short((o.totalFlops ?? 0) / (o.dphTotal ?? 1)),
    geolocation: o.geolocation,
    geolocode: 1_381_189_715,
    gpu_arch: 'nvidia',
    gpu_frac: o.gpuFrac,
    gpu_ids: o.gpuIds === null ? null : o.gpuIds.split(',').map(Number),
    gpu_lanes: 16,
    gpu_max_power: 450,
    gpu_mem_bw: 871.2 + moving,
    gpu_ram: o.gpuRamMb,
    gpu_total_ram: (o.gpuRamMb ?? 0) * (o.numGpus ?? 1),
    host_id: o.hostId,
    hosting_type: o.hostingType,
    inet_down: 812.5 + moving * 40,
    inet_down_cost: o.inetDownCost,
    inet_up: 410.2 + moving * 40,
    inet_up_cost: o.inetUpCost,
    is_bid: false,
    logo: '/static/logos/vastai_small2.png',
    min_bid: o.minBid,
    mobo_name: 'ROME2D32GM-2T',
    num_gpus: o.numGpus ?? 1,
    os_version: '22.04',
    pci_gen: 4,
    pcie_bw: 21.3 + moving,
    public_ipaddr: `203.0.113.${o.offerId % 250}`,
    reliability2: o.reliability,
    rentable: o.rentable === 1,
    rented: o.rented === 1,
    resource_type: 'gpu',
    score: 200 + moving * 300,
    start_date: 1_700_000_000 + moving * 1e6,
    static_ip: o.staticIp === 1,
    storage_cost: o.storageCost,
    time_remaining: '',
    total_flops: o.totalFlops,
    vms_enabled: false,
    webpage: null,
    verification: o.verified === 1 ? 'verified' : o.deverified === 1 ? 'deverified' : 'unverified',
    vram_costperhour: 0.00001 * (1 + moving),
  };
}

function short(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
