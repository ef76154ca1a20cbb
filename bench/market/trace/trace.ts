// The market trace that every design is measured on: 3,400 machines for as many days as asked, seed 42, one poll
// every 6 minutes with 0 to 3 s of jitter and 3 in 1,000 missed. The same seed gives the same polls.
import { createRandom, DAY_MS, type Random } from '../../../src/base/std/index.ts';
import type { Observation, PollInput } from '../../../src/watch/history/observation.ts';
import { Machine } from './machine.ts';
import { MODEL_COUNT, makeModels, makeZipf } from './models.ts';

export const POLL_INTERVAL_MS = 360_000;
const TRACE_MACHINES = 3_400;
export const TRACE_START_MS = Date.UTC(2026, 0, 1);

/** Before the first poll, so that as many rentals end as begin. */
const WARM_UP_MS = 20 * DAY_MS;
const MISSED_SHARE = 0.003;
const JITTER_MAX_SEC = 3;
/** Shares of machines with 1, 2, 4 and 8 GPUs: together some 10,170 offers are up at a time. */
const GPU_COUNTS = [
  [1, 0.69],
  [2, 0.12],
  [4, 0.095],
  [8, 0.095],
] as const;

export interface TraceOptions {
  /** Default 42. */
  readonly seed?: number;
  /** Default 3,400. */
  readonly machines?: number;
}

export interface Trace {
  /** The next poll; the objects of offers that did not change are those of the poll before. */
  next(): PollInput;
  /** Share of the GPUs that are up which are rented. */
  utilisation(): number;
}

export function createTrace({ seed = 42, machines: count = TRACE_MACHINES }: TraceOptions = {}): Trace {
  const random = createRandom(seed);
  const startMs = TRACE_START_MS - WARM_UP_MS;
  const machines = makeMachines({ random, count, startMs });
  const rows = machines.map((): Observation[] => []);
  const pollDice = random.fork('polls');
  const show = (index: number) => {
    const machine = machines[index] as Machine;
    rows[index] = machine.isUp ? observe(machine) : [];
  };
  for (const machine of machines) machine.advance(TRACE_START_MS);
  for (let index = 0; index < machines.length; index += 1) show(index);
  let dueMs = TRACE_START_MS;

  return {
    next() {
      while (pollDice.chance(MISSED_SHARE)) dueMs += POLL_INTERVAL_MS;
      const tsMs = dueMs + 1_000 * pollDice.int(0, JITTER_MAX_SEC);
      dueMs += POLL_INTERVAL_MS;
      const observations: Observation[] = [];
      for (let index = 0; index < machines.length; index += 1) {
        const machine = machines[index] as Machine;
        if (machine.nextMs <= tsMs && machine.advance(tsMs)) show(index);
        for (const row of rows[index] as Observation[]) observations.push(row);
      }
      return {
        tsMs,
        filter: '',
        intervalMs: POLL_INTERVAL_MS,
        slices: [wholeSlice(tsMs, observations.length)],
        observations,
        duplicates: 0,
        covers: () => true,
      };
    },
    utilisation() {
      const up = machines.filter((machine) => machine.isUp);
      const gpus = up.reduce((sum, { facts }) => sum + facts.gpus, 0);
      return up.reduce((sum, machine) => sum + machine.rentedGpus, 0) / gpus;
    },
  };
}

/** The polls of the first `days` days. */
export function* tracePolls(days: number, options: TraceOptions = {}): Generator<PollInput> {
  const trace = createTrace(options);
  for (let poll = trace.next(); poll.tsMs < TRACE_START_MS + days * DAY_MS; poll = trace.next()) yield poll;
}

function makeMachines(options: { random: Random; count: number; startMs: number }): Machine[] {
  const { random, count, startMs } = options;
  const models = makeModels(random.fork('models'));
  const zipf = makeZipf(MODEL_COUNT);
  let machineId = 10_000;
  let offerId = 4_000_000;
  const idDice = random.fork('ids');
  const ids = {
    machine: () => (machineId += idDice.int(1, 9)),
    offer: () => (offerId += idDice.int(1, 40)),
  };
  return Array.from({ length: count }, (_, index) => {
    const dice = random.fork('machine', index);
    return new Machine({
      random: dice,
      ids,
      model: () => models[zipf(dice.next())] as (typeof models)[number],
      gpus: drawGpus(dice.next()),
      nowMs: startMs,
    });
  });
}

function drawGpus(u: number): number {
  let sum = 0;
  for (const [gpus, share] of GPU_COUNTS) {
    sum += share;
    if (u < sum) return gpus;
  }
  return 8;
}

/** One search that showed the whole market. */
export function wholeSlice(tsMs: number, rows: number): PollInput['slices'][number] {
  return {
    type: 'on-demand',
    search: 'any',
    predicate: '',
    startedAtMs: tsMs,
    finishedAtMs: tsMs + 2_000,
    rows,
    bytes: rows * 1_500,
    complete: true,
    reason: '',
  };
}

/** Storage of a default 8 GB disk, by the hour of a month of 730: it gives prices all their 17 digits. */
function storagePerHour(storageCost: number): number {
  return (storageCost * 8) / 730;
}

function observe(machine: Machine): Observation[] {
  const { facts } = machine;
  const { model } = facts;
  return machine.states.map((state, node) => {
    const gpus = machine.gpusOf(node);
    const base = Math.round(facts.pricePerGpu * gpus * 1e4) / 1e4;
    const perGpu = (total: number) => Math.round((total * gpus) / facts.gpus);
    return {
      offerId: machine.offerIds[node] as number,
      machineId: facts.machineId,
      gpuName: model.name,
      numGpus: gpus,
      gpuFrac: gpus / facts.gpus,
      gpuTotalRamGb: (model.gpuRamMb * gpus) / 1024,
      dphTotal: base + storagePerHour(facts.storageCost),
      reliability: facts.reliability,
      geolocation: facts.place,
      type: 'on-demand',
      rentable: state === 'available' ? 1 : 0,
      rented: state === 'rented' ? 1 : 0,
      verified: facts.verified,
      deverified: facts.deverified,
      availability: state,
      hostId: facts.hostId,
      gpuIds: machine.gpuIdsOf(node),
      bundleId: facts.machineId * 100 + gpus,
      dphBase: base,
      minBid: Math.round(base * 6_000) / 1e4,
      reservedPrice: base * 0.8 + storagePerHour(facts.storageCost),
      storageCost: facts.storageCost,
      inetUpCost: facts.inetUpCost,
      inetDownCost: facts.inetDownCost,
      gpuRamMb: model.gpuRamMb,
      diskSpaceGb: perGpu(facts.diskGb),
      cpuName: facts.cpuName,
      cpuCores: facts.cpuCores,
      cpuRamMb: facts.cpuRamMb,
      dlperf: model.dlperf * gpus,
      totalFlops: model.totalFlops * gpus,
      cudaMax: facts.cudaMax,
      computeCap: model.computeCap,
      driver: facts.driver,
      hostingType: facts.hostingType,
      staticIp: facts.staticIp,
      directPortCount: perGpu(facts.ports),
      endDate: facts.endDate,
    };
  });
}
