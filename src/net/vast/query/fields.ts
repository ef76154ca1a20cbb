// What can be asked about an offer: the fields of the search, how their values are written, and their other
// names. Fields, aliases and factors are those of the official CLI and of the published API description.

const FIELD_KINDS = ['number', 'boolean', 'text', 'version', 'driver', 'country', 'gpu', 'choice'] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

export interface FieldSpec {
  readonly kind: FieldKind;
  /** What a value of the text is multiplied by on the wire: memory is typed in GB and sent in MB. */
  readonly factor?: number;
  /** The service keeps this flag as 0 or 1. */
  readonly isIntegerFlag?: true;
  /** The values that exist, for a choice. */
  readonly choices?: readonly string[];
}

const NUMBER: FieldSpec = { kind: 'number' };
const BOOLEAN: FieldSpec = { kind: 'boolean' };
const TEXT: FieldSpec = { kind: 'text' };
const GIGABYTES: FieldSpec = { kind: 'number', factor: 1_000 };

const SPECS = {
  ask_contract_id: NUMBER,
  avail_vol_ask_id: NUMBER,
  avail_vol_dph: NUMBER,
  avail_vol_size: NUMBER,
  bundle_id: NUMBER,
  bw_nvlink: NUMBER,
  cluster_id: NUMBER,
  compute_cap: NUMBER,
  cpu_arch: TEXT,
  cpu_cores: NUMBER,
  cpu_cores_effective: NUMBER,
  cpu_ghz: NUMBER,
  cpu_name: TEXT,
  cpu_ram: GIGABYTES,
  cuda_max_good: NUMBER,
  datacenter: BOOLEAN,
  direct_port_count: NUMBER,
  disk_bw: NUMBER,
  disk_name: TEXT,
  disk_space: NUMBER,
  dlperf: NUMBER,
  dlperf_per_dphtotal: NUMBER,
  dph_base: NUMBER,
  dph_total: NUMBER,
  driver_version: { kind: 'driver' },
  duration: { kind: 'number', factor: 86_400 },
  end_date: NUMBER,
  expected_reliability: NUMBER,
  external: BOOLEAN,
  flops_per_dphtotal: NUMBER,
  geolocation: { kind: 'country' },
  gpu_arch: TEXT,
  gpu_display_active: BOOLEAN,
  gpu_frac: NUMBER,
  gpu_lanes: NUMBER,
  gpu_max_power: NUMBER,
  gpu_max_temp: NUMBER,
  gpu_mem_bw: NUMBER,
  gpu_name: { kind: 'gpu' },
  gpu_ram: GIGABYTES,
  gpu_total_ram: GIGABYTES,
  has_avx: { kind: 'boolean', isIntegerFlag: true },
  host_id: NUMBER,
  hosting_type: NUMBER,
  id: NUMBER,
  inet_down: NUMBER,
  inet_down_cost: NUMBER,
  inet_up: NUMBER,
  inet_up_cost: NUMBER,
  is_bid: BOOLEAN,
  machine_id: NUMBER,
  min_bid: NUMBER,
  mobo_name: TEXT,
  num_gpus: NUMBER,
  nw_disk_avg_bw: NUMBER,
  nw_disk_max_bw: NUMBER,
  nw_disk_min_bw: NUMBER,
  os_version: { kind: 'version' },
  pci_gen: NUMBER,
  pcie_bw: NUMBER,
  platform_fee: NUMBER,
  reliability: NUMBER,
  rentable: BOOLEAN,
  rented: BOOLEAN,
  score: NUMBER,
  start_date: NUMBER,
  static_ip: BOOLEAN,
  storage_cost: NUMBER,
  target_reliability: NUMBER,
  total_flops: NUMBER,
  ubuntu_version: { kind: 'version' },
  verification: { kind: 'choice', choices: ['verified', 'unverified', 'deverified'] },
  verified: BOOLEAN,
  vms_enabled: BOOLEAN,
} as const satisfies Readonly<Record<string, FieldSpec>>;

export type FilterField = keyof typeof SPECS;

export const FILTER_FIELDS = Object.keys(SPECS) as readonly FilterField[];

/** Other names that people type, or that the service itself understands. */
export const FIELD_ALIASES: Readonly<Record<string, FilterField>> = {
  cpu_ram_gb: 'cpu_ram',
  cuda_vers: 'cuda_max_good',
  display_active: 'gpu_display_active',
  dlperf_usd: 'dlperf_per_dphtotal',
  dph: 'dph_total',
  dphtotal: 'dph_total',
  driver_vers: 'driver_version',
  flops_usd: 'flops_per_dphtotal',
  gpu_ram_gb: 'gpu_ram',
  gpu_total_ram_gb: 'gpu_total_ram',
  gpu_totalram_gb: 'gpu_total_ram',
  reliability2: 'reliability',
};

export function fieldSpec(field: FilterField): FieldSpec {
  return SPECS[field];
}

/** The field of that name or alias, in whatever case. */
export function findField(name: string): FilterField | undefined {
  const lower = name.toLowerCase();
  if (Object.hasOwn(SPECS, lower)) return lower as FilterField;
  return Object.hasOwn(FIELD_ALIASES, lower) ? FIELD_ALIASES[lower] : undefined;
}
