// Hands on the runs of a simulated account, as the keys of `top` have them: boxes, machines that are not ours, jobs.
import { createRandom, silentLog } from '../../../src/base/std/index.ts';
import { openMonitor } from '../../../src/front/app/monitoring.ts';
import type { Renting } from '../../../src/front/app/renting.ts';
import { createTopActs } from '../../../src/front/cli/commands/top-acts.ts';
import type { ActPlan, RunAct, RunActs } from '../../../src/front/tui/index.ts';
import { generateKeyPair } from '../../../src/net/ssh/index.ts';
import type { JobRecord } from '../../../src/rent/jobs/index.ts';
import type { RunView } from '../../../src/rent/monitor/index.ts';
import type { Rental } from '../../../src/rent/rental/index.ts';
import { ACCOUNT, INSTALL } from '../../rent/a-rent-world.ts';
import {
  countingJob,
  type JobProcess,
  type JobWorld,
  MINUTE,
} from '../../rent/jobs/controller/a-job-world.ts';
import { aRun } from '../tui/a-monitor.ts';

export interface Hands {
  readonly world: JobWorld;
  readonly acts: RunActs & AsyncDisposable;
  /** Ends the screen. */
  readonly closed: AbortController;
  readonly publicKey: string;
  readonly plan: (act: RunAct, run: RunView) => Promise<ActPlan>;
  readonly planAll: (act: RunAct, runs: readonly RunView[]) => ReturnType<RunActs['plan']>;
  readonly act: (act: RunAct, run: RunView, label?: string) => Promise<string>;
  readonly truth: (run: RunView) => ReturnType<JobWorld['sim']['truth']['instances']>[number] | undefined;
}

export function handsOn(world: JobWorld, by: JobProcess = world.process): Hands {
  const { clock } = world;
  const sshKey = generateKeyPair({ comment: 'ours' });
  const renting = {
    ...by,
    records: by.rentals,
    account: { account: ACCOUNT, userId: 1, email: 'someone@example.org' },
    install: INSTALL,
    sshKey,
  };
  const monitoring = openMonitor(renting as unknown as Renting, {
    entering: 'none',
    clock,
    random: createRandom('top'),
    log: silentLog,
  });
  const session = { renting, jobs: by.jobs, records: by.records };
  const acts = createTopActs({ session, attachKey: (id) => monitoring.attachKey(id), clock, log: silentLog });
  const closed = new AbortController();
  const { signal } = closed;
  return {
    world,
    acts,
    closed,
    publicKey: sshKey.publicKey,
    plan: async (act, run) => {
      const [plan] = await world.live(acts.plan(act, [run], signal));
      if (!plan) throw new Error('there is no plan');
      return plan;
    },
    planAll: (act, runs) => world.live(acts.plan(act, runs, signal)),
    act: (act, run, label) => world.live(acts.act(act, run, { label, signal })),
    truth: ({ instanceId }) => world.sim.truth.instances().find((one) => one.instanceId === instanceId),
  };
}

export async function aBox(
  world: JobWorld,
  name: string,
): Promise<{ readonly run: RunView; readonly rental: Rental }> {
  const rental = await world.live(world.process.rentBox(name));
  const instanceId = rental.instanceId ?? 0;
  await until(world, () => stateOf(world, instanceId) === 'running');
  return { rental, run: aRun({ instanceId, rentalId: rental.id, name }) };
}

export async function aForeign(world: JobWorld): Promise<RunView> {
  const { client } = world.process;
  for (const offerId of world.sim.truth.listedOfferIds()) {
    const wish = { image: 'busybox', diskGb: 10, label: 'theirs' };
    const made = await world.live(client.instances.create(offerId, wish).catch(() => undefined));
    if (!made) continue;
    await until(world, () => stateOf(world, made.instanceId) === 'running');
    return aRun({ instanceId: made.instanceId, name: 'theirs' });
  }
  throw new Error('no offer could be had');
}

export async function aJob(
  world: JobWorld,
  by?: JobProcess,
): Promise<{ readonly run: RunView; readonly job: JobRecord }> {
  const job = await world.submit(countingJob({ env: { STEPS: '200' }, artifacts: ['out/ckpt-0003/step'] }));
  world.begin(job, by);
  await world.untilStatus(job, 'running');
  const instanceId = await world.instanceOf(job);
  const run = aRun({ key: `job ${job.id}`, jobId: job.id, instanceId, name: job.name, pricePerHour: 0.4 });
  return { job, run };
}

const stateOf = (world: JobWorld, instanceId: number) =>
  world.sim.truth.instances().find((one) => one.instanceId === instanceId)?.actual;

async function until(world: JobWorld, holds: () => boolean): Promise<void> {
  for (let minutes = 0; minutes < 60 && !holds(); minutes += 1) await world.pass(MINUTE);
  if (!holds()) throw new Error('an hour has passed, and it does not hold');
}
