// An offer of the market in our own words. Decoded once, at the door; nobody behind it sees `dph_total`.

export type OfferId = number & { readonly __unit: 'offer-id' };
export type MachineId = number & { readonly __unit: 'machine-id' };
export type HostId = number & { readonly __unit: 'host-id' };

/** How a machine is rented: at a fixed price, by a bid that others can beat, or prepaid at a discount. */
export const OFFER_TYPES = ['on-demand', 'interruptible', 'reserved'] as const;
export type OfferType = (typeof OFFER_TYPES)[number];

/** `unknown` is a value of the service that this program does not know yet. */
export const VERIFICATIONS = ['verified', 'unverified', 'deverified', 'unknown'] as const;
export type Verification = (typeof VERIFICATIONS)[number];

export const GPU_ARCHITECTURES = ['nvidia', 'amd', 'unknown'] as const;
export type GpuArchitecture = (typeof GPU_ARCHITECTURES)[number];

/**
 * Null means that the service did not say. Numbers are the doubles of the answer, unchanged; prices are never
 * negative, and no hourly price is above $10,000. All prices are what the renter pays.
 */
export interface Offer {
  /** Also the id of the ask. It names one chunk of a machine and is reissued within hours. */
  readonly id: OfferId;
  readonly machineId: MachineId;
  readonly hostId: HostId | null;
  readonly bundleId: number | null;
  /** How many similar offers this row stands for in a bundled search. */
  readonly bundledCount: number | null;

  readonly gpuName: string;
  readonly gpuArch: GpuArchitecture | null;
  /** GPUs in this offer. */
  readonly numGpus: number | null;
  /** Share of the machine's GPUs, 0 to 1. */
  readonly gpuFrac: number | null;
  /** The physical GPUs, which shows what overlaps. */
  readonly gpuIds: readonly number[] | null;
  /** Of one GPU. */
  readonly gpuRamMb: number | null;
  /** Of all GPUs of the offer. */
  readonly gpuTotalRamMb: number | null;
  readonly gpuMemoryGbPerSecond: number | null;
  readonly gpuLanes: number | null;
  readonly gpuMaxPowerWatts: number | null;
  readonly gpuMaxTempCelsius: number | null;
  readonly isGpuDisplayActive: boolean | null;
  readonly nvlinkGbPerSecond: number | null;
  /** Times 100: 890 is 8.9. */
  readonly computeCap: number | null;
  /** Newest CUDA that the driver can run, for example 12.8. */
  readonly cudaMax: number | null;
  readonly driverVersion: string | null;
  /** The service's deep learning score, of all GPUs of the offer. */
  readonly dlperf: number | null;
  /** TFLOPS of all GPUs of the offer. */
  readonly totalTflops: number | null;

  /** Dollars an hour for the whole offer with the storage that the search allotted (`dph_total`). */
  readonly pricePerHour: number | null;
  /** Dollars an hour for the GPUs of the offer alone (`dph_base`). */
  readonly gpuPricePerHour: number | null;
  /** Dollars an hour that a bid for the whole offer must reach now. */
  readonly minBidPerHour: number | null;
  /** Dollars an hour with the discount for paying ahead. */
  readonly reservedPricePerHour: number | null;
  /** The discount applied, 0 to 1. */
  readonly reservedDiscountRatio: number | null;
  /** The most that the host grants for paying ahead, 0 to 1. */
  readonly maxDiscountRatio: number | null;
  /** Dollars for a GB and month of 720 hours. */
  readonly storagePricePerGbMonth: number | null;
  readonly uploadPricePerGb: number | null;
  readonly downloadPricePerGb: number | null;

  readonly cpuName: string | null;
  readonly cpuArch: string | null;
  /** Of the whole machine. */
  readonly cpuCores: number | null;
  /** This offer's share of the cores. */
  readonly cpuCoresEffective: number | null;
  readonly cpuGhz: number | null;
  /** Of the whole machine. */
  readonly cpuRamMb: number | null;
  readonly hasAvx: boolean | null;
  /** The most that this offer can be given. */
  readonly diskSpaceGb: number | null;
  readonly diskMbPerSecond: number | null;
  readonly diskName: string | null;
  readonly pciGeneration: number | null;
  readonly pcieGbPerSecond: number | null;
  readonly mainboardName: string | null;
  readonly osVersion: string | null;

  readonly uploadMbitPerSecond: number | null;
  readonly downloadMbitPerSecond: number | null;
  readonly publicIp: string | null;
  readonly hasStaticIp: boolean | null;
  readonly directPortCount: number | null;
  /** As the service writes it: `South Korea, KR`, or `, US`. */
  readonly geolocation: string | null;
  /** The two letters at its end. */
  readonly countryCode: string | null;

  /** 0 community, 1 data center. */
  readonly hostingType: number | null;
  /** 0 to 1. */
  readonly reliability: number | null;
  readonly verification: Verification | null;
  /** The two flags as the store keeps them; a host whose virtual machines are deverified counts as deverified. */
  readonly verified: boolean;
  readonly deverified: boolean;
  readonly hasVirtualMachines: boolean | null;
  /** Whether it can be rented now; false also when the machine is offline. */
  readonly rentable: boolean | null;
  /** Relative to the caller: whether he rents on this machine already. Says nothing about the market. */
  readonly rented: boolean | null;
  /** Resold from another provider. */
  readonly external: boolean | null;

  /** Epoch seconds, as the service sends them. */
  readonly startedAtSec: number | null;
  /** Epoch seconds; becomes the end of the contract when rented. */
  readonly endsAtSec: number | null;
  readonly remainingSec: number | null;
  /** The service's rank; changes with every search. */
  readonly score: number | null;
}
