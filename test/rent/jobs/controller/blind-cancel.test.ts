// A job that is cancelled while nobody can enter its machine, or while something takes long: what is waited for, for how long,
// and what is said meanwhile.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEventsSince } from '../../../../src/base/store/index.ts';
import { ConnectionLostError } from '../../../../src/net/ssh/index.ts';
import type { JobRecord } from '../../../../src/rent/jobs/index.ts';
import { aJobWorld, countingJob, type JobWorld, MINUTE } from './a-job-world.ts';
import { wrongAtRest } from './at-rest.ts';

/** The service needs half a minute to show in two listings that a machine is gone. */
const SEEN_GONE_MS = 45_000;
/** One look that is not answered. */
const LOOK_MS = 35_000;

async function reasonsOf(world: JobWorld, { id }: JobRecord): Promise<readonly string[]> {
  const events = await readEventsSince(world.store.db, 0, { noun: 'job', id });
  return events.map(({ reason }) => reason);
}

async function stuckIn(world: JobWorld, status: 'setting-up' | 'running', overrides = {}) {
  const record = await world.submit(countingJob({ setup: 'sleep 30', env: { STEPS: '60' }, ...overrides }));
  world.begin(record);
  await world.untilStatus(record, status);
  world.sim.fail('stuck-tunnel', { id: await world.instanceOf(record) });
  return record;
}

async function cancelTook(world: JobWorld, record: JobRecord): Promise<number> {
  await world.process.jobs.cancel(record.id);
  const over = await world.untilStatus(record, 'cancelled');
  expect(await wrongAtRest(world, [record])).toEqual([]);
  return (over.endedAtMs ?? 0) - (over.cancelAskedAtMs ?? 0);
}

describe('a job that is cancelled on a machine that cannot be entered', () => {
  it.each([
    'setting-up',
    'running',
  ] as const)('while it is %s waits a minute for what it made, and says until when', async (status) => {
    await using world = await aJobWorld({ roundTripMs: 100 });
    const record = await stuckIn(world, status);
    expect(await cancelTook(world, record)).toBeLessThan(MINUTE + 2 * LOOK_MS + SEEN_GONE_MS);
    const reasons = await reasonsOf(world, record);
    expect(reasons).toContainEqual(
      expect.stringMatching(
        /^cancelled: instance \d+ cannot be entered to end its run and fetch what it made; it is destroyed as it is at 2026-\S+Z unless it can be entered before$/,
      ),
    );
    expect(reasons).toContainEqual(
      expect.stringMatching(/^instance \d+ is to be seen gone: destroy 1 was accepted/),
    );
    expect(reasons.at(-1)).toBe('cancelled while its machine could not be entered');
  });

  it('waits for nothing where nothing is to be fetched', async () => {
    await using world = await aJobWorld({ roundTripMs: 100 });
    const record = await stuckIn(world, 'running', { artifacts: [] });
    expect(await cancelTook(world, record)).toBeLessThan(2 * LOOK_MS + SEEN_GONE_MS);
  });

  it('is ended in order where the machine answers again in time, and what it made is here', async () => {
    let isCut = false;
    await using world = await aJobWorld({
      roundTripMs: 100,
      line: async (_, open) => {
        const shell = await open();
        const cut = () => {
          if (isCut) throw new ConnectionLostError('the line is cut');
        };
        cut();
        const exec: typeof shell.exec = async (command, options) => {
          cut();
          return await shell.exec(command, options);
        };
        return { ...shell, exec };
      },
    });
    const run = 'mkdir -p out; echo half > out/model.txt; sleep 100000';
    const record = await world.submit(countingJob({ run }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    isCut = true;
    await world.process.jobs.cancel(record.id);
    await world.untilStatus(record, 'unknown');
    isCut = false;
    const over = await world.untilStatus(record, 'cancelled');
    expect(over.reason).toBe('cancelled');
    expect(world.artifact(record, 'out/model.txt')).toBe('half\n');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});

describe('a cancel in the middle of a long step', () => {
  it('ends the sending of many files after the one that is on its way', async () => {
    await using world: JobWorld = await aJobWorld({
      line: async (_, open) => {
        const shell = await open();
        const slowly = () => world.clock.sleep(MINUTE);
        const write: typeof shell.write = (...args) => slowly().then(() => shell.write(...args));
        const upload: typeof shell.upload = (...args) => slowly().then(() => shell.upload(...args));
        return { ...shell, write, upload };
      },
    });
    mkdirSync(join(world.home, 'work'));
    for (let part = 0; part < 200; part += 1)
      writeFileSync(join(world.home, 'work', `part-${part}`), `${part}`);
    const record = await world.submit(countingJob({ workdir: { kind: 'folder', path: 'work' } }));
    world.begin(record);
    await world.untilStatus(record, 'setting-up');
    await world.pass(5 * MINUTE);
    expect((await world.get(record)).reason).toMatch(/was entered/);
    expect(await cancelTook(world, record)).toBeLessThan(2 * MINUTE + SEEN_GONE_MS);
    const reasons = await reasonsOf(world, record);
    expect(reasons).toContain('cancelled before its run began; its results are brought here');
  });

  it('ends the waiting of a job for its turn to rent', async () => {
    await using world = await aJobWorld();
    world.sim.fail('slow', { route: /PUT .*asks/ });
    const records = [];
    for (let n = 0; n < 10; n += 1) records.push(await world.submit(countingJob({ name: `job-${n}` })));
    for (const record of records) world.begin(record);
    const last = records.at(-1) as JobRecord;
    await world.until(async () => (await world.get(last)).reason.includes('before it in renting'));
    await world.process.jobs.cancel(last.id);
    const over = await world.untilStatus(last, 'cancelled');
    expect((over.endedAtMs ?? 0) - (over.cancelAskedAtMs ?? 0)).toBeLessThan(5_000);
    expect(over).toMatchObject({ reason: 'cancelled before it ran' });
    for (const record of records.slice(0, -1)) await world.untilStatus(record, 'succeeded');
    expect(await wrongAtRest(world, records)).toEqual([]);
  });
});
