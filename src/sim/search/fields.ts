// The columns that a search may filter and sort by, with what kind of value each holds, the names that are
// only other names, and those that the service rewrites.

export const COLUMN_KINDS = ['number', 'text', 'boolean'] as const;
export type ColumnKind = (typeof COLUMN_KINDS)[number];

const NUMBERS =
  'id ask_contract_id bundle_id bundled_results bw_nvlink cluster_id compute_cap cpu_cores cpu_cores_effective cpu_ghz cpu_ram credit_discount_max cuda_max_good direct_port_count discount_rate discounted_dph_total discounted_hourly disk_bw disk_space dlperf dlperf_per_dphtotal dph_base dph_total dph_total_adj driver_vers duration end_date expected_reliability flops_per_dphtotal geolocode gpu_frac gpu_lanes gpu_max_power gpu_max_temp gpu_mem_bw gpu_ram gpu_total_ram has_avx host_id hosting_type inet_down inet_down_cost inet_up inet_up_cost internet_down_cost_per_tb internet_up_cost_per_tb machine_id min_bid num_gpus pci_gen pcie_bw platform_fee reliability reliability_mult rn score start_date storage_cost storage_total_cost target_reliability total_flops vericode vram_costperhour avail_vol_ask_id avail_vol_dph avail_vol_size nw_disk_min_bw nw_disk_max_bw nw_disk_avg_bw sla_sigma_x sla_broker_rate sla_r_claim';
const TEXTS =
  'cpu_arch cpu_name disk_name geolocation gpu_arch gpu_name hostname logo mobo_name os_version public_ipaddr resource_type time_remaining time_remaining_isbid verification webpage';
const BOOLEANS =
  'datacenter external gpu_display_active is_bid is_vm_deverified rentable rented static_ip verified vms_enabled';

const KINDS = new Map<string, ColumnKind>([
  ...NUMBERS.split(' ').map((name) => [name, 'number'] as const),
  ...TEXTS.split(' ').map((name) => [name, 'text'] as const),
  ...BOOLEANS.split(' ').map((name) => [name, 'boolean'] as const),
]);

interface Alias {
  readonly column: string;
  /** Values of the alias times this are values of the column; default 1. */
  readonly multiplier?: number;
}

const ALIASES: Readonly<Record<string, Alias>> = {
  reliability2: { column: 'reliability' },
  dphtotal: { column: 'dph_total' },
  gpu_totalram: { column: 'gpu_total_ram' },
  gpu_totalram_GB: { column: 'gpu_total_ram', multiplier: 1_000 },
  gpu_ram_GB: { column: 'gpu_ram', multiplier: 1_000 },
  cpu_ram_GB: { column: 'cpu_ram', multiplier: 1_000 },
  ubuntu_version: { column: 'os_version' },
  driver_version: { column: 'driver_vers' },
};

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly multiplier: number;
}

/** The column behind a name; undefined when there is none. `extra` are fields that recorded rows brought. */
export function findColumn(name: string, extra: ReadonlyMap<string, ColumnKind>): Column | undefined {
  const alias = Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
  const column = alias?.column ?? name;
  const kind = KINDS.get(column) ?? extra.get(column);
  return kind && { name: column, kind, multiplier: alias?.multiplier ?? 1 };
}

/** The two-letter code at the end of a geolocation, where the service understands it: not without the space. */
export function countryOf(geolocation: unknown): string | null {
  if (typeof geolocation !== 'string') return null;
  const code = /, ([A-Z]{2})$/.exec(geolocation.trim())?.[1];
  return code ?? null;
}

/** `570.86.15` as the number 570086015 that the service compares. */
export function driverNumber(version: string): number | undefined {
  if (!/^\d+(\.\d+){1,2}$/.test(version)) return undefined;
  const [major = '0', minor = '0', patch = '0'] = version.split('.');
  return Number(major) * 1_000_000 + Number(minor) * 1_000 + Number(patch);
}
