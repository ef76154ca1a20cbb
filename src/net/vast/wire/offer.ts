// An offer as the service sends it. Every field may be missing or null: only `id`, `machine_id` and
// `gpu_name` are required of a row, and fields that are not listed here pass unchanged.

export interface WireOffer {
  readonly id: number;
  readonly machine_id: number;
  readonly gpu_name: string;
  readonly ask_contract_id?: number | null;
  readonly bundle_id?: number | null;
  readonly bundled_results?: number | null;
  readonly bw_nvlink?: number | null;
  readonly cluster_id?: number | null;
  readonly compute_cap?: number | null;
  readonly cpu_arch?: string | null;
  readonly cpu_cores?: number | null;
  readonly cpu_cores_effective?: number | null;
  readonly cpu_ghz?: number | null;
  readonly cpu_name?: string | null;
  readonly cpu_ram?: number | null;
  readonly credit_discount_max?: number | null;
  readonly cuda_max_good?: number | null;
  readonly direct_port_count?: number | null;
  readonly discount_rate?: number | null;
  readonly discounted_dph_total?: number | null;
  readonly discounted_hourly?: number | null;
  readonly disk_bw?: number | null;
  readonly disk_name?: string | null;
  readonly disk_space?: number | null;
  readonly dlperf?: number | null;
  readonly dlperf_per_dphtotal?: number | null;
  readonly dph_base?: number | null;
  readonly dph_total?: number | null;
  readonly dph_total_adj?: number | null;
  readonly driver_vers?: number | null;
  readonly driver_version?: string | null;
  readonly duration?: number | null;
  readonly end_date?: number | null;
  readonly expected_reliability?: number | null;
  readonly external?: boolean | number | null;
  readonly flops_per_dphtotal?: number | null;
  readonly geolocation?: string | null;
  readonly geolocode?: number | null;
  readonly gpu_arch?: string | null;
  readonly gpu_display_active?: boolean | null;
  readonly gpu_frac?: number | null;
  readonly gpu_ids?: readonly number[] | null;
  readonly gpu_lanes?: number | null;
  readonly gpu_max_power?: number | null;
  readonly gpu_max_temp?: number | null;
  readonly gpu_mem_bw?: number | null;
  readonly gpu_ram?: number | null;
  readonly gpu_total_ram?: number | null;
  readonly has_avx?: number | null;
  readonly host_id?: number | null;
  readonly hosting_type?: number | null;
  readonly hostname?: string | null;
  readonly inet_down?: number | null;
  readonly inet_down_cost?: number | null;
  readonly inet_up?: number | null;
  readonly inet_up_cost?: number | null;
  readonly instance?: Readonly<Record<string, number>> | null;
  readonly internet_down_cost_per_tb?: number | null;
  readonly internet_up_cost_per_tb?: number | null;
  readonly is_bid?: boolean | null;
  readonly is_vm_deverified?: boolean | null;
  readonly logo?: string | null;
  readonly min_bid?: number | null;
  readonly mobo_name?: string | null;
  readonly num_gpus?: number | null;
  readonly os_version?: string | null;
  readonly pci_gen?: number | null;
  readonly pcie_bw?: number | null;
  readonly public_ipaddr?: string | null;
  readonly reliability?: number | null;
  readonly reliability2?: number | null;
  readonly reliability_mult?: number | null;
  readonly rentable?: boolean | null;
  readonly rented?: boolean | null;
  readonly resource_type?: string | null;
  readonly rn?: number | null;
  readonly score?: number | null;
  readonly search?: Readonly<Record<string, number>> | null;
  readonly start_date?: number | null;
  readonly static_ip?: boolean | null;
  readonly storage_cost?: number | null;
  readonly storage_total_cost?: number | null;
  readonly time_remaining?: string | null;
  readonly time_remaining_isbid?: string | null;
  readonly total_flops?: number | null;
  readonly vericode?: number | null;
  readonly verification?: string | null;
  readonly vms_enabled?: boolean | null;
  readonly vram_costperhour?: number | null;
  readonly webpage?: string | null;
}

/** The body of `POST /bundles/`: filters by field beside the options. */
export interface WireSearchBody {
  readonly type?: string;
  readonly limit?: number;
  readonly order?: readonly (readonly [string, string])[];
  readonly allocated_storage?: number;
  readonly disable_bundling?: boolean;
  readonly [field: string]: unknown;
}

export const FILTER_OPERATORS = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'notin'] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];
