// Goal: the routes of jobs answer as the command line always did: words and accounts, logs that grow, values that are handed
// over and written nowhere, and an end that only whoever may act can ask for.
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDaemonClient } from '../../../src/front/http/index.ts';
import { expandMatrix, type Job, parseJobFile } from '../../../src/rent/jobs/index.ts';
import { ACCOUNT } from '../../rent/a-rent-world.ts';
import { aJobWorld, countingJob } from '../../rent/jobs/controller/a-job-world.ts';
import { anHttpWorld, type HttpWorld } from './http-world.ts';

const FILE = `name: handed
image: pytorch/pytorch:latest
run: |
  mkdir -p out
  echo "$TOKEN" | wc -c > out/model.txt
env: { TOKEN: { from_env: HF_TOKEN }, OTHER: { from_env: ELSEWHERE } }
resources: { disk: 20GB, verified: any }
artifacts: ["out/model.txt"]
max_duration: 1h
budget: 5
`;

let world: HttpWorld;
beforeAll(async () => {
  world = await anHttpWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const job = (name: string) => world.world.submit(countingJob({ name }));
/** A job of somebody else's key in the same store. */
async function foreign(name: string) {
  const record = { ...(await job(`${name}-twin`)), id: `job_${name}`, name, account: 'another' };
  await world.world.process.records.insert([record]);
  return record;
}

describe('the jobs that there are', () => {
  it('are those of the account, or of all, and without those that ended long ago', async () => {
    const { client, world: inside } = world;
    const ours = await job('listed');
    const theirs = await foreign('theirs');
    const over = await inside.process.records.change(await job('old'), { status: 'cancelled' });
    const idsOf = async (asked: Parameters<typeof client.jobs>[0]) => {
      const { jobs, total } = await client.jobs(asked);
      return { ids: jobs.map(({ id }) => id), total };
    };
    const own = await idsOf({});
    expect(own.ids).toEqual(expect.arrayContaining([ours.id, over.id]));
    expect(own.ids).not.toContain(theirs.id);
    const all = await idsOf({ accounts: 'all' });
    expect(all.ids).toContain(theirs.id);
    expect(all.total).toBe(all.ids.length);
    const endedAtMs = over.endedAtMs ?? 0;
    expect((await idsOf({ endedAfterMs: endedAtMs - 1 })).ids).toContain(over.id);
    expect(await idsOf({ endedAfterMs: endedAtMs })).toEqual({
      ids: own.ids.filter((id) => id !== over.id),
      total: own.total,
    });
  });

  it('say whether somebody drives them, and are told alike however many there are', async () => {
    const { client, world: inside } = world;
    const record = await job('driven');
    expect(await client.job('driven')).toMatchObject({ isDriven: false, isOver: false, account: ACCOUNT });
    inside.begin(record);
    await inside.untilStatus(record, 'running');
    const one = await client.job('driven');
    expect(one).toMatchObject({ isDriven: true, instanceId: await inside.instanceOf(record) });
    expect(one.spentUsd).toBeGreaterThan(0);
    for (let n = 0; n < 10; n += 1) await job(`many-${n}`);
    const { attempts, failures, artifacts, budgetUsd, maxDurationMs, ...row } = one;
    expect((await client.jobs()).jobs.find(({ id }) => id === record.id)).toEqual(row);
    expect({ attempts: attempts.length, failures, artifacts, budgetUsd, maxDurationMs }).toEqual({
      attempts: 1,
      failures: [],
      artifacts: ['out/model.txt'],
      budgetUsd: 20,
      maxDurationMs: 7_200_000,
    });
    expect((await client.jobWhy('driven')).entries).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ about: 'job', status: 'running' }),
        expect.objectContaining({ about: 'attempt 1 rental' }),
      ]),
    );
  });
});

describe('a word', () => {
  it('is an id or a whole name, and the beginning of one where that is asked for', async () => {
    const { client } = world;
    const { id } = await job('word-one');
    await job('word-two');
    for (const word of [id, id.slice(4), 'word-one']) expect((await client.job(word)).id).toBe(id);
    expect((await client.job('word-o', 'beginning')).id).toBe(id);
    await expect(client.job('word-o')).rejects.toMatchObject({
      status: 404,
      kind: 'NoSuchTargetError',
      message: expect.stringContaining('No job is called "word-o"; under way are'),
    });
    await expect(client.job('word-', 'beginning')).rejects.toMatchObject({
      status: 400,
      kind: 'AmbiguousTargetError',
      message: expect.stringMatching(/^"word-" may be 2 jobs: word-\w+ \(job_/),
    });
  });

  it('that is no whole one ends nothing', async () => {
    const { client } = world;
    const { id } = await job('only-whole');
    await expect(client.cancelJob('only-wh')).rejects.toMatchObject({ status: 404 });
    expect((await client.job(id)).cancelAskedAtMs).toBeNull();
  });
});

describe('the end of a job', () => {
  it('is asked for with the token that may act, and not with the one that may read', async () => {
    const { address, tokens, client } = world;
    const { id } = await job('ends');
    const reader = createDaemonClient({ address, token: tokens.read, fetch: globalThis.fetch });
    expect((await reader.job(id)).name).toBe('ends');
    await expect(reader.cancelJob(id)).rejects.toMatchObject({ status: 403 });
    expect((await client.job(id)).cancelAskedAtMs).toBeNull();
    expect((await client.cancelJob(id)).cancelAskedAtMs).not.toBeNull();
  });

  it('is not asked for by the key of another account, which does not see its machine', async () => {
    const { client, world: inside } = world;
    const { id } = await foreign('of-others');
    expect((await client.job(id)).account).toBe('another');
    await expect(client.cancelJob(id)).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('another account'),
    });
    expect((await inside.process.records.get(id))?.cancelAskedAtMs).toBeUndefined();
  });

  it('is noted by a daemon that drives none as well: whoever drives it sees it', async () => {
    await using idle = await anHttpWorld({ deps: { jobs: undefined } });
    const { id } = await idle.world.submit(countingJob());
    expect((await idle.client.cancelJob(id)).cancelAskedAtMs).not.toBeNull();
    await expect(idle.client.submitJob({ job: FILE, folder: '/' })).rejects.toMatchObject({ status: 503 });
  });
});

describe('a log', () => {
  it('grows under its reader, and ends when its job is over or another attempt has begun', async () => {
    const { client, world: inside } = world;
    const { process: ours } = inside;
    let record = await job('logged');
    const path = ours.jobs.logFile(record.id, 1);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'one\n');
    const first = await client.jobLog(record.id);
    expect(first).toMatchObject({ nextOffset: 4, isEnd: false });
    const later = () => client.jobLog(record.id, { attempt: 1, offset: first.nextOffset });
    expect(await later()).toEqual({ bytes: new Uint8Array(), nextOffset: 4, isEnd: false });
    appendFileSync(path, 'two\n');
    expect(Buffer.from((await later()).bytes).toString()).toBe('two\n');
    record = await ours.records.change(record, { status: 'provisioning', attempt: 1 });
    expect((await later()).isEnd).toBe(false);
    record = await ours.records.change(record, { attempt: 2 });
    expect((await later()).isEnd).toBe(true);
    expect((await client.jobLog(record.id, { attempt: 2 })).isEnd).toBe(false);
    await ours.records.change(record, { status: 'cancelled' });
    expect((await client.jobLog(record.id, { attempt: 2 })).isEnd).toBe(true);
    // A page that does not reach the end is not the last.
    expect(await client.jobLog(record.id, { attempt: 1, limit: 3 })).toMatchObject({
      nextOffset: 3,
      isEnd: false,
    });
    writeFileSync(path, 'x');
    expect((await later()).nextOffset).toBeLessThan(first.nextOffset);
  });
});

describe('values from the environment of whoever hands a job in', () => {
  const HANDED = 'hf_handed_over_by_ann';

  it('go before those of the daemon, into the job and nowhere else', async () => {
    await using own = await anHttpWorld({ env: { HF_TOKEN: 'short', ELSEWHERE: 'here' } });
    const { client, world: inside } = own;
    const environment = { HF_TOKEN: HANDED, UNUSED: 'x' };
    const { jobs } = await client.submitJob({ job: FILE, folder: inside.home, environment });
    const id = jobs[0]?.id ?? '';
    const record = await inside.process.records.get(id);
    if (!record) throw new Error('nothing was handed in');
    expect(await inside.drive(record)).toMatchObject({ status: 'succeeded' });
    expect(inside.artifact(record, 'out/model.txt').trim()).toBe(String(HANDED.length + 1));
    const told = [
      JSON.stringify(jobs),
      JSON.stringify(await client.job(id)),
      JSON.stringify(await client.jobWhy(id)),
      JSON.stringify(await inside.get(record)),
      JSON.stringify(await client.events({ limit: 1_000 })),
      inside.log(record, 1),
      ...readdirSync(inside.home, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')),
    ].join('\n');
    expect(told).toContain('"fromEnv":"HF_TOKEN"');
    expect(told).not.toContain(HANDED);
  });

  it('are lent to a job that was handed in elsewhere', async () => {
    await using own = await anHttpWorld({ env: { ELSEWHERE: 'here' } });
    const { client, world: inside } = own;
    const [job] = expandMatrix(parseJobFile(FILE));
    const record = await inside.submit(job as Job);
    const lent = await client.lendEnvironment(record.id, { HF_TOKEN: HANDED });
    expect(lent).toMatchObject({ id: record.id });
    expect(await inside.drive(record)).toMatchObject({ status: 'succeeded' });
    expect(inside.artifact(record, 'out/model.txt').trim()).toBe(String(HANDED.length + 1));
    expect(JSON.stringify([lent, await client.events({ limit: 1_000 })])).not.toContain(HANDED);
    const reader = createDaemonClient({
      address: own.address,
      token: own.tokens.read,
      fetch: globalThis.fetch,
    });
    await expect(reader.lendEnvironment(record.id, { HF_TOKEN: 'other' })).rejects.toMatchObject({
      status: 403,
    });
  });

  it('are kept by no restart, which is said before anything is rented', async () => {
    await using own = await aJobWorld({ env: { ELSEWHERE: 'here' } });
    await using served = await anHttpWorld({ deps: { jobs: async () => own.process.jobs } });
    const { jobs } = await served.client.submitJob({
      job: FILE,
      folder: own.home,
      environment: { HF_TOKEN: HANDED },
    });
    const record = await own.process.records.get(jobs[0]?.id ?? '');
    if (!record) throw new Error('nothing was handed in');
    own.process.kill();
    const over = await own.drive(record, own.start('next', { env: { ELSEWHERE: 'here' } }));
    expect(over).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^needs the value of HF_TOKEN, which no restart keeps/),
    });
    expect(own.sim.truth.instances()).toEqual([]);
  });

  it('that cannot be used are refused without being repeated', async () => {
    const { client, world: inside } = world;
    const before = (await client.jobs()).total;
    for (const environment of [
      { HF_TOKEN: `${HANDED}${'x'.repeat(100_000)}` },
      Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`A${n}`, HANDED])),
      { HF_TOKEN: [HANDED] as unknown as string },
    ]) {
      const refused = client.submitJob({ job: FILE, folder: inside.home, environment });
      await expect(refused).rejects.toMatchObject({ status: 400 });
      expect(await refused.catch((error: Error) => error.message)).not.toContain(HANDED);
    }
    expect((await client.jobs()).total).toBe(before);
  });
});
