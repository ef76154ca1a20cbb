// A marketplace with faults for a seed, and processes of ours that drive jobs on it, die, sleep and come back.

import { createRandom, HOUR_MS, type Random } from '../../../src/base/std/index.ts';
import type { FaultName, FaultPlan } from '../../../src/sim/index.ts';
import { aJobWorld, type JobProcess, type JobWorld, MINUTE } from '../../rent/jobs/controller/a-job-world.ts';
import { createWitness, type Witness } from '../rentals/witness.ts';
import { SWARM_FAULTS, swarmFor } from '../rentals/world.ts';
import { createJobWitness, type JobWitness } from './witness.ts';
import { createWorks, type Works } from './work.ts';

export interface TorturedJobs extends AsyncDisposable {
  readonly world: JobWorld;
  readonly dice: Random;
  readonly works: Works;
  /** Of renting. */
  readonly witness: Witness;
  /** Of jobs. */
  readonly jobWitness: JobWitness;
  /** A process that drives all jobs, and looks after rentals as the program beside them does. */
  startDriver(options?: { readonly crashAt?: number }): JobProcess;
}

export interface TortureOptions {
  readonly seed: string;
  readonly faults?: FaultPlan;
  readonly roundTripMs?: number;
}

export const JOB_FAULTS: readonly FaultName[] = [...SWARM_FAULTS, 'credit-exhaustion'];

export function jobSwarmFor(seed: string, hours: number): FaultPlan {
  const untilMs = hours * HOUR_MS;
  const dice = createRandom(seed).fork('job swarm');
  return {
    ...swarmFor(seed, { untilMs }),
    ...(dice.chance(0.2) && { 'credit-exhaustion': { probability: 1, untilMs } }),
  };
}

export async function openTorturedJobs({
  seed,
  faults = {},
  roundTripMs = 0,
}: TortureOptions): Promise<TorturedJobs> {
  const works = createWorks();
  const jobWitness = createJobWitness(works);
  let witness: Witness | undefined;
  const world = await aJobWorld({
    sim: { seed, faults, offers: 300, credit: 1_000 },
    // So that hours of many jobs go by quickly; what is looked at is the same.
    policy: { lookMs: 20_000, rentalMs: MINUTE, noticeMs: 5_000, checkpointMs: 2 * MINUTE },
    programs: (instanceId) => works.programs(instanceId),
    roundTripMs,
    watch: (seen) => {
      const watching = createWitness(seen);
      witness = watching;
      return (send) => watching.watch(send);
    },
  });
  if (!witness) throw new Error('nobody watches');
  jobWitness.follow(world.sim, world.home);
  let starts = 0;
  return {
    world,
    dice: createRandom(seed).fork('torture of jobs'),
    works,
    witness,
    jobWitness,
    startDriver(options = {}) {
      starts += 1;
      const process = world.start(`${seed} driver ${starts}`, options);
      process.jobs.run(process.left).catch(() => {});
      process.controller.run(process.left).catch(() => {});
      return process;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(world[Symbol.asyncDispose]()),
  };
}
