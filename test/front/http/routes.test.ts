// Goal: what the routes answer is what is in the store, in the shape that the protocol promises, without a secret, and acts
// leave their trace.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEventsSince } from '../../../src/base/store/index.ts';
import { createDaemonClient, DaemonAnswerError } from '../../../src/front/http/index.ts';
import { countingJob } from '../../rent/jobs/controller/a-job-world.ts';
import { anHttpWorld, type HttpWorld, PART } from './http-world.ts';

const SECRET = 'hf_thisIsTheSecretOfSomebody';
const JOB = `name: by-http
image: pytorch/pytorch:latest
run: echo ${SECRET}
env: { HF_TOKEN: ${SECRET} }
resources: { disk: 20GB, verified: any }
max_duration: 1h
budget: 5
`;

let world: HttpWorld;
beforeAll(async () => {
  world = await anHttpWorld();
  const { process: ours } = world.world;
  const live = <T>(work: Promise<T>) => world.world.live(work);
  await live(ours.rentBox('lab'));
  await live(ours.controller.round());
});
afterAll(() => world[Symbol.asyncDispose]());

describe('reading', () => {
  it('shows the instance that was rented, and its rental', async () => {
    const { client } = world;
    const { instances, burnPerHour, isViewComplete } = await client.instances();
    expect(instances).toMatchObject([{ name: 'lab', ref: 'lab', isOurs: true, madeBy: 'vd rent' }]);
    expect(instances[0]?.usdPerHour).toBeGreaterThan(0);
    expect(burnPerHour).toBeCloseTo(instances[0]?.usdPerHour ?? 0, 9);
    expect(isViewComplete).toBe(true);
    const { rentals } = await client.rentals();
    expect(rentals).toMatchObject([{ name: 'lab', instanceId: instances[0]?.id, kind: 'box' }]);
    expect(await client.status()).toMatchObject({
      status: 'ok',
      liveRentals: 1,
      liveJobs: 0,
      burnPerHour,
      isHalted: false,
      parts: [{ name: 'rentals', status: 'running' }],
    });
  });

  it('of events comes in pages, with the number of the newest', async () => {
    const { client } = world;
    const first = await client.events({ limit: 2 });
    expect(first.events.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(first.lastSeq).toBeGreaterThan(2);
    const rest = await client.events({ after: 2, limit: 1_000 });
    expect(rest.events.map(({ seq }) => seq)).toEqual(
      Array.from({ length: first.lastSeq - 2 }, (_, index) => index + 3),
    );
    const rentals = await client.events({ noun: 'rental', limit: 1_000 });
    expect(new Set(rentals.events.map(({ noun }) => noun))).toEqual(new Set(['rental']));
  });

  it('of what does not run says so with 503, and of what is not there with 404', async () => {
    await expect(world.client.runs()).rejects.toMatchObject({ status: 503 });
    await expect(world.client.job('nobody')).rejects.toMatchObject({ status: 404 });
    await expect(world.client.jobLog('nobody')).rejects.toBeInstanceOf(DaemonAnswerError);
    expect((await world.ask('/v1/nothing')).status).toBe(404);
  });

  it.each([
    '/v1/events?limit=0',
    '/v1/events?limit=1001',
    '/v1/events?after=-1',
    '/v1/events?after=x',
    '/v1/rentals?live=2',
  ])('of %s is refused with 400', async (path) => expect((await world.ask(path)).status).toBe(400));
});

describe('a job', () => {
  it('is handed in, shown, read and cancelled', async () => {
    const { client, world: inside } = world;
    const { jobs } = await client.submitJob({ job: JOB, folder: inside.home });
    expect(jobs).toMatchObject([{ name: 'by-http', status: 'queued', attempt: 0, spentUsd: 0 }]);
    const id = jobs[0]?.id as string;
    expect(await client.job('by-http')).toMatchObject({ id, attempts: [] });
    expect((await client.jobs({ isLive: true })).jobs.map((job) => job.id)).toEqual([id]);
    await expect(client.submitJob({ job: JOB, folder: inside.home })).rejects.toMatchObject({ status: 409 });
    expect(await client.cancelJob(id)).toMatchObject({ id, cancelAskedAtMs: inside.clock.now() });
  });

  it('whose file is wrong is refused with every fault, and nothing is recorded', async () => {
    const before = (await world.client.jobs()).jobs.length;
    const wrong = { job: 'name: x\nimge: y\n', folder: '/' };
    await expect(world.client.submitJob(wrong)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('imge'),
    });
    await expect(world.client.submitJob({ job: JOB, folder: 'relative' })).rejects.toMatchObject({
      status: 400,
    });
    expect((await world.client.jobs()).jobs).toHaveLength(before);
  });

  it('has its log read by bytes, from any place, also in the middle of a letter', async () => {
    const { world: inside, client } = world;
    const record = await inside.submit(countingJob({ name: 'logged' }));
    expect(await client.jobLog(record.id)).toEqual({ bytes: new Uint8Array(), nextOffset: 0, isEnd: false });
    const path = inside.process.jobs.logFile(record.id, 1);
    const text = Buffer.from('first\nsecond ü\n');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    expect(await client.jobLog(record.id)).toEqual({
      bytes: new Uint8Array(text),
      nextOffset: 16,
      isEnd: false,
    });
    const tail = await client.jobLog(record.id, { offset: -2 });
    expect(tail).toEqual({ bytes: new Uint8Array(text.subarray(14)), nextOffset: 16, isEnd: false });
    expect((await client.jobLog(record.id, { offset: 99 })).bytes).toHaveLength(0);
    expect(await client.jobLog(record.id, { offset: 6, attempt: 2 })).toMatchObject({ nextOffset: 0 });
    for (const attempt of ['0', '-1', '../../x'])
      expect((await world.ask(`/v1/jobs/${record.id}/log?attempt=${attempt}`)).status).toBe(400);
  });
});

describe('the switch', () => {
  it('is set and lifted, and tells who did it', async () => {
    const { client } = world;
    expect(await client.halt('too dear')).toMatchObject({ isHalted: true, by: 'tester', reason: 'too dear' });
    expect((await client.budget()).halt).toMatchObject({ isHalted: true, by: 'tester' });
    expect((await client.status()).isHalted).toBe(true);
    expect(await client.resume()).toMatchObject({ isHalted: false });
  });

  it('takes a name of any letters, and none that could be mistaken for more than a name', async () => {
    const { address, tokens } = world;
    const as = (who: string) =>
      createDaemonClient({ address, token: tokens.full, fetch: globalThis.fetch, who });
    expect(await as('Åsa Öberg').halt('x')).toMatchObject({ by: 'Åsa Öberg' });
    await world.client.resume();
    expect((await as('a\n"b"; {c}').halt('x')).by).toBe('ab c');
    await world.client.resume();
  });
});

describe('every act', () => {
  it('leaves an event before it is tried, and another when it failed', async () => {
    const events = await readEventsSince(world.world.store.db, 0, { noun: 'act' });
    expect(events.map(({ id, status, data }) => [id, status, data.verb])).toEqual([
      ['by-http', 'asked', 'job submit'],
      ['by-http', 'asked', 'job submit'],
      ['by-http', 'failed', 'job submit'],
      [expect.stringMatching(/^job_/), 'asked', 'job cancel'],
      ...Array.from({ length: 3 }, () => [
        ['spending', 'asked', 'halt'],
        ['spending', 'asked', 'resume'],
      ]).flat(),
    ]);
    for (const { data } of events) expect(data).toMatchObject({ from: '127.0.0.1' });
    expect(events.map(({ data }) => data.who)).toContain('Åsa Öberg');
  });
});

describe('no answer', () => {
  it('holds a secret: not the key, not a token, not what people write into scripts and environments', async () => {
    const { tokens, world: inside } = world;
    const document = (await (await world.ask('/openapi.json')).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const reading = Object.entries(document.paths).flatMap(([path, methods]) =>
      'get' in methods ? [path] : [],
    );
    expect(reading.length).toBeGreaterThan(12);
    const id = (await world.client.job('by-http')).id;
    let looked = '';
    for (const path of [...reading, '/', '/v1/jobs', '/v1/rentals?live=0', '/v1/events?limit=1000']) {
      if (path === '/v1/events/stream') continue;
      looked += await (await world.ask(path.replace('{id}', id).replace('{key}', 'x'))).text();
    }
    expect(looked).toContain('by-http');
    for (const secret of [SECRET, tokens.full.reveal(), tokens.read.reveal(), inside.sim.apiKey]) {
      expect(looked).not.toContain(secret);
    }
  });
});

describe('the same handlers', () => {
  it('answer in this process without a socket', async () => {
    const { app, tokens } = world;
    const client = createDaemonClient({
      address: 'http://localhost',
      token: tokens.full,
      fetch: async (input, init) => app.fetch(new Request(input, init)),
    });
    expect((await client.rentals()).rentals).toHaveLength(1);
    expect(await client.halt('in here')).toMatchObject({ by: 'somebody over HTTP' });
    await client.resume();
  });
});

describe('health', () => {
  it('is failing while a part fails', async () => {
    await using failing = await anHttpWorld({
      parts: () => [PART, { ...PART, name: 'jobs', status: 'failing', reason: 'no answer' }],
    });
    expect(await (await fetch(`${failing.address}/health`)).json()).toEqual({
      status: 'failing',
      version: '0.0.0',
    });
    expect((await failing.client.status()).parts).toMatchObject([
      { status: 'running' },
      { reason: 'no answer' },
    ]);
  });

  it('is still answered when a handler breaks, and the answer tells nothing of the inside', async () => {
    await using broken = await anHttpWorld({
      deps: {
        market: async () => {
          throw new Error('secret path /home/anna/x');
        },
      },
    });
    const answer = await broken.ask('/v1/market');
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('anna');
    expect((await fetch(`${broken.address}/health`)).status).toBe(200);
  });
});
