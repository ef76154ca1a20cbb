// An instance as the service sends it. Every field but `id` and `machine_id` may be missing or null; fields that are
// not listed here pass unchanged.

export interface WireInstance {
  readonly id: number;
  readonly machine_id: number;
  readonly host_id?: number | null;
  readonly actual_status?: string | null;
  readonly intended_status?: string | null;
  readonly cur_state?: string | null;
  readonly next_state?: string | null;
  readonly status_msg?: string | null;
  readonly label?: string | null;
  readonly template_id?: number | null;
  readonly template_hash_id?: string | null;
  readonly image_uuid?: string | null;
  readonly image_runtype?: string | null;
  readonly onstart?: string | null;
  readonly jupyter_token?: string | null;
  /** Of the proxy; for Jupyter's runtypes SSH is on the next port. */
  readonly ssh_host?: string | null;
  readonly ssh_port?: number | string | null;
  readonly public_ipaddr?: string | null;
  /** Only while it runs. */
  readonly ports?: Readonly<Record<string, readonly WirePort[] | null>> | null;
  readonly static_ip?: boolean | null;
  readonly num_gpus?: number | null;
  readonly gpu_name?: string | null;
  readonly gpu_frac?: number | null;
  /** MB of one GPU. */
  readonly gpu_ram?: number | null;
  /** Percent. */
  readonly gpu_util?: number | null;
  readonly gpu_temp?: number | null;
  readonly cpu_name?: string | null;
  readonly cpu_cores_effective?: number | null;
  /** MB of the whole machine. */
  readonly cpu_ram?: number | null;
  /** A fraction. */
  readonly cpu_util?: number | null;
  /** GB, as is `mem_limit`. */
  readonly mem_usage?: number | null;
  readonly mem_limit?: number | null;
  readonly vmem_usage?: number | null;
  readonly disk_space?: number | null;
  /** GB; -1 while unknown. */
  readonly disk_usage?: number | null;
  readonly inet_up?: number | null;
  readonly inet_down?: number | null;
  readonly inet_up_cost?: number | null;
  readonly inet_down_cost?: number | null;
  readonly inet_up_billed?: number | null;
  readonly inet_down_billed?: number | null;
  readonly dph_base?: number | null;
  readonly dph_total?: number | null;
  readonly min_bid?: number | null;
  readonly is_bid?: boolean | null;
  readonly storage_cost?: number | null;
  readonly reliability2?: number | null;
  readonly verification?: string | null;
  readonly hosting_type?: number | null;
  readonly geolocation?: string | null;
  readonly cuda_max_good?: number | null;
  readonly compute_cap?: number | null;
  readonly driver_version?: string | null;
  readonly dlperf?: number | null;
  readonly total_flops?: number | null;
  /** Epoch seconds, as is `end_date`. */
  readonly start_date?: number | null;
  readonly end_date?: number | null;
  readonly uptime_mins?: number | null;
  /** Dollars left of a deposit. */
  readonly credit_balance?: number | null;
  readonly credit_discount?: number | null;
  /** Only in the paged listing. */
  readonly volume_info?: readonly WireMount[] | null;
}

export interface WirePort {
  readonly HostIp?: string | null;
  /** A number as text. */
  readonly HostPort?: string | number | null;
}

export interface WireMount {
  readonly id?: number | null;
  readonly mount_path?: string | null;
  readonly total_space?: number | null;
}

/** `GET /v1/instances/`: one page. */
export interface WireInstancePage {
  /** Rows of this page. */
  readonly instances_found?: number;
  /** Rows of all pages. */
  readonly total_instances?: number;
  /** How many instances have each label; of all pages. */
  readonly label_counts?: Readonly<Record<string, number>>;
  readonly next_token?: string | null;
  readonly instances: readonly WireInstance[];
}
