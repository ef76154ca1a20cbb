// The plan of a job on a simulated market: machines, money, start and checks together, with nothing spent.
import { afterAll, describe, expect, it } from 'vitest';
import {
  createLimiter,
  createRandom,
  type MicroUsd,
  memoryLimiterStore,
  microUsd,
  Secret,
  silentLog,
  systemClock,
} from '../../../../src/base/std/index.ts';
import { createVastClient } from '../../../../src/net/vast/index.ts';
import {
  firstLease,
  JOB_POLICY,
  type Job,
  type JobPlan,
  parseTrainingConfig,
  planJob,
} from '../../../../src/rent/jobs/index.ts';
import { createSim } from '../../../../src/sim/index.ts';
import { temporaryFolder } from '../../../support/stores.ts';
import { aJob } from '../a-job.ts';

const clock = systemClock();
const sim = createSim({
  seed: 'plan',
  clock,
  offers: 300,
  intervalFactor: 0,
  searchesPerMinute: Number.POSITIVE_INFINITY,
});
const client = createVastClient({
  apiKey: new Secret(sim.apiKey),
  fetch: sim.fetch,
  clock,
  random: createRandom('plan'),
  log: silentLog,
  pace: 'learned',
  limiter: createLimiter({ store: memoryLimiterStore(), clock, makeTicket: () => 'one' }),
});
afterAll(() => sim.close());

const BASE = aJob({
  workdir: undefined,
  env: {},
  resources: { ...aJob().resources, gpus: [], maxPricePerHour: undefined },
});

async function plan(
  overrides: Partial<Job>,
  options: Partial<Parameters<typeof planJob>[0]> = {},
): Promise<JobPlan> {
  const job = { ...BASE, ...overrides };
  const { job: _, ...rest } = options;
  return await planJob({
    job,
    folder: temporaryFolder(),
    client,
    clock,
    lease: firstLease(job, clock.now()),
    environment: {},
    credit: microUsd(100),
    ...rest,
  });
}

const checkOf = ({ checks }: JobPlan, name: string) => checks.find((check) => check.name === name);
const costOf = ({ market }: JobPlan): MicroUsd => {
  if (market.kind !== 'offers') throw new Error(market.error.message);
  return market.best.worstCost;
};

describe('A plan', () => {
  it('names the machine, why others lost, what is set aside, and every check once; nothing is rented', async () => {
    const made = await plan({ budget: microUsd(50) });
    expect(made.market).toMatchObject({ kind: 'offers', bids: undefined });
    if (made.market.kind !== 'offers') return;
    const { ranking, best } = made.market;
    expect(best.terms.offerId).toBe(ranking.ranked[0]?.offer.id);
    expect(ranking.runnersUp.length).toBeGreaterThan(0);
    expect(ranking.runnersUp.every(({ why }) => why.length > 0)).toBe(true);
    expect(made.checks.map(({ name }) => name)).toEqual([
      'setup',
      'run',
      'env',
      'image',
      'disk',
      'gpu',
      'credit',
      'budget',
      'recovery',
    ]);
    expect(made.checks.filter(({ verdict }) => verdict === 'fault')).toEqual([]);
    expect(made.start).toBeUndefined();
    expect(sim.truth.instances()).toEqual([]);
  });

  it('sets aside the whole of max_duration and what the controller adds to it', () => {
    const lease = firstLease(aJob({ maxDurationMs: 3_600_000 }), 0);
    expect(lease).toMatchObject({ leaseMs: 3_600_000 + JOB_POLICY.marginMs });
    expect(lease.trafficCapGb).toBeGreaterThanOrEqual(JOB_POLICY.trafficGb);
    expect(firstLease(aJob({ maxDurationMs: undefined }), 0).leaseMs).toBe(JOB_POLICY.leaseMs);
  });

  it('takes the first machine within the budget, and finds a fault where none is', async () => {
    const cheapest = costOf(await plan({ budget: undefined }));
    const exact = await plan({ budget: cheapest });
    expect(checkOf(exact, 'budget')).toMatchObject({ verdict: 'ok' });
    expect(costOf(exact)).toBe(cheapest);
    // In this market another machine costs more in expectation and sets less aside.
    const other = await plan({ budget: (cheapest - 1) as MicroUsd });
    expect(costOf(other)).toBeLessThan(cheapest);
    expect(checkOf(other, 'budget')).toMatchObject({ verdict: 'ok' });
    const none = await plan({ budget: 1 as MicroUsd });
    expect(costOf(none)).toBe(cheapest);
    expect(checkOf(none, 'budget')).toMatchObject({ verdict: 'fault' });
    expect(checkOf(await plan({}, { credit: 1 as MicroUsd }), 'credit')?.verdict).toBe('fault');
    expect(checkOf(await plan({}, { credit: undefined }), 'credit')?.verdict).toBe('unknown');
  });

  it('of a matrix says how many the budget covers at once', async () => {
    const one = costOf(await plan({ budget: undefined }));
    const of = async (budget: number, jobs: number) =>
      checkOf(await plan({ budget: budget as MicroUsd }, { jobs }), 'matrix')?.sentence;
    expect(await of(one * 3, 4)).toMatch(/^4 jobs share the budget of \$[\d.]+, which covers 3 at a time/);
    expect(await of(one * 4, 4)).toBeUndefined();
  });

  it('has a table of bids where the machine is bid for', async () => {
    const made = await plan({ resources: { ...BASE.resources, rental: 'interruptible' }, checkpoints: [] });
    expect(made.market.kind === 'offers' && made.market.bids?.rows.length).toBeGreaterThan(1);
    expect(checkOf(made, 'recovery')?.verdict).toBe('warning');
  });

  it('is made also where there is no machine, with what kept all of them out', async () => {
    const made = await plan({ resources: { ...BASE.resources, vramGb: 900 } });
    expect(made.market).toMatchObject({ kind: 'no-offer' });
    expect(made.market.kind === 'no-offer' && made.market.error.message).toMatch(/less than 900 GB a GPU/);
    expect(checkOf(made, 'credit')).toBeUndefined();
    expect(checkOf(made, 'run')?.verdict).toBe('ok');
  });

  it('collects the faults of scripts, folders, environment and disk', async () => {
    const made = await plan({
      setup: 'if true; then',
      workdir: { kind: 'folder', path: 'nowhere' },
      env: { HF_TOKEN: { fromEnv: 'HF_TOKEN' } },
      resources: { ...BASE.resources, diskGb: 4 },
    });
    const faults = made.checks.filter(({ verdict }) => verdict === 'fault').map(({ name }) => name);
    expect(faults).toEqual(['setup', 'workdir', 'env', 'disk']);
  });

  it('of a training looks at its data, and at the memory of the GPU that would be taken', async () => {
    const training = parseTrainingConfig({
      baseModel: 'meta-llama/Llama-3.1-70B',
      algorithm: 'full',
      datasetPath: 'nowhere.jsonl',
      projectName: 'p',
      resourceId: 'any',
    });
    const made = await plan({}, { training });
    expect(checkOf(made, 'dataset')?.verdict).toBe('fault');
    expect(checkOf(made, 'gpu memory')?.sentence).toMatch(/\d+ GB will not hold it/);
  });
});

describe('A job that may wait', () => {
  const startBy = { kind: 'time-of-day', minutes: 8 * 60 } as const;

  it('asks for the last four weeks of exactly its GPUs, and starts now without them', async () => {
    const asked: unknown[] = [];
    const priceHistory = async (question: { readonly sinceMs: number; readonly untilMs: number }) => {
      const { sinceMs, untilMs, ...rest } = question;
      asked.push(rest, Math.round((untilMs - sinceMs) / 86_400_000));
      return undefined;
    };
    const resources = { ...BASE.resources, gpus: ['RTX 4090'], count: 2, rental: 'interruptible' as const };
    const made = await plan({ startBy, resources }, { priceHistory });
    expect(asked).toEqual([{ gpus: ['RTX 4090'], gpuCount: 2, rentalType: 'interruptible' }, 28]);
    expect(made.start).toMatchObject({ kind: 'now', sentence: expect.stringContaining('no price history') });
  });
});
