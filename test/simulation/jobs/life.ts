// One life of an account with jobs: they are handed in, cancelled, their machines fail in every way that the seed has, and
// processes die and sleep. Then the faults end, and everything has to come to rest.
import { microUsd } from '../../../src/base/std/index.ts';
import {
  expandMatrix,
  isOver,
  type Job,
  type JobRecord,
  parseJobFile,
} from '../../../src/rent/jobs/index.ts';
import { HOUR } from '../../rent/a-renting.ts';
import { type JobProcess, MINUTE } from '../../rent/jobs/controller/a-job-world.ts';
import { wrongAtRest } from '../../rent/jobs/controller/at-rest.ts';
import { FAILURES } from './work.ts';
import type { TorturedJobs } from './world.ts';

export interface JobLifeReport {
  readonly jobs: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly attempts: number;
  readonly deaths: number;
  readonly sleeps: number;
  readonly wrong: readonly string[];
}

const ACT_EVERY_MS = 10 * MINUTE;
const CAP_USD = 400;
/** max_duration, retries, leases, disks that are kept, bills. */
const REST_HOURS = 30;

export async function liveWithJobs(torture: TorturedJobs, hours: number): Promise<JobLifeReport> {
  const { world, dice, witness, jobWitness } = torture;
  const { clock } = world;
  const records: JobRecord[] = [];
  let deaths = 0;
  let sleeps = 0;
  const cap = { scope: 'total', window: 'all', limit: microUsd(CAP_USD), setBy: 'torture' } as const;
  await world.live(world.process.ledger.setCap(cap));
  let drivers: JobProcess[] = [torture.startDriver()];

  const act = async (): Promise<void> => {
    const roll = dice.next();
    const live = [];
    for (const record of records) if (!isOver((await world.get(record)).status)) live.push(record);
    if (roll < 0.55) {
      const submitted = await world.process.jobs.submit(jobsFor(torture, records.length), {
        folder: world.home,
      });
      records.push(...submitted);
    } else if (roll < 0.63 && live.length > 0) {
      const { id } = dice.pick(live);
      jobWitness.cancelled.add(id);
      await world.process.jobs.cancel(id);
    } else if (roll < 0.75) {
      deaths += 1;
      const at = dice.int(0, drivers.length - 1);
      drivers[at]?.kill();
      drivers[at] = torture.startDriver();
    } else if (roll < 0.82) {
      sleeps += 1;
      const one = dice.pick(drivers);
      one.mortal.freeze();
      clock.setTimer(dice.int(1, 90) * MINUTE, () => one.mortal.thaw());
    } else if (roll < 0.88 && drivers.length < 3) drivers.push(torture.startDriver());
    else if (roll < 0.91) await world.process.ledger.halt({ by: 'torture', reason: 'a scare' });
    else await world.process.ledger.resume({ by: 'torture' });
  };

  const endMs = clock.now() + hours * HOUR;
  while (clock.now() < endMs) {
    await act();
    await clock.step(ACT_EVERY_MS);
    await witness.look({ capUsd: CAP_USD });
  }

  for (const driver of drivers) driver.kill();
  drivers = [torture.startDriver()];
  await world.live(world.process.ledger.resume({ by: 'torture' }));
  for (const { accountId, creditUsd } of world.sim.truth.accounts()) {
    if (creditUsd < 100) world.sim.accounts.deposit(accountId, 1_000);
  }
  const calm = drivers[0] as JobProcess;
  for (let rested = 0; rested < REST_HOURS; rested += 1) {
    await clock.step(HOUR);
    await world.live(
      calm.ender.collect({ apply: true }).then(
        () => {},
        () => {},
      ),
    );
    await witness.look({ capUsd: CAP_USD });
    const nows = await Promise.all(records.map((record) => world.get(record)));
    const isRest = nows.every(({ status }) => isOver(status)) && world.present().length === 0;
    if (isRest && (await calm.ledger.listOpenReservations()).length === 0) break;
  }
  await jobWitness.look(world, records);
  const nows = await Promise.all(records.map((record) => world.get(record)));
  const count = (status: string) => nows.filter((now) => now.status === status).length;
  const wrong = [
    ...witness.broken.map(
      ({ invariant, what, atMs }) => `${invariant}: ${what} (${new Date(atMs).toISOString()})`,
    ),
    ...jobWitness.broken,
  ];
  const left = wrong.length > 0 ? [] : await wrongAtRest(world, records, calm);
  return {
    jobs: records.length,
    succeeded: count('succeeded'),
    failed: count('failed'),
    cancelled: count('cancelled'),
    attempts: nows.reduce((sum, { attempt }) => sum + attempt, 0),
    deaths,
    sleeps,
    wrong: [...wrong, ...left],
  };
}

/** One, or three that share a budget. */
export function jobsFor({ dice }: Pick<TorturedJobs, 'dice'>, number: number): readonly Job[] {
  const steps = dice.int(5, 60);
  const seconds = dice.int(5, 40);
  const failAt = dice.chance(0.15) ? dice.int(1, steps) : 0;
  const how = failAt === 0 ? '' : dice.pick(FAILURES);
  const hours = dice.chance(0.1) ? 0.2 : dice.int(1, 3);
  const text = `name: job-${number}
image: pytorch/pytorch:latest
run: work ${steps} ${seconds} ${failAt} ${how}
${dice.chance(0.15) ? 'matrix: { PART: ["1", "2", "3"] }\n' : ''}resources:
  disk: 20GB
  verified: any
  max_price_per_hour: 1
  interruptible: ${dice.chance(0.5)}
${dice.chance(0.7) ? 'checkpoints: ["out/ckpt-*"]\n' : ''}artifacts: ["out/model.txt"]
max_duration: ${hours}h
stop_on_nan: ${how === 'nan'}
budget: ${dice.int(2, 20)}
retry: { no_capacity: { for: 1h }, interruption: { for: 2h }, error: { times: ${dice.int(0, 2)} } }
`;
  return expandMatrix(parseJobFile(text));
}
