// An instance in our own words. Decoded once, at the door; nobody behind it sees `dph_total`.
import type { Secret } from '../../base/std/index.ts';
import type { HostId, MachineId, Verification } from './offer.ts';

export type InstanceId = number & { readonly __unit: 'instance-id' };

/**
 * What the host last told of the container. `unknown` is the service's own word for no heartbeat, and stands for words
 * that this program does not know yet.
 */
export const ACTUAL_STATUSES = [
  'created',
  'loading',
  'running',
  'stopped',
  'frozen',
  'exited',
  'rebooting',
  'recycling',
  'offline',
  'unknown',
] as const;
export type ActualStatus = (typeof ACTUAL_STATUSES)[number];

/** What its owner wants; `unknown` for a word that this program does not know yet. */
export const INTENDED_STATUSES = ['running', 'stopped', 'unknown'] as const;
export type IntendedStatus = (typeof INTENDED_STATUSES)[number];

/** State of the contract, now or next. */
export const CONTRACT_STATES = ['running', 'stopped', 'unloaded', 'unknown'] as const;
export type ContractState = (typeof CONTRACT_STATES)[number];

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A port of the container, and where the machine has it. */
export interface OpenPort {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly hostPort: number;
}

export interface Mount {
  readonly volumeId: number;
  readonly path: string | null;
  readonly sizeGb: number | null;
}

/** Null means that the service did not say. Prices are what the renter pays. */
export interface Instance {
  readonly id: InstanceId;
  readonly machineId: MachineId;
  readonly hostId: HostId | null;
  readonly label: string | null;

  /** Null while it is being provisioned. */
  readonly actualStatus: ActualStatus | null;
  readonly intendedStatus: IntendedStatus | null;
  readonly currentState: ContractState | null;
  readonly nextState: ContractState | null;
  /** The daemon's last words. */
  readonly statusMessage: string | null;

  readonly image: string | null;
  /** As the service writes it: `ssh_direc ssh_proxy`. */
  readonly runtype: string | null;
  readonly onstart: string | null;
  readonly templateId: number | null;
  readonly templateHashId: string | null;
  readonly jupyterToken: Secret | null;

  /** `direct` only while it runs and has the port open. */
  readonly ssh: { readonly proxy?: Address; readonly direct?: Address };
  readonly publicIp: string | null;
  readonly hasStaticIp: boolean | null;
  /** Empty unless it runs. */
  readonly ports: readonly OpenPort[];
  /** Empty in what `get` gives: only the listing tells. */
  readonly mounts: readonly Mount[];

  /** Start of the contract. */
  readonly startedAtMs: number | null;
  /** End of the contract, fixed when it was rented. */
  readonly endsAtMs: number | null;
  /** Of the container; null unless it runs. */
  readonly uptimeMs: number | null;

  /** Dollars an hour for GPUs and disk while it runs. */
  readonly pricePerHour: number | null;
  /** Dollars an hour for the GPUs alone; of an interruptible instance its bid. */
  readonly gpuPricePerHour: number | null;
  readonly isInterruptible: boolean | null;
  /** Dollars an hour that a bid for it must reach now. */
  readonly minBidPerHour: number | null;
  /** Dollars for a GB and month of 720 hours, running or stopped. */
  readonly storagePricePerGbMonth: number | null;
  readonly uploadPricePerGb: number | null;
  readonly downloadPricePerGb: number | null;
  /** Traffic billed so far, where the service says it. */
  readonly uploadBilledGb: number | null;
  readonly downloadBilledGb: number | null;
  /** Dollars left of a deposit; null unless prepaid. */
  readonly depositLeftUsd: number | null;
  /** 0 to 1. */
  readonly depositDiscountRatio: number | null;

  readonly gpuName: string | null;
  readonly gpuCount: number | null;
  /** Share of the machine's GPUs, 0 to 1. */
  readonly gpuFrac: number | null;
  /** Of one GPU; GB of 1,024 MB. */
  readonly gpuRamGb: number | null;
  readonly gpuUtilPercent: number | null;
  readonly gpuTempCelsius: number | null;
  /** GB in use on the GPUs. */
  readonly gpuRamUsedGb: number | null;
  /** Newest CUDA that the driver can run, for example 12.8. */
  readonly cudaMax: number | null;
  /** Times 100: 890 is 8.9. */
  readonly computeCap: number | null;
  readonly driverVersion: string | null;
  readonly dlperf: number | null;
  readonly totalTflops: number | null;

  readonly cpuName: string | null;
  readonly cpuCoresEffective: number | null;
  readonly cpuUtilPercent: number | null;
  readonly ramUsedGb: number | null;
  readonly ramLimitGb: number | null;
  readonly diskGb: number | null;
  /** Null while unknown. */
  readonly diskUsedGb: number | null;
  readonly inetUpMbps: number | null;
  readonly inetDownMbps: number | null;

  /** 0 to 1. */
  readonly reliability: number | null;
  readonly verification: Verification | null;
  /** 0 community, 1 data center. */
  readonly hostingType: number | null;
  readonly geolocation: string | null;
}

/** One reading of all pages. It is what the account has only when `faults` is empty. */
export interface InstanceListing {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** As the service said on the first page; null when it did not. */
  readonly total: number | null;
  readonly instances: readonly Instance[];
  readonly pages: number;
  /** Sentences: rows that could not be read, sums that disagree, pages that were refused. */
  readonly faults: readonly string[];
}
