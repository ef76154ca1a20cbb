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
import { blockHere } from './full-here.ts';
import { FAILURES } from './work.ts';
import { LID_MS, type TorturedJobs } from './world.ts';

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
const REST_HOURS = 40;

export async function liveWithJobs(torture: TorturedJobs, hours: number): Promise<JobLifeReport> {
  const { world, dice, witness, jobWitness, troubles, tally, works } = torture;
  const { clock } = world;
  const records: JobRecord[] = [];
  let deaths = 0;
  let sleeps = 0;
  const cap = { scope: 'total', window: 'all', limit: microUsd(CAP_USD), setBy: 'torture' } as const;
  await world.live(world.process.ledger.setCap(cap));
  let drivers: JobProcess[] = [torture.startDriver()];

  const submit = async (jobs: readonly Job[]): Promise<void> => {
    records.push(...(await world.process.jobs.submit(jobs, { folder: world.home })));
  };

  const act = async (): Promise<void> => {
    const roll = dice.next();
    const live = [];
    for (const record of records) if (!isOver((await world.get(record)).status)) live.push(record);
    if (roll < 0.55) await submit(jobsFor(torture, records.length));
    else if (roll < 0.63 && live.length > 0) {
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
    if (troubles.all.has('disk here')) for (const { id } of live) blockHere(torture, id);
  };

  const pass = async (ms: number): Promise<void> => {
    await clock.step(ms);
    await witness.look({ capUsd: CAP_USD });
  };

  /** The service and the machines go on; nobody here hears of it. */
  const closeLid = async (): Promise<void> => {
    const before = works.running();
    for (const { mortal } of drivers) mortal.freeze();
    for (let slept = 0; slept < LID_MS; slept += HOUR) await pass(HOUR);
    for (const { job, instanceId } of before) {
      const goesOn = works.on(instanceId)?.job === job;
      const hasEnded = works.made.some((result) => result.job === job && result.instanceId === instanceId);
      if (goesOn) tally.count('a lid closed for ten hours, and the job went on');
      else if (hasEnded) tally.count('a lid closed for ten hours, and the job ended meanwhile');
    }
    for (const { mortal } of drivers) mortal.thaw();
  };

  const slices = Math.round((hours * HOUR) / ACT_EVERY_MS);
  const lidAt = troubles.all.has('lid') ? troubles.of('lid').int(5, slices - 1) : undefined;
  for (let slice = 0; slice < slices; slice += 1) {
    // One that goes on when the lid is opened, and one that has ended.
    if (slice + 3 === lidAt) await submit([longJob(torture, records.length, 900)]);
    if (slice + 1 === lidAt) await submit([longJob(torture, records.length, 40)]);
    await act();
    await pass(ACT_EVERY_MS);
    if (slice === lidAt) await closeLid();
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
  tally.count('its process dies', deaths);
  tally.count('exit 137', works.fired.get('killed') ?? 0);
  tally.count('a loss that is no number', works.fired.get('nan') ?? 0);
  const struck = world.sim.faultCounts();
  tally.count('stuck loading', struck['stuck-loading']);
  tally.count('fatal pull', struck['fatal-pull']);
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
${dice.chance(0.7) ? 'checkpoints: ["out/ckpt-*"]\n' : ''}artifacts: ["out/model.txt", "out/parts/**"]
max_duration: ${hours}h
stop_on_nan: ${how === 'nan'}
budget: ${dice.int(2, 20)}
retry: { no_capacity: { for: 1h }, interruption: { for: 2h }, error: { times: ${dice.int(0, 2)} } }
`;
  return expandMatrix(parseJobFile(text));
}

/** Sixty steps. */
function longJob({ dice }: Pick<TorturedJobs, 'dice'>, number: number, stepSeconds: number): Job {
  const text = `name: long-${number}
image: pytorch/pytorch:latest
run: work 60 ${stepSeconds} 0
resources: { disk: 20GB, verified: any, max_price_per_hour: 1, interruptible: ${dice.chance(0.2)} }
checkpoints: ["out/ckpt-*"]
artifacts: ["out/model.txt", "out/parts/**"]
max_duration: 24h
budget: 60
retry: { no_capacity: { for: 1h }, interruption: { for: 2h }, error: { times: 0 } }
`;
  return expandMatrix(parseJobFile(text))[0] as Job;
}
