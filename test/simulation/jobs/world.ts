// A marketplace with faults for a seed, and processes of ours that drive jobs on it, die, sleep and come back.

import { createRandom, HOUR_MS, type Random } from '../../../src/base/std/index.ts';
import type { JobObserver, JobRecord } from '../../../src/rent/jobs/index.ts';
import type { FaultName, FaultPlan } from '../../../src/sim/index.ts';
import {
  aJobWorld,
  type JobProcess,
  type JobWorld,
  type JobWorldOptions,
  MINUTE,
} from '../../rent/jobs/controller/a-job-world.ts';
import { createWitness, type Witness } from '../rentals/witness.ts';
import { SWARM_FAULTS, swarmFor } from '../rentals/world.ts';
import { createBefalling } from './befall.ts';
import {
  createTally,
  emptyFromMs,
  NO_TROUBLES,
  type Tally,
  type Troubles,
  troublesFor,
} from './hardships.ts';
import { createJobWitness, type JobWitness } from './witness.ts';
import { createWorks, type Works } from './work.ts';

export interface TorturedJobs extends AsyncDisposable {
  readonly world: JobWorld;
  readonly dice: Random;
  readonly works: Works;
  readonly troubles: Troubles;
  readonly tally: Tally;
  /** Of renting. */
  readonly witness: Witness;
  /** Of jobs. */
  readonly jobWitness: JobWitness;
  /** What a job was doing when its record was last changed. */
  statusOf(jobId: string): string | undefined;
  /** To be told to whoever drives a job by itself. */
  readonly observer: JobObserver;
  /** A process that drives all jobs, and looks after rentals as the program beside them does. */
  startDriver(options?: { readonly crashAt?: number }): JobProcess;
}

export interface TortureOptions {
  readonly seed: string;
  readonly faults?: FaultPlan;
  readonly troubles?: Troubles;
  readonly roundTripMs?: number;
  readonly send?: JobWorldOptions['send'];
  readonly onChange?: (record: JobRecord) => void;
}

export const JOB_FAULTS: readonly FaultName[] = [...SWARM_FAULTS, 'credit-exhaustion'];

/** What the simulator counts when it is drawn, and tells when it strikes. */
const STRIKING: readonly FaultName[] = [
  'host-death',
  'key-refused',
  'key-lost',
  'stuck-tunnel',
  'slow-ssh',
  'ssh-reset',
  'disk-full',
  'outbid-wave',
  'credit-exhaustion',
];

export function faultsStruck({ sim }: Pick<JobWorld, 'sim'>): Readonly<Record<string, number>> {
  const struck: Record<string, number> = { ...sim.faultCounts() };
  for (const name of STRIKING) struck[name] = 0;
  for (const { noun, what } of sim.truth.log()) {
    if (noun === 'fault' && struck[what] !== undefined) struck[what] += 1;
  }
  return struck;
}

/** All that befalls a world of so many hours. */
export function torturesFor(seed: string, hours: number): Omit<TortureOptions, 'seed'> {
  const dice = createRandom(seed).fork('job swarm');
  const troubles = troublesFor(seed, hours * HOUR_MS);
  const untilMs = troubles.untilMs + (troubles.all.has('lid') ? LID_MS : 0);
  const plan = swarmFor(seed, { untilMs });
  const create = { probability: 0.3, route: /PUT .*\/asks\//, untilMs };
  const fromMs = emptyFromMs(troubles);
  return {
    troubles,
    roundTripMs: dice.chance(0.5) ? 300 : 0,
    faults: {
      ...plan,
      ...(plan['lost-answer'] !== undefined && dice.chance(0.5) && { 'lost-answer': create }),
      ...(plan['gateway-timeout'] !== undefined && dice.chance(0.5) && { 'gateway-timeout': create }),
      ...(troubles.all.has('empty listings') && {
        'empty-listing': { probability: 1, route: /instances/, fromMs, untilMs: fromMs + 5 * MINUTE },
      }),
    },
  };
}

export const LID_MS = 10 * HOUR_MS;

export async function openTorturedJobs({
  seed,
  faults = {},
  troubles = NO_TROUBLES,
  roundTripMs = 0,
  send,
  onChange,
}: TortureOptions): Promise<TorturedJobs> {
  const works = createWorks();
  const tally = createTally();
  const jobWitness = createJobWitness(works);
  const statuses = new Map<string, string>();
  const statusOn = (instanceId: number) => {
    const job = works.jobOn(instanceId);
    return job === undefined ? undefined : statuses.get(job);
  };
  const befalling = createBefalling({ troubles, works, tally, statusOn });
  let witness: Witness | undefined;
  const world = await aJobWorld({
    sim: { seed, faults, offers: 300, credit: 1_000 },
    // So that hours of many jobs go by quickly; what is looked at is the same.
    policy: { lookMs: 20_000, rentalMs: MINUTE, noticeMs: 5_000, checkpointMs: 2 * MINUTE },
    programs: (instanceId) => works.programs(instanceId),
    roundTripMs,
    line: befalling.line,
    send: send ?? befalling.send,
    watch: (seen) => {
      const watching = createWitness(seen);
      witness = watching;
      return (sent) => watching.watch(sent);
    },
  });
  if (!witness) throw new Error('nobody watches');
  jobWitness.follow(world.sim, world.home);
  befalling.begin(world);
  const observer: JobObserver = {
    onChange: (record) => {
      statuses.set(record.id, record.status);
      onChange?.(record);
    },
  };
  let starts = 0;
  return {
    world,
    dice: createRandom(seed).fork('torture of jobs'),
    works,
    troubles,
    tally,
    witness,
    jobWitness,
    statusOf: (jobId) => statuses.get(jobId),
    observer,
    startDriver(options = {}) {
      starts += 1;
      const process = world.start(`${seed} driver ${starts}`, options);
      process.jobs.run(process.left, observer).catch(() => {});
      process.controller.run(process.left).catch(() => {});
      return process;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(world[Symbol.asyncDispose]()),
  };
}
