// The market trace that every design is measured on: 3,400 machines for as many days as asked, seed 42, one poll
// every 6 minutes with 0 to 3 s of jitter and 3 in 1,000 missed. The same seed gives the same polls.
import { createRandom, DAY_MS, type Random } from '../../../src/base/std/index.ts';
import type { Observation, PollInput } from '../../../src/watch/history/observation.ts';
import { Machine } from './machine.ts';
import { MODEL_COUNT, makeModels, makeZipf } from './models.ts';
import { observe, type ShownColumns } from './observe.ts';

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
  /** Default `all`. */
  readonly columns?: ShownColumns;
}

/** What a poll changes. */
export interface TraceStep {
  readonly tsMs: number;
  /** Offers shown in the poll, also by machines that did not change. */
  readonly rows: number;
  /** Machines that may show something else than in the poll before, by their number in the trace. */
  readonly changed: readonly number[];
}

export interface Trace {
  readonly machines: number;
  /** The next poll; the objects of offers that did not change are those of the poll before. */
  next(): PollInput;
  /** Goes on to the next poll, and says only what it changes: a tenth of the time of `next`. */
  step(): TraceStep;
  /** What a machine shows in the newest poll; nothing while it is down. */
  shownBy(machine: number): readonly Observation[];
  /** The poll of the last `step`. */
  poll(step: TraceStep): PollInput;
  /** Share of the GPUs that are up which are rented. */
  utilisation(): number;
}

export function createTrace({
  seed = 42,
  machines: count = TRACE_MACHINES,
  columns = 'all',
}: TraceOptions = {}): Trace {
  const random = createRandom(seed);
  const startMs = TRACE_START_MS - WARM_UP_MS;
  const machines = makeMachines({ random, count, startMs });
  const shown = machines.map((): readonly Observation[] => []);
  const pollDice = random.fork('polls');
  let rows = 0;
  const show = (index: number) => {
    const machine = machines[index] as Machine;
    const before = shown[index] as readonly Observation[];
    const after = machine.isUp ? observe(machine, columns) : [];
    shown[index] = after;
    rows += after.length - before.length;
  };
  for (const machine of machines) machine.advance(TRACE_START_MS);
  for (let index = 0; index < machines.length; index += 1) show(index);
  let dueMs = TRACE_START_MS;
  let isFirst = true;

  const step = (): TraceStep => {
    while (pollDice.chance(MISSED_SHARE)) dueMs += POLL_INTERVAL_MS;
    const tsMs = dueMs + 1_000 * pollDice.int(0, JITTER_MAX_SEC);
    dueMs += POLL_INTERVAL_MS;
    const changed: number[] = [];
    for (let index = 0; index < machines.length; index += 1) {
      const machine = machines[index] as Machine;
      const isChanged = machine.nextMs <= tsMs && machine.advance(tsMs);
      if (isChanged) show(index);
      if (isChanged || isFirst) changed.push(index);
    }
    isFirst = false;
    return { tsMs, rows, changed };
  };
  const poll = ({ tsMs }: TraceStep): PollInput => {
    const observations: Observation[] = [];
    for (const own of shown) for (const row of own) observations.push(row);
    return {
      tsMs,
      filter: '',
      intervalMs: POLL_INTERVAL_MS,
      slices: [wholeSlice(tsMs, observations.length)],
      observations,
      duplicates: 0,
      covers: () => true,
    };
  };

  return {
    machines: count,
    next: () => poll(step()),
    step,
    shownBy: (machine) => shown[machine] ?? [],
    poll,
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
