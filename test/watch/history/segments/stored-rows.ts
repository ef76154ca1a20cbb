// Compares what a store gives back with the polls that were appended to it.
import { expect } from 'vitest';
import { formatIso, silentLog, systemClock } from '../../../../src/base/std/index.ts';
import type { Observation, PollInput } from '../../../../src/watch/history/observation.ts';
import { checkMarket } from '../../../../src/watch/history/reader/check-market.ts';
import { openMarketReader } from '../../../../src/watch/history/reader/open-reader.ts';

type Row = Record<string, unknown>;

/** Claims that `offers_all` and `offers_raw` hold exactly these polls, to the last bit of each number. */
export async function expectStored(dir: string, polls: readonly PollInput[]): Promise<void> {
  await using reader = await openMarketReader({ dir, clock: systemClock(), log: silentLog });
  const expected = polls.flatMap((poll, index) => poll.observations.map((o) => rowOf(o, poll, index + 1)));
  const all = await reader.rows('SELECT * EXCLUDE (line) FROM offers_all');
  expect(sorted(all)).toEqual(sorted(expected));
  const raw = await reader.rows('SELECT * FROM offers_raw');
  expect(sorted(raw)).toEqual(sorted(expected.map(rawRow)));
}

/** Claims that the store proves whole, with as many polls and observations as were appended. */
export async function expectWhole(dir: string, polls: readonly PollInput[]): Promise<void> {
  const result = await checkMarket({ dir, clock: systemClock(), log: silentLog });
  expect(result.findings).toEqual([]);
  const observations = polls.reduce((sum, poll) => sum + poll.observations.length, 0);
  expect(result).toMatchObject({ isWhole: true, polls: polls.length, observations });
}

const RAW_COLUMNS = [
  'ts',
  'offer_id',
  'machine_id',
  'gpu_name',
  'num_gpus',
  'gpu_frac',
  'gpu_total_ram_gb',
  'dph_total_usd',
  'reliability2',
  'geolocation',
  'type',
  'rentable',
  'rented',
  'verified',
  'deverified',
  'availability_state',
];

function rawRow(row: Row): Row {
  return Object.fromEntries(RAW_COLUMNS.map((name) => [name, row[name]]));
}

function rowOf(o: Observation, poll: PollInput, number: number): Row {
  return {
    poll: number,
    ts: formatIso(poll.tsMs),
    offer_id: o.offerId,
    machine_id: o.machineId,
    gpu_name: o.gpuName,
    num_gpus: o.numGpus,
    gpu_frac: o.gpuFrac,
    gpu_total_ram_gb: o.gpuTotalRamGb,
    dph_total_usd: o.dphTotal,
    reliability2: o.reliability,
    geolocation: o.geolocation,
    type: o.type,
    rentable: o.rentable,
    rented: o.rented,
    verified: o.verified,
    deverified: o.deverified,
    availability_state: o.availability,
    dph_base: o.dphBase,
    min_bid: o.minBid,
    reserved_price: o.reservedPrice,
    storage_cost: o.storageCost,
    inet_up_cost: o.inetUpCost,
    inet_down_cost: o.inetDownCost,
    end_date: o.endDate,
    host_id: o.hostId,
    gpu_ids: o.gpuIds,
    bundle_id: o.bundleId,
    gpu_ram_mb: o.gpuRamMb,
    cpu_name: o.cpuName,
    cpu_cores: o.cpuCores,
    cpu_ram_mb: o.cpuRamMb,
    dlperf: o.dlperf,
    total_flops: o.totalFlops,
    cuda_max: o.cudaMax,
    compute_cap: o.computeCap,
    driver: o.driver,
    hosting_type: o.hostingType,
    static_ip: o.staticIp,
    disk_space_gb: o.diskSpaceGb,
    direct_port_count: o.directPortCount,
  };
}

function sorted(rows: readonly Row[]): Row[] {
  const key = ({ ts, offer_id, type }: Row) => JSON.stringify([ts, offer_id, type]);
  return rows.toSorted((x, y) => (key(x) < key(y) ? -1 : key(x) > key(y) ? 1 : 0));
}
