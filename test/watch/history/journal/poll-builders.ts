// Builders of observations and polls. No vitest here: processes that tests start use them too.
import type { Observation, PollInput, SliceRecord } from '../../../../src/watch/history/observation.ts';

export const START_MS = Date.UTC(2026, 10, 1);
export const INTERVAL_MS = 360_000;

export function anObservation(over: Partial<Observation> = {}): Observation {
  return {
    offerId: 1000,
    machineId: 77,
    gpuName: 'RTX 4090',
    numGpus: 2,
    gpuFrac: 0.5,
    gpuTotalRamGb: 48,
    dphTotal: 0.7123456789012345,
    reliability: 0.9912345,
    geolocation: 'Sweden, SE',
    type: 'on-demand',
    rentable: 1,
    rented: 0,
    verified: 1,
    deverified: 0,
    availability: 'available',
    hostId: 55,
    gpuIds: '3,4',
    bundleId: 910,
    dphBase: 0.7,
    minBid: 0.31,
    reservedPrice: 0.5,
    storageCost: 0.15,
    inetUpCost: 0.002,
    inetDownCost: 0.001,
    gpuRamMb: 24_564,
    diskSpaceGb: 812.5,
    cpuName: 'AMD EPYC 7543',
    cpuCores: 32,
    cpuRamMb: 128_000,
    dlperf: 98.7,
    totalFlops: 165.1,
    cudaMax: 12.4,
    computeCap: 890,
    driver: '550.54',
    hostingType: 1,
    staticIp: 1,
    directPortCount: 99,
    endDate: 1_790_000_000,
    ...over,
  };
}

export function aSlice(over: Partial<SliceRecord> = {}): SliceRecord {
  return {
    type: 'on-demand',
    search: 'available',
    predicate: '',
    startedAtMs: START_MS,
    finishedAtMs: START_MS + 900,
    rows: 1,
    bytes: 2_000,
    complete: true,
    reason: '',
    ...over,
  };
}

/** The poll at place `number` (from 1) of a regular series. */
export function aPoll(
  number: number,
  observations: readonly Observation[],
  over: Partial<PollInput> = {},
): PollInput {
  return {
    tsMs: START_MS + number * INTERVAL_MS,
    filter: '',
    intervalMs: INTERVAL_MS,
    slices: [],
    observations,
    duplicates: 0,
    covers: () => true,
    ...over,
  };
}
