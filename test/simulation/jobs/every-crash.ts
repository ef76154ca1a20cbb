// A whole life of a job taken through every point at which the process that drives it can die: once without a death to count
// the points, then once for each, with an heir on the same store that has to bring it to rest.

import { isOver, type JobRecord, type JobStatus } from '../../../src/rent/jobs/index.ts';
import { stepUntil } from '../../rent/a-rent-world.ts';
import { MINUTE } from '../../rent/jobs/controller/a-job-world.ts';
import { wrongAtRest } from '../../rent/jobs/controller/at-rest.ts';
import type { JobLife } from './lives.ts';
import { openTorturedJobs, type TorturedJobs } from './world.ts';

export interface CrashResult {
  /** Where it died; `nowhere` for the life that nothing cut off. */
  readonly at: string;
  readonly points: readonly string[];
  /** That its jobs had. */
  readonly statuses: ReadonlySet<JobStatus>;
  readonly wrong: readonly string[];
}

const CAP_USD = 100;
const LONGEST_MS = 12 * 60 * MINUTE;

/** Undefined `crashAt`: nobody dies. */
export async function dieAt(life: JobLife, crashAt: number | undefined): Promise<CrashResult> {
  const statuses = new Set<JobStatus>();
  const onChange = ({ id, status }: JobRecord) => {
    statuses.add(status);
    if (status === life.cancelAt) void cancel(id);
  };
  const send = life.send?.();
  await using torture = await openTorturedJobs({
    seed: `job crash ${life.name}`,
    onChange,
    ...(send && { send }),
  });
  const { world, witness, jobWitness } = torture;
  const { clock } = world;
  const cancel = async (id: string) => {
    jobWitness.cancelled.add(id);
    await world.process.jobs.cancel(id);
  };
  // Handed in by a process that does not die: every point is one of driving.
  const startAtMs = clock.now() + (life.startsAfterMs ?? 0);
  const records = await world.process.jobs.submit(life.jobs, {
    folder: world.home,
    ...(life.startsAfterMs !== undefined && { startAtMs }),
  });
  const driver = world.start('driver', crashAt === undefined ? {} : { crashAt });
  if (life.isBudgetShared) driver.controller.run(driver.left).catch(() => {});
  life.befall?.(torture, driver);
  const drives = records.map(({ id }) => driver.jobs.drive(id, torture.observer));
  const over = Promise.all(drives).then(
    () => 'nowhere',
    (error: unknown) => `nowhere: ${String(error)}`,
  );
  const at = await stepUntil(clock, Promise.race([over, driver.mortal.died]));
  await witness.look({ capUsd: CAP_USD });
  driver.kill();
  const heir = torture.startDriver();
  const endMs = clock.now() + LONGEST_MS;
  const nows = () => Promise.all(records.map((record) => world.get(record)));
  while (!(await nows()).every(({ status }) => isOver(status)) && clock.now() < endMs) {
    await clock.step(5 * MINUTE);
    await witness.look({ capUsd: CAP_USD });
  }
  const wrong = await wrongAtRest(world, records, heir).catch((error: unknown) => [String(error)]);
  await witness.look({ capUsd: CAP_USD });
  await jobWitness.look(world, records);
  return {
    at,
    points: driver.mortal.passed,
    statuses,
    wrong: [
      ...(await nows()).flatMap((now) => unexpected(life, torture, now)),
      ...wrong,
      ...witness.broken.map(({ invariant, what }) => `${invariant}: ${what}`),
      ...jobWitness.broken,
    ],
  };
}

function unexpected({ ends = 'succeeded' }: JobLife, { jobWitness }: TorturedJobs, now: JobRecord): string[] {
  const { id, name, status, reason, cancelAskedAtMs } = now;
  const isAsked = jobWitness.cancelled.has(id) && cancelAskedAtMs !== undefined;
  return status === (isAsked ? 'cancelled' : ends) ? [] : [`${name} is ${status}: ${reason}`];
}
