// A job that may wait, whole: two weeks of a market collected as `market collect` does it, the decision that the plan makes of
// them, and the job that waits for its hour, begins in it and ends. Read by DuckDB first: the world with the job is stepped.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createRandom,
  DAY_MS,
  HOUR_MS,
  Secret,
  SteppedClock,
  silentLog,
} from '../../../src/base/std/index.ts';
import type { Config } from '../../../src/front/cli/config.ts';
import type { Context } from '../../../src/front/cli/context.ts';
import { priceHistoryOf } from '../../../src/front/cli/price-history.ts';
import { createVastClient } from '../../../src/net/vast/index.ts';
import {
  type CheapHour,
  firstLease,
  type HourlyPrice,
  type JobRecord,
  parseJobFile,
  planJob,
} from '../../../src/rent/jobs/index.ts';
import { createSim, type SimServer } from '../../../src/sim/index.ts';
import { createCollector } from '../../../src/watch/collector/index.ts';
import { openMarketWriter } from '../../../src/watch/history/index.ts';
import { aJobWorld, countingJob, type JobWorld } from '../../rent/jobs/controller/a-job-world.ts';
import { wrongAtRest } from '../../rent/jobs/controller/at-rest.ts';
import { temporaryFolder } from './cli-world.ts';

/** When the world with the job begins. */
const NOW = Date.UTC(2026, 0, 1);
const DAYS = 16;
const CHEAP_HOUR = 3;
/** What everything costs then, of what it costs at other times. */
const SHARE = 0.4;
/** Hours of waiting in which nobody changes the record. */
const PATIENT = { policy: { noticeMs: 30_000 } } as const;
const folder = temporaryFolder();
let cheap: readonly HourlyPrice[] = [];
let server: SimServer;

beforeAll(async () => {
  const origin = createSim({ seed: 'origin', clock: new SteppedClock(NOW), offers: 20 });
  server = await origin.serve();
  const dir = join(folder.path, 'market');
  await collect(dir);
  const config = {
    baseUrl: { value: `${server.url}/api/v0`, source: 'test' },
    marketDir: { value: dir, source: 'test' },
  } as unknown as Config;
  const read = priceHistoryOf({
    config,
    clock: new SteppedClock(NOW),
    log: silentLog,
  } as unknown as Context);
  const asked = { gpus: [], gpuCount: 1, rentalType: 'on-demand' } as const;
  cheap = (await read({ ...asked, sinceMs: NOW - 28 * DAY_MS, untilMs: NOW })) ?? [];
}, 120_000);
afterAll(async () => {
  await server.stop();
  folder.remove();
});

/** A poll each three hours. */
async function collect(dir: string): Promise<void> {
  const clock = new SteppedClock(NOW - DAYS * DAY_MS);
  const sim = createSim({ seed: 'nights', clock, offers: 60 });
  const rhythm: typeof globalThis.fetch = async (input, init) => {
    const answer = await sim.fetch(input, init);
    if (!isCheap(clock.now()) || !answer.ok) return answer;
    const body = (await answer.json()) as { offers?: Record<string, number>[] };
    for (const offer of body.offers ?? [])
      for (const price of ['dph_base', 'dph_total', 'min_bid']) offer[price] = (offer[price] ?? 0) * SHARE;
    return Response.json(body);
  };
  const random = createRandom('nights');
  const origin = { kind: 'simulated', seed: 'nights' } as const;
  await using writer = await openMarketWriter({ dir, origin, holder: 'a test', clock, log: silentLog });
  const client = createVastClient({
    fetch: rhythm,
    apiKey: new Secret(sim.apiKey),
    clock,
    random,
    log: silentLog,
    priority: 'collector',
  });
  const collector = createCollector(
    { client, writer, clock, random, log: silentLog },
    { maintenance: 'none', intervalMs: 3 * HOUR_MS },
  );
  const running = collector.start({ polls: DAYS * 8 });
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  running.done.then(end, end);
  while (!isOver) await clock.stepToNext();
  await running.done;
}

function isCheap(atMs: number): boolean {
  return Math.floor(atMs / HOUR_MS) % 24 === CHEAP_HOUR;
}

/** The same market without its cheap hour. */
function even(): readonly HourlyPrice[] {
  return cheap.map(({ hourMs, medianPerGpuHour }) => ({
    hourMs,
    medianPerGpuHour: medianPerGpuHour / (isCheap(hourMs) ? SHARE : 1),
  }));
}

/** Of a file that says `start: {by}`, asked when the world begins; a plan asks bash, for which no stepped time waits. */
async function decide(history: readonly HourlyPrice[], by = '"08:00"'): Promise<CheapHour> {
  const { startBy } = parseJobFile(`name: a\nimage: b\nrun: c\nstart: { by: ${by} }\n`);
  const job = { ...countingJob({ env: { STEPS: '3' } }), startBy };
  const clock = new SteppedClock(NOW);
  const sim = createSim({ seed: 'plan', clock, offers: 100, intervalFactor: 0 });
  const client = createVastClient({
    apiKey: new Secret(sim.apiKey),
    fetch: sim.fetch,
    clock,
    random: createRandom('plan'),
    log: silentLog,
    pace: 'learned',
  });
  const made = await planJob({
    job,
    folder: folder.path,
    client,
    clock,
    lease: firstLease(job, NOW),
    environment: {},
    priceHistory: async () => history,
  });
  if (!made.start) throw new Error('nothing was decided');
  return made.start;
}

async function submit(world: JobWorld, start: CheapHour): Promise<JobRecord> {
  return await world.submit(countingJob({ env: { STEPS: '3' } }), {
    startReason: start.sentence,
    ...(start.kind === 'wait' && { startAtMs: start.startAtMs }),
  });
}

describe('a job that may begin by eight', () => {
  it('waits for the hour that was cheaper on each day, begins in it and ends', async () => {
    await using world = await aJobWorld(PATIENT);
    const start = await decide(cheap);
    expect(start).toMatchObject({
      kind: 'wait',
      startAtMs: NOW + CHEAP_HOUR * HOUR_MS,
      figures: { hour: CHEAP_HOUR, days: DAYS },
    });
    expect(start.sentence).toMatch(
      /^waits until 2026-01-01 03:00 UTC: over 16 days that hour was \$0\.\d+ ± \$0\.\d+ a GPU-hour \((5|6)\d %\) below this one/,
    );
    const record = await submit(world, start);
    world.begin(record);
    await world.pass(CHEAP_HOUR * HOUR_MS - 1_000);
    expect(await world.get(record)).toMatchObject({ status: 'queued', reason: start.sentence, attempt: 0 });
    expect(world.sim.truth.instances()).toEqual([]);
    const over = await world.untilStatus(record, 'succeeded');
    const [instance] = world.sim.truth.instances();
    expect(Math.floor((over.startedAtMs ?? 0) / HOUR_MS) * HOUR_MS).toBe(NOW + CHEAP_HOUR * HOUR_MS);
    expect(instance?.createdMs).toBeGreaterThanOrEqual(NOW + CHEAP_HOUR * HOUR_MS);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('begins at once and says why where no hour was cheaper, and where none is left', async () => {
    for (const [history, by, why] of [
      [even(), '"08:00"', /^starts now: none of the 2 hours that are left is cheaper beyond the noise/],
      [[], '"08:00"', /^starts now: no price history/],
      [cheap, '"00:00"', /^starts now: no full hour begins before it has to start/],
      [cheap, '"02:00"', /^starts now: a cheap hour is told from 14 days of prices on, and 0 of/],
      [cheap, '2025-12-31', /^starts now: no full hour begins before it has to start/],
    ] as const) {
      await using world = await aJobWorld(PATIENT);
      const start = await decide(history, by);
      expect(start.kind).toBe('now');
      expect(start.sentence).toMatch(why);
      const record = await submit(world, start);
      expect((await world.get(record)).reason).toBe(start.sentence);
      world.begin(record);
      const over = await world.untilStatus(record, 'succeeded');
      expect((over.startedAtMs ?? 0) - NOW).toBeLessThan(HOUR_MS);
    }
  });

  it('waits on over the death of who drives it, can be cancelled meanwhile, and begins late where nobody was there', async () => {
    await using world = await aJobWorld(PATIENT);
    const start = await decide(cheap);
    const record = await submit(world, start);
    const cancelled = await submitAs(world, start, 'not-wanted');
    world.begin(record);
    await world.pass(HOUR_MS);
    world.process.kill();
    const heir = world.start('heir');
    world.begin(record, heir);
    world.begin(cancelled, heir);
    await world.pass(HOUR_MS);
    expect((await world.get(record)).reason).toBe(start.sentence);
    await heir.jobs.cancel(cancelled.id);
    await world.pass(60_000);
    expect(await world.get(cancelled)).toMatchObject({
      status: 'cancelled',
      reason: 'cancelled before it ran',
    });
    heir.kill();
    await world.pass(4 * HOUR_MS);
    const last = world.start('last');
    world.begin(record, last);
    const over = await world.untilStatus(record, 'succeeded');
    expect(world.sim.truth.instances()).toHaveLength(1);
    expect((over.startedAtMs ?? 0) - NOW).toBeGreaterThan(5 * HOUR_MS);
    expect(await wrongAtRest(world, [record, cancelled], last)).toEqual([]);
  });

  it('pays no more than its limit when prices have risen by its hour: it waits for capacity, and says so', async () => {
    await using world = await aJobWorld(PATIENT);
    const start = await decide(cheap);
    if (start.kind !== 'wait') throw new Error(start.sentence);
    const { resources } = countingJob();
    const job = countingJob({ resources: { ...resources, maxPricePerHour: 0.001 } });
    const record = await world.submit(job, { startReason: start.sentence, startAtMs: start.startAtMs });
    world.begin(record);
    const over = await world.untilStatus(record, 'failed');
    expect(over.reason).toMatch(/cost more than \$0\.0010? an hour/);
    expect((over.endedAtMs ?? 0) - start.startAtMs).toBeGreaterThan(15 * 60_000);
    expect(world.sim.truth.instances()).toEqual([]);
  });
});

async function submitAs(world: JobWorld, start: CheapHour, name: string): Promise<JobRecord> {
  return await world.submit(countingJob({ name }), {
    startReason: start.sentence,
    ...(start.kind === 'wait' && { startAtMs: start.startAtMs }),
  });
}
