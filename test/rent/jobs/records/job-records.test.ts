// Jobs in the store, on every engine.
import { describe, expect, it } from 'vitest';
import { AssertionError, microUsd } from '../../../../src/base/std/index.ts';
import { createTerms, readEventsSince } from '../../../../src/base/store/index.ts';
import {
  createJobRecords,
  drivenJobs,
  type JobAttempt,
  JobChangedError,
  JobNameTakenError,
  type JobRecord,
  jobMigrations,
  jobTermName,
} from '../../../../src/rent/jobs/index.ts';
import { ENGINES, type Engine, freshStore } from '../../../support/stores.ts';
import { aJob } from '../a-job.ts';

function aRecord(overrides: Partial<JobRecord> = {}): JobRecord {
  return {
    id: 'job_1',
    account: 'main',
    name: 'tiny-train',
    group: 'tiny-train',
    status: 'queued',
    reason: 'submitted',
    sinceMs: 1_000,
    version: 1,
    job: aJob(),
    folder: '/home/me',
    attempt: 0,
    rentalId: undefined,
    spent: microUsd(0),
    failures: [],
    isUnattended: false,
    createdAtMs: 1_000,
    nextAtMs: undefined,
    startedAtMs: undefined,
    cancelAskedAtMs: undefined,
    verifiedAtMs: undefined,
    endedAtMs: undefined,
    ...overrides,
  };
}

const ATTEMPT: JobAttempt = {
  jobId: 'job_1',
  attempt: 1,
  rentalId: 'rental_1',
  instanceId: 7,
  machineId: undefined,
  startedAtMs: 2_000,
  runningAtMs: undefined,
  endedAtMs: undefined,
  exitCode: undefined,
  failure: undefined,
  isFinal: false,
  brought: false,
  reason: '',
  checkpoint: undefined,
  logBytes: 2 ** 40,
  spent: microUsd(0.5),
};

async function someRecords(engine: Engine) {
  const { store, clock } = await freshStore(engine, { migrations: jobMigrations });
  return { store, clock, records: createJobRecords(store) };
}

describe.each(ENGINES)('jobs in a store of %s', (engine) => {
  it('are read as they were written', async () => {
    const { records } = await someRecords(engine);
    const full = aRecord({
      rentalId: 'rental_1',
      spent: microUsd(12_345.678901),
      failures: [{ kind: 'error', atMs: 5, reason: 'exit 1', hasAdvanced: true }],
      isUnattended: true,
      nextAtMs: 1_764_000_000_000,
      startedAtMs: 2,
      cancelAskedAtMs: 3,
      verifiedAtMs: 4,
      endedAtMs: 5,
    });
    await records.insert([full]);
    expect(await records.get('job_1')).toEqual(full);
    expect(await records.get('job_2')).toBeUndefined();
  });

  it('change with their attempt and the event that tells of it', async () => {
    const { records, store, clock } = await someRecords(engine);
    await records.insert([aRecord()]);
    const nowMs = Math.trunc(clock.now());
    const first = await records.change(
      aRecord(),
      { status: 'provisioning', reason: 'renting machine 5', attempt: 1, rentalId: 'rental_1', nextAtMs: 9 },
      { attempt: ATTEMPT, data: { offers: 12 } },
    );
    expect(first).toMatchObject({
      status: 'provisioning',
      version: 2,
      sinceMs: nowMs,
      nextAtMs: 9,
      endedAtMs: undefined,
    });
    const second = await records.change(
      first,
      { reason: 'still', nextAtMs: null },
      { attempt: { ...ATTEMPT, exitCode: 0, checkpoint: 'out/ckpt-2' } },
    );
    expect(await records.get('job_1')).toEqual(second);
    expect(second).toMatchObject({ reason: 'still', nextAtMs: undefined, rentalId: 'rental_1' });
    expect(await records.attempts('job_1')).toEqual([{ ...ATTEMPT, exitCode: 0, checkpoint: 'out/ckpt-2' }]);
    const over = await records.change(second, { status: 'failed', reason: 'gone' });
    expect(over.endedAtMs).toBe(nowMs);
    const events = await readEventsSince(store.db, 0, { noun: 'job', id: 'job_1' });
    expect(events.map(({ status, reason }) => `${status} ${reason}`)).toEqual([
      'queued submitted',
      'provisioning renting machine 5',
      'provisioning still',
      'failed gone',
    ]);
    expect(events[0]?.data).toEqual({ name: 'tiny-train', group: 'tiny-train' });
    expect(events[1]?.data).toEqual({ offers: 12 });
  });

  it('do not change for one who was overtaken: neither record, attempt nor events', async () => {
    const { records, store } = await someRecords(engine);
    await records.insert([aRecord()]);
    const next = await records.change(aRecord(), { reason: 'mine' });
    await expect(records.change(aRecord(), { reason: 'stale' }, { attempt: ATTEMPT })).rejects.toBeInstanceOf(
      JobChangedError,
    );
    const failing = records.change(
      next,
      { reason: 'lost' },
      { attempt: ATTEMPT, also: () => Promise.reject(new Error('no Term')) },
    );
    await expect(failing).rejects.toThrow('no Term');
    expect((await records.get('job_1'))?.reason).toBe('mine');
    expect(await records.attempts('job_1')).toEqual([]);
    expect(await readEventsSince(store.db, 0, { noun: 'job' })).toHaveLength(2);
  });

  it('never leave their end, nor skip what stands between', async () => {
    const { records } = await someRecords(engine);
    await records.insert([aRecord()]);
    await expect(records.change(aRecord(), { status: 'running' })).rejects.toThrow(
      new AssertionError('job_1 is queued and cannot become running'),
    );
    const over = await records.change(aRecord(), { status: 'cancelled' });
    await expect(records.change(over, { reason: 'again' })).rejects.toBeInstanceOf(AssertionError);
  });

  it('have a name of their own while they live, all of a submission or none', async () => {
    const { records } = await someRecords(engine);
    await records.insert([aRecord()]);
    const twins = [aRecord({ id: 'job_2', name: 'other' }), aRecord({ id: 'job_3' })];
    await expect(records.insert(twins)).rejects.toMatchObject({ name: 'JobNameTakenError', jobId: 'job_1' });
    await expect(records.insert(twins)).rejects.toBeInstanceOf(JobNameTakenError);
    expect(await records.list()).toHaveLength(1);
    await records.change(aRecord(), { status: 'cancelled' });
    await records.insert([...twins, aRecord({ id: 'job_4', account: 'second' })]);
    expect((await records.list({ isLive: true, account: 'main' })).map(({ id }) => id)).toEqual([
      'job_2',
      'job_3',
    ]);
    expect((await records.list({ statuses: ['cancelled'] })).map(({ id }) => id)).toEqual(['job_1']);
    expect((await records.list({ name: 'tiny-train', account: 'main' })).map(({ id }) => id)).toEqual([
      'job_1',
      'job_3',
    ]);
    expect(await records.list({ group: 'tiny-train' })).toHaveLength(4);
  });

  it('have the instance of their last attempt, all in one question', async () => {
    const { records } = await someRecords(engine);
    const of = (id: string) => aRecord({ id, name: id });
    await records.insert([of('job_1'), of('job_2'), of('job_3')]);
    const attempt = (jobId: string, number: number, instanceId: number | undefined): JobAttempt => ({
      ...ATTEMPT,
      jobId,
      attempt: number,
      instanceId,
    });
    await records.change(
      of('job_1'),
      {},
      { attempt: [attempt('job_1', 2, 2 ** 40), attempt('job_1', 1, 8)] },
    );
    await records.change(
      of('job_2'),
      {},
      { attempt: [attempt('job_2', 1, 9), attempt('job_2', 2, undefined)] },
    );
    expect(await records.lastInstances()).toEqual(
      new Map([
        ['job_1', 2 ** 40],
        ['job_2', undefined],
      ]),
    );
  });

  it('are driven while a term of theirs is held, and not by a driver that is gone', async () => {
    const { store, clock } = await someRecords(engine);
    const terms = createTerms(store);
    const isDriven = async () => [...(await drivenJobs(store, ['job_1', 'job_2'], clock.now()))];
    expect(await isDriven()).toEqual([]);
    const held = await terms.acquire(jobTermName('job_1'), 'a daemon', 60_000);
    await terms.acquire('job_2', 'something else of that name', 60_000);
    expect(await isDriven()).toEqual(['job_1']);
    if (held.kind === 'leading') await terms.release(held.term);
    expect(await isDriven()).toEqual([]);
    await terms.acquire(jobTermName('job_2'), 'one that is killed', 60_000);
    await clock.step(59_999);
    expect(await isDriven()).toEqual(['job_2']);
    const seen = { ...store, processes: { own: '', isGone: (mark: string) => mark === store.processes.own } };
    expect(await drivenJobs(seen, ['job_1', 'job_2'], clock.now())).toEqual(new Set());
    await clock.step(1);
    expect(await isDriven()).toEqual([]);
  });
});
