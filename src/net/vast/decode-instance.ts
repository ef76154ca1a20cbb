// From the rows of a listing to instances, by hand: 1,000 of them in a few milliseconds.
import { type Log, Secret } from '../../base/std/index.ts';
import {
  amountOrNull,
  flagOrNull,
  isId,
  isObject,
  msOrNull,
  numberOrNull,
  textOrNull,
} from './decode-fields.ts';
import {
  ACTUAL_STATUSES,
  type Address,
  CONTRACT_STATES,
  INTENDED_STATUSES,
  type Instance,
  type InstanceId,
  type Mount,
  type OpenPort,
} from './instance.ts';
import { type HostId, type MachineId, VERIFICATIONS } from './offer.ts';
import type { WireInstance, WireMount, WirePort } from './wire/index.ts';

const MB_PER_GB = 1_024;

export interface InstanceDecoder {
  /** A sentence in place of an instance whose row cannot be trusted to be one. */
  decode(row: unknown): Instance | string;
}

/** The decoder remembers which unknown values it has logged, so that each is logged once in its life. */
export function createInstanceDecoder({ log }: { readonly log: Log }): InstanceDecoder {
  const logged = new Set<string>();
  const wordOf = <T extends string>(
    field: string,
    value: unknown,
    known: readonly T[],
  ): T | 'unknown' | null => {
    if (value === undefined || value === null) return null;
    if (known.includes(value as T)) return value as T;
    const word = typeof value === 'string' ? value : JSON.stringify(value);
    const id = `${field}=${word}`;
    if (!logged.has(id)) log.warn('unknown value in an instance', { field, value: word });
    logged.add(id);
    return 'unknown';
  };
  return {
    decode(row) {
      if (!isObject(row)) return `a row is ${JSON.stringify(row)?.slice(0, 40)}, not an object`;
      if (!isId(row.id)) return `a row has the id ${JSON.stringify(row.id)}`;
      if (!isId(row.machine_id))
        return `instance ${row.id} has the machine ${JSON.stringify(row.machine_id)}`;
      return decodeInstance(row as unknown as WireInstance, wordOf);
    },
  };
}

type WordOf = <T extends string>(field: string, value: unknown, known: readonly T[]) => T | 'unknown' | null;

function decodeInstance(raw: WireInstance, wordOf: WordOf): Instance {
  const ports = portsOf(raw.ports);
  // Seen with white space at the end.
  const publicIp = textOrNull(raw.public_ipaddr)?.trim() || null;
  const uptimeMinutes = amountOrNull(raw.uptime_mins);
  const gpuRamMb = amountOrNull(raw.gpu_ram);
  const cpuUtil = amountOrNull(raw.cpu_util);
  const jupyterToken = textOrNull(raw.jupyter_token);
  return {
    id: raw.id as InstanceId,
    machineId: raw.machine_id as MachineId,
    hostId: numberOrNull(raw.host_id) as HostId | null,
    label: textOrNull(raw.label),
    actualStatus: wordOf('actual_status', raw.actual_status, ACTUAL_STATUSES),
    intendedStatus: wordOf('intended_status', raw.intended_status, INTENDED_STATUSES),
    currentState: wordOf('cur_state', raw.cur_state, CONTRACT_STATES),
    nextState: wordOf('next_state', raw.next_state, CONTRACT_STATES),
    statusMessage: textOrNull(raw.status_msg),
    image: textOrNull(raw.image_uuid),
    runtype: textOrNull(raw.image_runtype),
    onstart: textOrNull(raw.onstart),
    templateId: numberOrNull(raw.template_id),
    templateHashId: textOrNull(raw.template_hash_id),
    jupyterToken: jupyterToken === null || jupyterToken === '' ? null : new Secret(jupyterToken),
    ssh: sshOf(raw, publicIp, ports),
    publicIp,
    hasStaticIp: flagOrNull(raw.static_ip),
    ports,
    mounts: mountsOf(raw.volume_info),
    startedAtMs: msOrNull(raw.start_date),
    endsAtMs: msOrNull(raw.end_date),
    uptimeMs: uptimeMinutes === null ? null : Math.round(uptimeMinutes * 60_000),
    pricePerHour: amountOrNull(raw.dph_total),
    gpuPricePerHour: amountOrNull(raw.dph_base),
    isInterruptible: flagOrNull(raw.is_bid),
    minBidPerHour: amountOrNull(raw.min_bid),
    storagePricePerGbMonth: amountOrNull(raw.storage_cost),
    uploadPricePerGb: amountOrNull(raw.inet_up_cost),
    downloadPricePerGb: amountOrNull(raw.inet_down_cost),
    uploadBilledGb: amountOrNull(raw.inet_up_billed),
    downloadBilledGb: amountOrNull(raw.inet_down_billed),
    depositLeftUsd: amountOrNull(raw.credit_balance),
    depositDiscountRatio: amountOrNull(raw.credit_discount),
    gpuName: textOrNull(raw.gpu_name),
    gpuCount: numberOrNull(raw.num_gpus),
    gpuFrac: numberOrNull(raw.gpu_frac),
    gpuRamGb: gpuRamMb === null ? null : gpuRamMb / MB_PER_GB,
    gpuUtilPercent: amountOrNull(raw.gpu_util),
    gpuTempCelsius: numberOrNull(raw.gpu_temp),
    gpuRamUsedGb: amountOrNull(raw.vmem_usage),
    cudaMax: numberOrNull(raw.cuda_max_good),
    computeCap: numberOrNull(raw.compute_cap),
    driverVersion: textOrNull(raw.driver_version),
    dlperf: numberOrNull(raw.dlperf),
    totalTflops: numberOrNull(raw.total_flops),
    cpuName: textOrNull(raw.cpu_name),
    cpuCoresEffective: numberOrNull(raw.cpu_cores_effective),
    cpuUtilPercent: cpuUtil === null ? null : cpuUtil * 100,
    ramUsedGb: amountOrNull(raw.mem_usage),
    ramLimitGb: amountOrNull(raw.mem_limit),
    diskGb: amountOrNull(raw.disk_space),
    diskUsedGb: amountOrNull(raw.disk_usage),
    inetUpMbps: amountOrNull(raw.inet_up),
    inetDownMbps: amountOrNull(raw.inet_down),
    reliability: numberOrNull(raw.reliability2),
    verification: wordOf('verification', raw.verification, VERIFICATIONS),
    hostingType: numberOrNull(raw.hosting_type),
    geolocation: textOrNull(raw.geolocation),
  };
}

function sshOf(raw: WireInstance, publicIp: string | null, ports: readonly OpenPort[]): Instance['ssh'] {
  const proxy = proxyOf(raw);
  const open = ports.find(({ containerPort, protocol }) => containerPort === 22 && protocol === 'tcp');
  const direct = open && publicIp !== null ? { host: publicIp, port: open.hostPort } : undefined;
  return { ...(proxy && { proxy }), ...(direct && { direct }) };
}

function proxyOf({ ssh_host, ssh_port, image_runtype }: WireInstance): Address | undefined {
  const port = portOrNull(ssh_port);
  if (typeof ssh_host !== 'string' || ssh_host === '' || port === null) return undefined;
  const isJupyter = typeof image_runtype === 'string' && image_runtype.includes('jupyter');
  return { host: ssh_host, port: isJupyter ? port + 1 : port };
}

function portsOf(ports: unknown): readonly OpenPort[] {
  if (!isObject(ports)) return NO_PORTS;
  const open: OpenPort[] = [];
  for (const [inside, outside] of Object.entries(ports as NonNullable<WireInstance['ports']>)) {
    const [, containerPort, protocol] = /^(\d{1,5})\/(tcp|udp)$/.exec(inside) ?? [];
    const first: WirePort | null | undefined = Array.isArray(outside)
      ? (outside as readonly WirePort[])[0]
      : undefined;
    const hostPort = portOrNull(first?.HostPort);
    if (containerPort === undefined || hostPort === null) continue;
    open.push({ containerPort: Number(containerPort), protocol: protocol as 'tcp' | 'udp', hostPort });
  }
  return open;
}

const NO_PORTS: readonly OpenPort[] = [];
const NO_MOUNTS: readonly Mount[] = [];

function mountsOf(mounts: unknown): readonly Mount[] {
  if (!Array.isArray(mounts) || mounts.length === 0) return NO_MOUNTS;
  return (mounts as readonly (WireMount | null)[]).flatMap((mount) =>
    isId(mount?.id)
      ? [{ volumeId: mount.id, path: textOrNull(mount.mount_path), sizeGb: amountOrNull(mount.total_space) }]
      : [],
  );
}

function portOrNull(value: unknown): number | null {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return Number.isInteger(port) && (port as number) > 0 && (port as number) < 65_536
    ? (port as number)
    : null;
}
