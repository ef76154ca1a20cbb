// A marketplace with faults for a seed, and an account on it that somebody rents with: processes of ours that come and
// go, a person, and other people's instances.
import { createLedger, type Ledger } from '../../../src/base/ledger/index.ts';
import { createRandom, HOUR_MS, type Random, SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import type { Store } from '../../../src/base/store/index.ts';
import { createSim, type FaultName, type FaultPlan, type Sim, twinInside } from '../../../src/sim/index.ts';
import type { Program } from '../../../src/sim/twin/index.ts';
import { gpusOf, openRentStore, type RentingProcess, startProcess } from '../../rent/a-renting.ts';
import { type CrashPoints, createCrashPoints } from './crash-points.ts';
import { createWitness, type Witness } from './witness.ts';

export interface TortureWorld extends AsyncDisposable {
  readonly seed: string;
  readonly sim: Sim;
  readonly clock: SteppedClock;
  readonly dice: Random;
  readonly store: Store;
  /** Of a hand that never dies. */
  readonly ledger: Ledger;
  readonly witness: Witness;
  readonly process: RentingProcess;
  readonly points: CrashPoints;
  /** Ends the process without a word and starts another on the same store. */
  restart(at?: number): void;
}

export interface WorldOptions {
  readonly seed: string;
  readonly faults?: FaultPlan;
  /** Of the first process. */
  readonly crashAt?: number;
  readonly offers?: number;
}

export async function openWorld({
  seed,
  faults = {},
  crashAt,
  offers = 300,
}: WorldOptions): Promise<TortureWorld> {
  const clock = new SteppedClock();
  let sim: Sim;
  const programs = (instanceId: number) => ({
    ...gpusOf(() => sim)(instanceId),
    ...wayOut(() => sim, clock),
  });
  const inside = await twinInside({ clock, seed, programs });
  sim = createSim({ seed, clock, offers, faults, credit: 10_000 }, inside);
  const store = await openRentStore(':memory:', clock);
  const witness = createWitness({ sim, clock, store });
  let starts = 0;
  const start = (at?: number) => {
    starts += 1;
    const points = createCrashPoints(at);
    const process = startProcess({
      sim,
      clock,
      // A disk is kept for two hours instead of a day, so that a life of some hours sees its end.
      policy: { storageTailMs: 2 * HOUR_MS, billAgainMs: 3 * HOUR_MS },
      roundMs: 60_000,
      lookMs: 5 * 60_000,
      name: `${seed} process ${starts}`,
      // The witness stands behind the crash point: it sees what was sent, whoever lives to hear the answer.
      fetch: points.fetch(witness.watch(sim.fetch)),
      store: points.store(store),
      connect: points.connect((instance) => sim.shell(instance.id)),
    });
    return { points, process };
  };
  let current = start(crashAt);
  return {
    seed,
    sim,
    clock,
    dice: createRandom(seed).fork('torture'),
    store,
    ledger: createLedger({ store, random: createRandom(`${seed} hand`), log: silentLog }),
    witness,
    get process() {
      return current.process;
    },
    get points() {
      return current.points;
    },
    restart(at) {
      current.points.kill();
      current = start(at);
    },
    [Symbol.asyncDispose]: async () => {
      current.points.kill();
      await sim.close();
      await store.close();
    },
  };
}

/** How an instance reaches the service from inside: curl, and the time in its answers. */
export function wayOut(sim: () => Sim, clock: SteppedClock): Readonly<Record<string, Program>> {
  return {
    curl: async (process) => {
      const method = process.args.some((arg) => arg.includes('XPUT')) ? 'PUT' : 'HEAD';
      const url = process.args.find((arg) => arg.startsWith('http')) ?? '';
      const body = process.args[process.args.indexOf('-d') + 1] ?? '';
      if (method === 'PUT') {
        const { CONTAINER_API_KEY: key } = process.environment;
        const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
        const patience = new AbortController();
        const timer = clock.setTimer(60_000, () => patience.abort());
        const sent = sim().fetch(url, { method, headers, body, signal: patience.signal });
        await process.wait(sent.catch(() => {})).finally(() => timer.cancel());
      }
      await process.print(`Date: ${new Date(clock.now()).toUTCString()}`);
      return 0;
    },
    // Stands for the one script of ours that reads a date; the script itself is tested with a real awk.
    awk: async (process) => {
      await process.print(String(Math.floor(clock.now() / 1_000)));
      return 0;
    },
  };
}

/** Faults that may come in any world, with how often each comes where a seed has it. */
const SWARM: Readonly<Partial<Record<FaultName, number>>> = {
  'rate-limit-text': 0.02,
  'rate-limit-detail': 0.02,
  'rate-limit-msg': 0.02,
  'rate-limit-storm': 0.002,
  'server-error': 0.02,
  'bad-gateway': 0.02,
  slow: 0.02,
  hang: 0.005,
  'lost-answer': 0.02,
  'gateway-timeout': 0.02,
  'wrong-success': 0.01,
  'truncated-json': 0.02,
  'wrong-content-type': 0.01,
  'stray-line': 0.02,
  'empty-listing': 0.05,
  'short-listing': 0.05,
  'ill-typed-listing': 0.03,
  'capped-listing': 0.2,
  'vanished-field': 0.15,
  'clock-skew': 0.15,
  'search-mismatch': 0.1,
  'stuck-loading': 0.1,
  'fatal-pull': 0.15,
  'host-death': 0.1,
  'key-refused': 0.25,
  'key-lost': 0.1,
  'resurrect-once': 0.2,
  'stuck-tunnel': 0.25,
  'slow-ssh': 0.1,
  'ssh-reset': 0.1,
  'disk-full': 0.15,
  'outbid-wave': 0.5,
  'wrong-gpu': 0.1,
};

export const SWARM_FAULTS = Object.keys(SWARM) as readonly FaultName[];

/** Each world has about a third of the faults, so that they do not always hide each other. */
export function swarmFor(seed: string, { untilMs = 24 * HOUR_MS } = {}): FaultPlan {
  const dice = createRandom(seed).fork('swarm');
  const chosen = Object.entries(SWARM).filter(([name]) => dice.fork(name).chance(0.35));
  return Object.fromEntries(
    chosen.map(([name, probability]) => [name, { probability: probability as number, untilMs }]),
  );
}
