// A small market that does everything a real one does, often: offers come, go, are missed, return, change each of
// their facets, disagree with their machine's reliability; with values that are hard to keep exactly.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, type Random, SteppedClock } from '../../../../src/base/std/index.ts';
import { type Journal, openJournal } from '../../../../src/watch/history/journal/open-journal.ts';
import { ensureStoreFile } from '../../../../src/watch/history/journal/store-file.ts';
import type { Observation, PollInput } from '../../../../src/watch/history/observation.ts';

export const INTERVAL_MS = 360_000;
export const START_MS = Date.UTC(2026, 2, 1, 22);

const AWKWARD = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, 0, 123456.789012345, 0.9999999999999999];
const RELIABILITIES = [0.9983217, 0.98765432109, 0.5, 0, 1, 1 / 3, 214.7483647, 9e15, null, -0.1234567];

export interface TestStore extends Disposable {
  readonly dir: string;
  readonly clock: SteppedClock;
  journal: Journal;
  /** Opens the journal anew, as a writer that was killed and started again does. */
  reopen(): Journal;
  append(poll: PollInput): void;
  /** The polls that were appended; index 0 is poll 1. */
  readonly polls: PollInput[];
}

export function makeTestStore(): TestStore {
  const root = mkdtempSync(join(tmpdir(), 'vastdeck-segments-'));
  const dir = join(root, "it's a store.market");
  const clock = new SteppedClock(START_MS);
  const open = () => openJournal(dir, { mode: 'write', clock, keepMisses: 2 });
  mkdirSync(dir);
  ensureStoreFile({ dir, clock }, { kind: 'simulated', seed: '7' });
  const store: TestStore = {
    dir,
    clock,
    journal: open(),
    polls: [],
    reopen: () => {
      store.journal.close();
      store.journal = open();
      return store.journal;
    },
    append: (poll) => {
      store.journal.append(poll);
      store.polls.push(poll);
      clock.jump(poll.intervalMs);
    },
    [Symbol.dispose]: () => {
      store.journal.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return store;
}

/** Polls of a market with `offers` offers, one `INTERVAL_MS` after the other with an occasional hole. */
export function* randomPolls(seed: string | number, offers = 12): Generator<PollInput, never> {
  const random = createRandom(seed);
  const market = new Map<string, Observation>();
  let tsMs = START_MS;
  for (;;) {
    for (let i = 0; i < offers; i += 1) {
      if (random.chance(0.4)) changeOffer(market, random, random.int(1, offers));
    }
    const observations = [...market.values()].filter(() => random.chance(0.93));
    const coverage = random.fork('coverage', tsMs);
    yield aPoll({ tsMs, observations: random.shuffle(observations), covers: () => coverage.chance(0.8) });
    tsMs += random.chance(0.05) ? 7 * INTERVAL_MS : INTERVAL_MS;
  }
}

function changeOffer(market: Map<string, Observation>, random: Random, offerId: number): void {
  const type = random.pick(['on-demand', 'interruptible', null, 'odd type']);
  const key = `${offerId}/${type}`;
  const known = market.get(key);
  if (!known) {
    market.set(key, anObservation({ offerId, type, machineId: 1 + (offerId % 4) }));
    return;
  }
  if (random.chance(0.1)) {
    market.delete(key);
    return;
  }
  market.set(key, { ...known, ...random.pick(CHANGES)(random) });
}

const amount = (random: Random) => (random.chance(0.2) ? random.pick([...AWKWARD, null]) : random.next());

const CHANGES: readonly ((random: Random) => Partial<Observation>)[] = [
  (random) => ({ rentable: random.pick([0, 1, null]), rented: random.pick([0, 1, null]) }),
  (random) => ({ availability: random.pick(['available', 'unavailable', 'rented', 'unknown', null]) }),
  (random) => ({ dphTotal: amount(random) }),
  (random) => ({ reliability: random.pick(RELIABILITIES) }),
  (random) => ({ machineId: random.int(1, 4), gpuName: random.pick(['RTX 4090', "H100 'SXM'", null]) }),
  (random) => ({
    geolocation: random.pick(['Sweden, SE', 'Ümlaut, 日本', '', null]),
    verified: random.pick([0, 1, null]),
  }),
  (random) => ({ dphBase: amount(random), minBid: amount(random), reservedPrice: amount(random) }),
  (random) => ({ storageCost: amount(random), endDate: random.pick([1.8e9, 1.8e9 + 0.5, null]) }),
  (random) => ({ hostId: random.int(1, 3), gpuIds: random.pick(['1,2', '3', null]), dlperf: amount(random) }),
  (random) => ({ diskSpaceGb: amount(random), directPortCount: random.pick([0, 99, null]) }),
];

export function aPoll(overrides: Partial<PollInput> = {}): PollInput {
  return {
    tsMs: START_MS,
    filter: '',
    intervalMs: INTERVAL_MS,
    slices: [
      {
        type: 'on-demand',
        search: 'any',
        predicate: '',
        startedAtMs: overrides.tsMs ?? START_MS,
        finishedAtMs: (overrides.tsMs ?? START_MS) + 1_500,
        rows: overrides.observations?.length ?? 0,
        bytes: 1_000,
        complete: true,
        reason: '',
      },
    ],
    observations: [],
    duplicates: 0,
    covers: () => true,
    ...overrides,
  };
}

export function anObservation(overrides: Partial<Observation> = {}): Observation {
  return {
    offerId: 1,
    machineId: 1,
    gpuName: 'RTX 4090',
    numGpus: 2,
    gpuFrac: 0.5,
    gpuTotalRamGb: 48,
    dphTotal: 0.41234567890123,
    reliability: 0.9983217,
    geolocation: 'Sweden, SE',
    type: 'on-demand',
    rentable: 1,
    rented: 0,
    verified: 1,
    deverified: 0,
    availability: 'available',
    hostId: 5,
    gpuIds: '11,12',
    bundleId: 77,
    dphBase: 0.4,
    minBid: 0.2,
    reservedPrice: 0.3,
    storageCost: 0.15,
    inetUpCost: 0.01,
    inetDownCost: 0.02,
    gpuRamMb: 24564,
    diskSpaceGb: 512.5,
    cpuName: 'EPYC 7532',
    cpuCores: 32,
    cpuRamMb: 128_000,
    dlperf: 101.25,
    totalFlops: 82.5,
    cudaMax: 12.4,
    computeCap: 890,
    driver: '550.54.14',
    hostingType: 0,
    staticIp: 1,
    directPortCount: 99,
    endDate: 1_800_000_000,
    ...overrides,
  };
}
