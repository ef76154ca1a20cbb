// Jobs as a monitor shows them: by their records, with the log of their run on the machine or the one that is kept here.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { microUsd, systemClock } from '../../../src/base/std/index.ts';
import { createJobRecords, type JobAttempt, type JobRecord } from '../../../src/rent/jobs/index.ts';
import { unlistedStatus } from '../../../src/rent/monitor/roster/status-words.ts';
import { findKeptFile } from '../../../src/rent/monitor/sources/kept-file.ts';
import type { LinePiece } from '../../../src/rent/monitor/sources/line-source.ts';
import { ACCOUNT } from '../a-rent-world.ts';
import { aJob } from '../jobs/a-job.ts';
import { aMonitorWorld, type MonitorWorld } from './a-monitor-world.ts';

function aRecord(nowMs: number, changes: Partial<JobRecord> = {}): JobRecord {
  return {
    id: 'job_1',
    account: ACCOUNT,
    name: 'tiny-train',
    group: 'sweep',
    status: 'running',
    reason: 'its run goes on',
    sinceMs: nowMs,
    version: 1,
    job: aJob(),
    folder: '/home/me',
    attempt: 2,
    rentalId: undefined,
    spent: microUsd(1.5),
    failures: [],
    isUnattended: false,
    createdAtMs: nowMs,
    nextAtMs: undefined,
    startedAtMs: nowMs,
    cancelAskedAtMs: undefined,
    verifiedAtMs: undefined,
    endedAtMs: undefined,
    ...changes,
  };
}

async function withJob(world: MonitorWorld, instanceId: number) {
  const records = createJobRecords(world.store);
  const nowMs = world.clock.now();
  const record = aRecord(nowMs);
  await records.insert([record]);
  const attempt = {
    jobId: 'job_1',
    attempt: 2,
    rentalId: 'rental_1',
    instanceId,
    machineId: undefined,
    startedAtMs: nowMs,
    runningAtMs: nowMs,
    endedAtMs: undefined,
    exitCode: undefined,
    failure: undefined,
    isFinal: false,
    brought: false,
    reason: '',
    checkpoint: undefined,
    logBytes: 0,
    spent: microUsd(0),
  } as JobAttempt;
  const running = await records.change(record, {}, { attempt });
  const jobs = { records, logFile: () => '/nowhere/attempt-2.log' };
  return { records, running, attempt, jobs };
}

const LOG = '/root/.vastdeck/runs/job_1.2/log';

describe('a job', () => {
  it('is one run with its instance, has its name and group, and the log of its run', async () => {
    const world = await aMonitorWorld();
    const [id = 0, other = 0] = await world.rent(2);
    await world.write(id, LOG, 'step 5/10 loss 2.0\n');
    await world.write(id, '/workspace/other.log', 'step 7/10 loss 2.0\n');
    const { jobs } = await withJob(world, id);
    const watch = await world.watch({ jobs });
    expect(watch.monitor.view().runs.map(({ key }) => key)).toEqual(['job job_1', `instance ${other}`]);
    expect(watch.run('job job_1')).toMatchObject({
      instanceId: id,
      jobId: 'job_1',
      name: 'tiny-train',
      group: 'sweep',
      status: 'running',
      reason: 'its run goes on',
      lineSource: 'job',
      lineFrom: '.vastdeck/runs/job_1.2/log',
      step: 5,
      attempts: 2,
      spentUsd: expect.any(Number),
    });
    expect(watch.run('job job_1').spentUsd).toBeGreaterThanOrEqual(1.5);
    const [metric] = await watch.monitor.series('job job_1', 'loss', { maxPoints: 10 });
    expect(metric).toMatchObject({ run: 'job_1', attempt: 2, step: 5, value: 2 });
  });

  it('is told to be done by its record, which knows better than its log, and stays for an hour', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    await world.write(id, LOG, 'step 5/10 loss 2.0\n');
    const { jobs, records, running, attempt } = await withJob(world, id);
    const watch = await world.watch({ jobs });
    const fetching = await records.change(running, { status: 'fetching', reason: 'its results are fetched' });
    await records.change(
      fetching,
      { status: 'succeeded', reason: 'all is here' },
      { attempt: { ...attempt, endedAtMs: world.clock.now(), exitCode: 0 } },
    );
    await world.clock.step(60_000);
    expect(watch.run('job job_1')).toMatchObject({ status: 'exited', reason: 'all is here', etaS: null });
    expect(watch.alerts.map(({ kind }) => kind)).toEqual(['done']);
    // Its machine is still there and nobody's job any more.
    expect(watch.run(`instance ${id}`).status).toBe('running');
    await world.clock.step(2 * 3_600_000);
    expect(watch.monitor.view().runs.map(({ key }) => key)).toEqual([`instance ${id}`]);
  });

  it('is shown while it has no machine', async () => {
    const world = await aMonitorWorld();
    const records = createJobRecords(world.store);
    await records.insert([
      aRecord(world.clock.now(), { status: 'queued', reason: 'waits for an offer', attempt: 0 }),
    ]);
    const watch = await world.watch({ jobs: { records, logFile: () => '/nowhere' } });
    expect(watch.run('job job_1')).toMatchObject({
      instanceId: null,
      status: 'created',
      reason: 'waits for an offer',
      lineSource: 'none',
      lineError: 'No log was found',
      health: { status: 'starting' },
    });
    expect(watch.monitor.view().trouble).toBeNull();
  });
});

describe('a machine that the listing has not got', () => {
  it.each([
    [undefined, 'created'],
    ['creating', 'created'],
    ['booting', 'created'],
    ['ready', 'unknown'],
    ['ending', 'exited'],
    ['gone', 'exited'],
  ] as const)('is told by its rental, %s, to be %s', (rental, status) => {
    expect(unlistedStatus(rental).status).toBe(status);
  });
});

describe('the log of a job that is kept here', () => {
  const aFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'vd-kept-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  };

  it('is read from its start and as it grows, as old as its file at first', async () => {
    const file = join(aFolder(), 'attempt-1.log');
    writeFileSync(file, 'step 1/9 loss 1.0\n');
    const clock = systemClock();
    const source = await findKeptFile({ clock, file, run: 'job_1', pollMs: 5 });
    const pieces: LinePiece[] = [];
    const stopping = new AbortController();
    for await (const piece of source?.read({
      from: undefined,
      onAnswer: () => {},
      signal: stopping.signal,
    }) ?? []) {
      pieces.push(piece);
      if (pieces.length === 2) break;
      writeFileSync(file, 'step 2/9 loss 1.0\n', { flag: 'a' });
    }
    expect(pieces.map(({ offset, bytes }) => [offset, Buffer.from(bytes).toString()])).toEqual([
      [0, 'step 1/9 loss 1.0\n'],
      [18, 'step 2/9 loss 1.0\n'],
    ]);
    expect(Buffer.from((await source?.tail?.(10)) ?? []).toString()).toBe('loss 1.0\n'.padStart(10));
  });

  it('is no source where nothing is kept', async () => {
    const file = join(aFolder(), 'attempt-1.log');
    expect(await findKeptFile({ clock: systemClock(), file, run: 'job_1' })).toBeUndefined();
  });
});
