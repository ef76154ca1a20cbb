// A whole life of a job taken through every point at which the process that drives it can die: once without a death to count
// the points, then once for each, with an heir on the same store that has to bring it to rest.

import { isOver, type Job } from '../../../src/rent/jobs/index.ts';
import { stepUntil } from '../../rent/a-rent-world.ts';
import { countingJob, MINUTE } from '../../rent/jobs/controller/a-job-world.ts';
import { wrongAtRest } from '../../rent/jobs/controller/at-rest.ts';
import { openTorturedJobs, type TorturedJobs } from './world.ts';

export interface JobLife {
  readonly name: string;
  readonly job: Job;
  /** What befalls it. */
  readonly befall: (torture: TorturedJobs, record: { readonly id: string }) => void;
}

const WORK = countingJob({
  run: 'work 20 15 0',
  env: {},
  maxDurationMs: 60 * MINUTE,
});

/** Nothing goes wrong. */
const calm: JobLife = { name: 'rent, run, fetch', job: WORK, befall: () => {} };

/** The answer to its create is lost, its machine is outbid in the middle, another goes on from the checkpoint. */
const interrupted: JobLife = {
  name: 'a lost answer, outbid, gone on elsewhere',
  job: { ...WORK, resources: { ...WORK.resources, rental: 'interruptible' } },
  befall({ world }) {
    world.sim.fail('lost-answer', { times: 1, route: /PUT .*asks/ });
    let isDone = false;
    world.sim.truth.follow(({ noun, what, id }) => {
      if (isDone || noun !== 'instance' || what !== 'running') return;
      isDone = true;
      world.clock.setTimer(4 * MINUTE, () => world.sim.fail('outbid-wave', { id }));
    });
  },
};

/** It fails once and is tried again, then cancelled. */
const cancelled: JobLife = {
  name: 'failed, tried again, cancelled',
  job: {
    ...WORK,
    run: 'work 20 15 8',
    retry: { ...WORK.retry, error: { forMs: undefined, times: 3 } },
  },
  befall({ world, jobWitness }, { id }) {
    world.clock.setTimer(9 * MINUTE, () => {
      jobWitness.cancelled.add(id);
      void world.process.jobs.cancel(id);
    });
  },
};

export const JOB_LIVES: readonly JobLife[] = [calm, interrupted, cancelled];

export interface CrashResult {
  /** Where it died; `nowhere` for the life that nothing cut off. */
  readonly at: string;
  readonly points: readonly string[];
  readonly wrong: readonly string[];
}

const CAP_USD = 100;
const LONGEST_MS = 8 * 60 * MINUTE;

/** Undefined `crashAt`: nobody dies. */
export async function dieAt(life: JobLife, crashAt: number | undefined): Promise<CrashResult> {
  await using torture = await openTorturedJobs({ seed: `job crash ${life.name}` });
  const { world, witness, jobWitness } = torture;
  const { clock } = world;
  // Handed in by a process that does not die: every point is one of driving.
  const record = await world.submit(life.job);
  life.befall(torture, record);
  const driver = world.start('driver', crashAt === undefined ? {} : { crashAt });
  const over = driver.jobs.drive(record.id).then(
    () => 'nowhere',
    (error: unknown) => `nowhere: ${String(error)}`,
  );
  const at = await stepUntil(clock, Promise.race([over, driver.mortal.died]));
  await witness.look({ capUsd: CAP_USD });
  driver.kill();
  const heir = torture.startDriver();
  const endMs = clock.now() + LONGEST_MS;
  while (!isOver((await world.get(record)).status) && clock.now() < endMs) {
    await clock.step(5 * MINUTE);
    await witness.look({ capUsd: CAP_USD });
  }
  const now = await world.get(record);
  const wrong = await wrongAtRest(world, [record], heir).catch((error: unknown) => [String(error)]);
  await witness.look({ capUsd: CAP_USD });
  await jobWitness.look(world, [record]);
  const wanted = life.name.includes('cancelled') ? 'cancelled' : 'succeeded';
  return {
    at,
    points: driver.mortal.passed,
    wrong: [
      ...(now.status === wanted ? [] : [`it is ${now.status}: ${now.reason}`]),
      ...wrong,
      ...witness.broken.map(({ invariant, what }) => `${invariant}: ${what}`),
      ...jobWitness.broken,
    ],
  };
}
