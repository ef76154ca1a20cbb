// An instance as the listings answer it: every field of the two published schemas, with the units in which clients have
// seen them. What changes only with the instance or its machine is written once and kept.
import { DRAW } from '../dice.ts';
import { asciiJson } from '../market/market.ts';
import { type Machine, minimumBid } from '../market/world.ts';
import { type OpenPort, openPorts } from './docker-flags.ts';
import { diskPricePerHour, type Fleet } from './fleet.ts';
import type { Instance } from './instance.ts';
import { type LiveFigures, liveFigures } from './live-figures.ts';
import { mountRows } from './mounts.ts';
import { hasJupyter, hasSsh } from './runtype.ts';

export type InstanceRow = Readonly<Record<string, unknown>>;

export interface InstanceRows {
  /** The row without the figures that are new at every look. */
  stored(instance: Instance): InstanceRow;
  /** `v1` rows have two fields more. */
  row(instance: Instance, nowMs: number, version: 0 | 1): InstanceRow;
  /** The same as JSON in ASCII. */
  json(instance: Instance, nowMs: number, version: 0 | 1): string;
  /** Where a direct connection to this port inside goes; undefined unless it is open and running. */
  portOf(instance: Instance, inside: string): number | undefined;
}

interface Kept {
  readonly key: string;
  readonly fields: InstanceRow;
  readonly extra: InstanceRow;
  /** Without the last brace. */
  readonly text: string;
  readonly extraText: string;
}

export function createInstanceRows(fleet: Fleet): InstanceRows {
  const kept = new Map<number, Kept>();

  const keptOf = (instance: Instance): Kept => {
    const sshPort = fleet.insides.of(instance)?.sshPort;
    const key = `${instance.version}/${instance.machine.version}/${sshPort ?? ''}/${instance.terms.gpuPricePerHour}`;
    const before = kept.get(instance.id);
    if (before?.key === key) return before;
    const fields = fixedRow(fleet, instance);
    const extra = {
      volume_info: mountRows(fleet, instance),
      country_code: instance.machine.host.place.countryCode,
    };
    const entry: Kept = {
      key,
      fields,
      extra,
      text: asciiJson(fields).slice(0, -1),
      extraText: `,${asciiJson(extra).slice(1, -1)}`,
    };
    kept.set(instance.id, entry);
    return entry;
  };

  return {
    stored: (instance) => keptOf(instance).fields,
    row(instance, nowMs, version) {
      const { fields, extra } = keptOf(instance);
      return { ...fields, ...(version === 1 && extra), ...liveFields(fleet, instance, nowMs) };
    },
    json(instance, nowMs, version) {
      const { text, extraText } = keptOf(instance);
      const live = JSON.stringify(liveFields(fleet, instance, nowMs)).slice(1);
      return `${text}${version === 1 ? extraText : ''},${live}`;
    },
    portOf: (instance, inside) => portsOf(fleet, instance)?.find((port) => port.inside === inside)?.outside,
  };
}

function liveFields(fleet: Fleet, instance: Instance, nowMs: number): LiveFigures & InstanceRow {
  return { ...liveFigures(fleet, instance, nowMs), credit_balance: creditLeft(instance, nowMs) };
}

function creditLeft({ deposit }: Instance, nowMs: number): number | null {
  if (!deposit) return null;
  const usedUsd = (deposit.usdPerHour * Math.max(0, nowMs - deposit.countedMs)) / 3_600_000;
  return Math.max(0, deposit.leftUsd - usedUsd);
}

function fixedRow(fleet: Fleet, instance: Instance): InstanceRow {
  const { id, hardware, machine, chunk, terms, launch, wrongGpu, diskGb, deposit, actual } = instance;
  const { host, ownerId } = machine;
  const gpuHour = terms.gpuPricePerHour;
  const diskHour = diskPricePerHour(instance);
  const total = gpuHour + diskHour;
  const numGpus = wrongGpu?.numGpus ?? chunk.size;
  const ports = portsOf(fleet, instance);
  const container = fleet.insides.of(instance);
  const sshIdx = 1 + (id % 9);
  const sshPort = container?.sshPort ?? 10_000 + (id % 50_000);
  return {
    id,
    machine_id: machine.machineId,
    host_id: ownerId,
    bundle_id: hardware.bundle_id,
    actual_status: actual,
    intended_status: instance.intended,
    cur_state: instance.current,
    next_state: instance.next,
    status_msg: instance.statusMsg,
    label: instance.label,
    template_id: launch.templateId,
    template_hash_id: launch.templateHashId,
    template_name: launch.templateName,
    image_uuid: launch.image,
    image_args: launch.args,
    image_runtype: launch.runtype,
    extra_env: Object.entries(launch.env),
    onstart: launch.onstart,
    jupyter_token: instance.jupyterToken,
    ssh_host: container?.sshHost ?? `ssh${sshIdx}.vast.ai`,
    // The official client adds one to it where Jupyter runs: there the proxy has SSH on the next port.
    ssh_port: hasJupyter(launch.runtype) && container ? sshPort - 1 : sshPort,
    ssh_idx: String(sshIdx),
    machine_dir_ssh_port: directoryPort(machine),
    public_ipaddr: container?.sshHost ?? hardware.public_ipaddr,
    local_ipaddrs: `192.168.${machine.index % 250}.${2 + (id % 250)} 172.17.0.1\n`,
    ...(ports && { ports: portMap(ports) }),
    direct_port_count: ports?.length ?? 0,
    direct_port_start: ports?.[0]?.outside ?? -1,
    direct_port_end: ports?.at(-1)?.outside ?? -1,
    static_ip: hardware.static_ip,
    num_gpus: numGpus,
    gpu_name: wrongGpu?.gpuName ?? hardware.gpu_name,
    gpu_arch: hardware.gpu_arch,
    gpu_frac: hardware.gpu_frac,
    gpu_lanes: hardware.gpu_lanes,
    gpu_mem_bw: hardware.gpu_mem_bw,
    bw_nvlink: hardware.bw_nvlink,
    compute_cap: hardware.compute_cap,
    gpu_ram: hardware.gpu_ram,
    gpu_totalram: hardware.gpu_ram * numGpus,
    cpu_name: hardware.cpu_name ?? '',
    cpu_arch: hardware.cpu_arch,
    cpu_cores: hardware.cpu_cores,
    cpu_cores_effective: hardware.cpu_cores_effective,
    cpu_ram: machine.surroundings.cpuRamMb,
    disk_space: diskGb,
    disk_name: hardware.disk_name ?? '',
    disk_bw: hardware.disk_bw,
    inet_up: hardware.inet_up,
    inet_down: hardware.inet_down,
    inet_up_cost: terms.uploadPricePerGb,
    inet_down_cost: terms.downloadPricePerGb,
    dph_base: gpuHour,
    dph_total: total,
    min_bid: minimumBid(machine, instance.rental?.kind === 'bid' ? 0 : chunk.mask, chunk.size),
    is_bid: terms.type === 'bid',
    storage_cost: terms.storagePricePerGbMonth,
    storage_total_cost: diskHour,
    vram_costperhour: total / (hardware.gpu_ram * chunk.size),
    search: priceParts(gpuHour, diskHour),
    instance: priceParts(instance.rental ? gpuHour : 0, diskHour),
    dlperf: hardware.dlperf,
    dlperf_per_dphtotal: total > 0 ? hardware.dlperf / total : null,
    flops_per_dphtotal: total > 0 ? hardware.total_flops / total : null,
    total_flops: hardware.total_flops,
    score: null,
    reliability2: machine.reliability,
    verification: machine.verification,
    rentable: (chunk.mask & machine.onDemandMask) === 0,
    external: hardware.external,
    hosting_type: hardware.hosting_type,
    os_version: hardware.os_version,
    mobo_name: hardware.mobo_name ?? '',
    pci_gen: hardware.pci_gen,
    pcie_bw: hardware.pcie_bw,
    driver_version: hardware.driver_version,
    cuda_max_good: hardware.cuda_max_good,
    has_avx: hardware.has_avx,
    logo: hardware.logo,
    webpage: hardware.webpage,
    geolocation: host.place.geolocation,
    start_date: instance.createdMs / 1_000,
    end_date: Math.round(terms.endMs / 1_000),
    client_run_time: 1.1,
    host_run_time: 2_592_000,
    credit_discount: deposit?.discountRate ?? null,
    credit_discount_max: hardware.credit_discount_max,
  };
}

function priceParts(gpuHour: number, diskHour: number) {
  return {
    gpuCostPerHour: gpuHour,
    diskHour,
    totalHour: gpuHour + diskHour,
    discountTotalHour: 0,
    discountedTotalPerHour: gpuHour + diskHour,
  };
}

/** Only while it runs; a container that is not up yet has none. */
function portsOf(fleet: Fleet, instance: Instance): readonly OpenPort[] | undefined {
  if (instance.actual !== 'running') return undefined;
  const container = fleet.insides.of(instance);
  const { runtype } = instance.launch;
  const isDirect = instance.hardware.direct_port_count > 0 && !/^\w+_proxy( ssh_proxy)?$/.test(runtype);
  if (container && container.sshPort === undefined && hasSsh(runtype)) return undefined;
  const own = [
    ...(isDirect && hasSsh(runtype) ? ['22/tcp'] : []),
    ...(isDirect && hasJupyter(runtype) ? ['8080/tcp'] : []),
  ];
  const { dice } = fleet.service;
  const ports = openPorts(instance.launch.env, own, (index) =>
    dice.unit(DRAW.instance, instance.id, index, 20),
  );
  const sshPort = container?.sshPort;
  if (sshPort === undefined) return ports;
  return ports.map((port) => (port.inside === '22/tcp' ? { ...port, outside: sshPort } : port));
}

function portMap(ports: readonly OpenPort[]) {
  return Object.fromEntries(
    ports.map(({ inside, outside }) => [inside, [{ HostIp: '0.0.0.0', HostPort: String(outside) }]]),
  );
}

/** Where the machine's own daemon takes copies. */
export function directoryPort({ index }: Machine): number {
  return 20_000 + (index % 10_000);
}
