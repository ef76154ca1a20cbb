// Whole lives of jobs, one for each way that a job can go: together they take every kind of step that its driver makes.
import { microUsd } from '../../../src/base/std/index.ts';
import { expandMatrix, type Job, type JobStatus, parseJobFile } from '../../../src/rent/jobs/index.ts';
import { countingJob, type JobProcess, MINUTE } from '../../rent/jobs/controller/a-job-world.ts';
import type { TorturedJobs, TortureOptions } from './world.ts';

export interface JobLife {
  readonly name: string;
  /** Handed in together. */
  readonly jobs: readonly Job[];
  /** What it comes to where nobody asked for its end; default `succeeded`. */
  readonly ends?: JobStatus;
  /** A person asks for its end as soon as it is there. */
  readonly cancelAt?: JobStatus;
  /** Some wait for money of others, which comes back when rentals are looked after beside them. */
  readonly isBudgetShared?: boolean;
  /** How long after it was handed in it may begin. */
  readonly startsAfterMs?: number;
  readonly send?: () => TortureOptions['send'];
  /** Once it is handed in; the driver is the one that may die. */
  readonly befall?: (torture: TorturedJobs, driver: JobProcess) => void;
}

const WORK = countingJob({
  run: 'work 20 15 0',
  env: {},
  artifacts: ['out/model.txt', 'out/parts/**'],
  maxDurationMs: 60 * MINUTE,
});
const SHORT = { ...WORK, run: 'work 7 10 0' };
const BID: Job = { ...WORK, resources: { ...WORK.resources, rental: 'interruptible' } };

/** So long after the first machine came up, on that machine. */
function afterStart(
  { world }: Pick<TorturedJobs, 'world'>,
  afterMs: number,
  then: (instanceId: number) => void,
) {
  let isDone = false;
  world.sim.truth.follow(({ noun, what, id }) => {
    if (isDone || noun !== 'instance' || what !== 'running') return;
    isDone = true;
    world.clock.setTimer(afterMs, () => then(id));
  });
}

const outbid: JobLife['befall'] = (torture) =>
  afterStart(torture, 4 * MINUTE, (id) => torture.world.sim.fail('outbid-wave', { id }));

const shut: JobLife['befall'] = (torture) =>
  afterStart(torture, 3 * MINUTE, (id) => torture.world.sim.fail('stuck-tunnel', { id }));

async function cancelAll({ world, jobWitness }: TorturedJobs): Promise<void> {
  for (const { id } of await world.process.records.list({ isLive: true })) {
    jobWitness.cancelled.add(id);
    await world.process.jobs.cancel(id);
  }
}

/** The first searches find nothing. */
function nothingListed(searches: number): () => TortureOptions['send'] {
  return () => {
    let asked = 0;
    return (send) => async (input, init) => {
      const request = new Request(input, init);
      const answer = await send(request);
      if (!/\/(bundles|search\/asks)\/$/.test(new URL(request.url).pathname)) return answer;
      asked += 1;
      if (asked > searches || !answer.ok) return answer;
      return Response.json({ ...((await answer.json()) as object), offers: [] });
    };
  };
}

const MATRIX = `name: sweep
image: pytorch/pytorch:latest
run: work 6 10 0
matrix: { PART: ["1", "2", "3"] }
resources: { disk: 20GB, verified: any, max_price_per_hour: 0.2 }
artifacts: ["out/model.txt", "out/parts/**"]
max_duration: 1h
budget: 1
`;
/** Of one machine at a time, or two cheap ones. */
const ONE_AT_A_TIME = microUsd(2 * 0.2);

export const JOB_LIVES: readonly JobLife[] = [
  {
    name: 'rent, send, run, fetch',
    jobs: [{ ...WORK, files: { 'data/in.txt': { kind: 'text', text: 'what it reads' } } }],
  },
  {
    name: 'a lost answer, outbid, gone on elsewhere',
    jobs: [BID],
    befall: (torture, driver) => {
      torture.world.sim.fail('lost-answer', { times: 1, route: /PUT .*asks/ });
      outbid(torture, driver);
    },
  },
  {
    name: 'failed, tried again, cancelled',
    jobs: [{ ...WORK, run: 'work 20 15 8', retry: { ...WORK.retry, error: { forMs: undefined, times: 3 } } }],
    befall: (torture) => void torture.world.clock.setTimer(9 * MINUTE, () => void cancelAll(torture)),
  },
  {
    name: 'nothing listed, other GPUs than promised, then a machine',
    jobs: [SHORT],
    send: nothingListed(3),
    befall: ({ world }) => world.sim.fail('wrong-gpu'),
  },
  {
    name: 'three under a budget for one',
    jobs: expandMatrix(parseJobFile(MATRIX)).map((job) => ({ ...job, budget: ONE_AT_A_TIME })),
    isBudgetShared: true,
  },
  { name: 'its hour is waited for', jobs: [SHORT], startsAfterMs: 20 * MINUTE },
  {
    name: 'its machine was stopped, and the run begun anew on it',
    jobs: [WORK],
    befall: (torture) =>
      afterStart(torture, 4 * MINUTE, (id) => {
        const { fetch, apiKey } = torture.world.sim;
        const headers = { authorization: `Bearer ${apiKey}` };
        const body = JSON.stringify({ state: 'stopped' });
        const url = `https://console.vast.ai/api/v0/instances/${id}/`;
        fetch(url, { method: 'PUT', headers, body }).catch(() => {});
      }),
  },
  {
    name: 'ended while its driver slept, on a machine that stopped itself',
    jobs: [SHORT],
    befall: (torture, { mortal }) =>
      afterStart(torture, MINUTE, () => {
        mortal.freeze();
        torture.world.clock.setTimer(3 * 60 * MINUTE, () => mortal.thaw());
      }),
  },
  { name: 'shut until it was rebooted', jobs: [WORK], befall: shut },
  {
    name: 'its host died',
    jobs: [WORK],
    befall: (torture) =>
      afterStart(torture, 4 * MINUTE, (id) => torture.world.sim.fail('host-death', { id })),
  },
  {
    name: 'stopped for a loss that is no number',
    jobs: [{ ...WORK, run: 'work 20 15 6 nan', stopsOnNan: true }],
    ends: 'failed',
  },
  { name: 'stopped by max_duration', jobs: [{ ...WORK, maxDurationMs: 4 * MINUTE }], ends: 'failed' },
  ...(['provisioning', 'booting', 'setting-up', 'running', 'fetching'] as const).map(
    (cancelAt): JobLife => ({
      name: `cancelled while ${cancelAt}`,
      jobs: [{ ...SHORT, setup: 'sleep 20' }],
      cancelAt,
    }),
  ),
  { name: 'cancelled while interrupted', jobs: [BID], cancelAt: 'interrupted', befall: outbid },
  { name: 'cancelled while unknown', jobs: [WORK], cancelAt: 'unknown', befall: shut },
];
