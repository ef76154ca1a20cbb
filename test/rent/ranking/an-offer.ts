// One plain offer, and the needs that it meets: a single RTX 4090 for $0.36 an hour with everything known.

import { silentLog } from '../../../src/base/std/index.ts';
import type { Offer } from '../../../src/net/vast/index.ts';
import { createOfferDecoder } from '../../../src/net/vast/index.ts';
import type { HostFacts, Need } from '../../../src/rent/rental/ranking/index.ts';

export const NOW_MS = Date.UTC(2026, 10, 20, 12);

const [PLAIN] = createOfferDecoder({ log: silentLog }).decode([
  {
    id: 1_000,
    machine_id: 10,
    host_id: 7,
    gpu_name: 'RTX 4090',
    gpu_arch: 'nvidia',
    num_gpus: 1,
    gpu_ram: 24_564,
    compute_cap: 890,
    cuda_max_good: 12.8,
    dlperf: 105.9,
    dph_base: 0.36,
    dph_total: 0.37,
    min_bid: 0.2,
    storage_cost: 0.144,
    inet_down_cost: 0.002,
    inet_up_cost: 0.004,
    inet_down: 1_000,
    inet_up: 500,
    disk_space: 500,
    disk_bw: 2_000,
    reliability2: 0.99,
    verification: 'verified',
    rentable: true,
    hosting_type: 0,
    geolocation: 'Sweden, SE',
    end_date: NOW_MS / 1_000 + 90 * 86_400,
  },
]).offers as [Offer];

type Change = Partial<Omit<Offer, 'id' | 'machineId' | 'hostId'>> & {
  readonly id?: number;
  readonly machineId?: number;
  readonly hostId?: number | null;
};

export function anOffer(change: Change = {}): Offer {
  return { ...PLAIN, ...change } as Offer;
}

/** Eight hours on one RTX 4090. */
export function someWork(change: Partial<Need> = {}): Need {
  return { purpose: { kind: 'work', referenceHours: 8 }, ...change };
}

export function aBox(change: Partial<Need> = {}): Need {
  return { purpose: { kind: 'box', hours: 2 }, ...change };
}

export function someFacts(change: Partial<HostFacts> = {}): HostFacts {
  return {
    boots: 0,
    bootFailures: 0,
    bootSecondsMedian: null,
    interruptions: 0,
    hoursSeen: 0,
    bandwidthShare: null,
    speedShare: null,
    ...change,
  };
}
