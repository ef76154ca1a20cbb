// A machine as its host sees it. Prices are what the host earns: a renter pays them divided by the host's share.
import { DAY_MS } from '../../base/std/index.ts';
import type { Billing } from '../billing/billing.ts';
import type { Instance } from '../instances/instance.ts';
import { HOST_SHARE } from '../market/calibration.ts';
import { bitCount } from '../market/chunk-tree.ts';
import type { Machine, Rental } from '../market/world.ts';
import type { Volumes } from '../volumes/volumes.ts';
import type { Contracts } from './contracts.ts';
import type { HostedMachine } from './hosted-machine.ts';
import type { Hosts } from './hosts.ts';
import { maintenanceRow } from './maintenance.ts';

export interface MachineRowDeps {
  readonly hosts: Hosts;
  readonly contracts: Contracts;
  readonly billing: Billing;
  readonly volumes: Volumes;
}

const RECENT_REPORT_DAYS = 7;
const GB_PER_TB = 1_024;
const HOURS_A_MONTH = 720;

export function machineRow(deps: MachineRowDeps, hosted: HostedMachine, nowMs: number) {
  const { hosts, contracts, billing, volumes } = deps;
  const { machine, term, defaultJob, maintenances } = hosted;
  const { model, surroundings, host } = machine;
  const instances = contracts.on(machine);
  const reports = hosts.reportsOf(machine);
  const reserved = reservedRentals(instances);
  const running = machine.rentals.filter((rental) => !rental.isDefaultJob);
  const crowd = running.filter(({ tenant }) => tenant === undefined);
  const ends = [
    ...crowd.map(({ contractEndMs }) => contractEndMs),
    ...instances.map(({ terms }) => terms.endMs),
  ];
  const allocGb = instances.reduce((sum, { diskGb }) => sum + diskGb, 0);
  const ofType = (type: 'on-demand' | 'reserved') =>
    instances.filter(({ terms }) => terms.type === type).length;
  const onDemand = running.filter(({ kind }) => kind === 'on-demand');
  const isDown = machine.outages > 0;
  const problem = problemOf(machine);
  return {
    id: machine.machineId,
    machine_id: machine.machineId,
    hostname: `${host.isDatacenter ? 'dc' : 'rig'}-${machine.machineId}`,
    timeout: isDown ? Math.max(1, (nowMs - machine.downSinceMs) / 1_000) : 0,
    listed: machine.isListed,
    verification: machine.verification,
    error_description: problem,
    vm_error_level: null,
    vm_error_msg: null,
    num_gpus: machine.numGpus,
    gpu_name: model.name,
    gpu_ram: model.gpuRamMb,
    gpu_lanes: surroundings.lanes,
    gpu_mem_bw: surroundings.gpuMemoryGbPerSecond,
    bw_nvlink: surroundings.nvlinkGbPerSecond,
    gpu_max_cur_temp: isDown ? null : surroundings.gpuTemperatureC,
    total_flops: model.tflops * machine.numGpus,
    mobo_name: surroundings.moboName,
    cpu_name: surroundings.cpuName,
    cpu_ram: surroundings.cpuRamMb,
    cpu_cores: surroundings.cpuCores,
    cpu_arch: 'amd64',
    pcie_bw: surroundings.pcieGbPerSecond,
    pci_gen: surroundings.pciGen,
    driver_version: surroundings.driverVersion,
    cuda_max_good: surroundings.cudaMax,
    kernel_version: '6.8.0-60-generic',
    ubuntu_version: surroundings.osVersion,
    disk_space: surroundings.diskSpaceGb,
    max_disk_space: surroundings.diskSpaceGb,
    alloc_disk_space: allocGb,
    avail_disk_space: Math.max(0, surroundings.diskSpaceGb - allocGb),
    disk_name: surroundings.diskName,
    disk_bw: surroundings.diskMbPerSecond,
    inet_up: surroundings.inetUpMbps,
    inet_down: surroundings.inetDownMbps,
    direct_port_count: surroundings.directPorts,
    public_ipaddr: `${host.network}${(machine.index % 250) + 1}`,
    geolocation: host.place.geolocation,
    start_date: machine.isListed ? machine.listedSinceMs / 1_000 : null,
    end_date: machine.isListed && term.kind !== 'open' ? machine.endDateMs / 1_000 : null,
    duration: machine.isListed && term.kind !== 'open' ? (machine.endDateMs - nowMs) / 1_000 : null,
    client_end_date: ends.length === 0 ? null : Math.max(...ends) / 1_000,
    listed_min_gpu_count: machine.minChunk,
    listed_gpu_cost: machine.hostPrice,
    listed_storage_cost: earned(surroundings.storagePrice),
    listed_volume_cost: earned(surroundings.volumePrice),
    listed_inet_up_cost: earned(surroundings.uploadPricePerTb / GB_PER_TB),
    listed_inet_down_cost: earned(surroundings.downloadPricePerTb / GB_PER_TB),
    min_bid_price: machine.minBidPrice ?? null,
    credit_discount_max: surroundings.reservedDiscount,
    bid_gpu_cost: defaultJob?.terms.gpuPrice ?? null,
    bid_image: defaultJob?.terms.image ?? null,
    bid_image_args: defaultJob?.terms.args ?? null,
    bid_image_args_str: defaultJob?.terms.args.join(' ') ?? null,
    gpu_occupancy: occupancyOf(machine, reserved),
    current_rentals_running: running.length,
    current_rentals_running_on_demand: onDemand.length,
    current_rentals_running_reserved: onDemand.filter((rental) => reserved.has(rental)).length,
    current_rentals_resident: crowd.length + instances.length,
    current_rentals_on_demand: crowd.filter(({ kind }) => kind === 'on-demand').length + ofType('on-demand'),
    current_rentals_reserved: ofType('reserved'),
    volume_rented_size: volumes.rentedGb(machine),
    earn_hour: isDown ? 0 : earnedPerHour(crowd, instances),
    earn_day: earnedToday(billing, machine, nowMs),
    reliability2: machine.reliability,
    num_reports: reports.length,
    num_recent_reports: reports.filter(({ atMs }) => nowMs - atMs < RECENT_REPORT_DAYS * DAY_MS).length,
    machine_maintenance:
      maintenances.length === 0 ? null : maintenances.map((each) => maintenanceRow(hosted, each)),
    clients: [...crowd.map(crowdClient), ...instances.map(instanceClient)],
  };
}

/** What is wrong with it, as the host's console shows it in red; null when nothing is. */
export function problemOf(machine: Machine): string | null {
  if (machine.outages > 0) return 'Machine is offline';
  if (machine.verification === 'deverified') return `Verification failed, code ${machine.vericode}`;
  return null;
}

export function reservedRentals(instances: readonly Instance[]): ReadonlySet<Rental> {
  return new Set(
    instances.flatMap(({ terms, rental }) => (terms.type === 'reserved' && rental ? [rental] : [])),
  );
}

/** One letter and a blank for each GPU: on demand, reserved, interruptible, or x when it is free. */
export function occupancyOf(machine: Machine, reserved: ReadonlySet<Rental>): string {
  return machine.gpuIds
    .map((_, bit) => {
      const rental = machine.rentals.find(({ mask, isDefaultJob }) => !isDefaultJob && (mask >> bit) & 1);
      if (!rental) return 'x ';
      return rental.kind === 'bid' ? 'I ' : reserved.has(rental) ? 'R ' : 'D ';
    })
    .join('');
}

/** Renters' prices have 17 digits; what a host typed has few. */
function earned(renterPrice: number): number {
  return Number((renterPrice * HOST_SHARE).toFixed(9));
}

function earnedPerHour(crowd: readonly Rental[], instances: readonly Instance[]): number {
  let paid = crowd.reduce((sum, { lockedPricePerHour }) => sum + lockedPricePerHour, 0);
  for (const { terms, diskGb, actual } of instances) {
    if (actual === 'running') paid += terms.gpuPricePerHour;
    paid += (terms.storagePricePerGbMonth * diskGb) / HOURS_A_MONTH;
  }
  return earned(paid);
}

/** By its present owner, since midnight, UTC. */
function earnedToday(billing: Billing, { machineId, ownerId }: Machine, nowMs: number): number {
  const fromMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const days = billing.earnings({ hostId: ownerId, machineId, fromMs, toMs: nowMs });
  return days.reduce((sum, { usd }) => sum + usd.gpu + usd.disk + usd.bwu + usd.bwd, 0);
}

function crowdClient({ rentalId, kind, mask, startMs, contractEndMs, lockedPricePerHour }: Rental) {
  return {
    id: rentalId,
    num_gpus: bitCount(mask),
    is_bid: kind === 'bid',
    actual_status: 'running',
    start_date: startMs / 1_000,
    end_date: contractEndMs / 1_000,
    earn_hour: earned(lockedPricePerHour),
  };
}

function instanceClient({ id, chunk, terms, actual, createdMs }: Instance) {
  return {
    id,
    num_gpus: chunk.size,
    is_bid: terms.type === 'bid',
    actual_status: actual,
    start_date: createdMs / 1_000,
    end_date: terms.endMs / 1_000,
    earn_hour: actual === 'running' ? earned(terms.gpuPricePerHour) : 0,
  };
}
