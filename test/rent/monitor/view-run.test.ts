// How a run looks, from what is known of it: ages, the time that is left, what it costs, and what is unknown.
import { describe, expect, it } from 'vitest';
import { microUsd } from '../../../src/base/std/index.ts';
import type { Instance } from '../../../src/net/vast/index.ts';
import type { LineState } from '../../../src/rent/monitor/line-loop.ts';
import { createLineIntake } from '../../../src/rent/monitor/lines/line-intake.ts';
import type { RunEntry } from '../../../src/rent/monitor/roster/run-entry.ts';
import { type RunFactsNow, viewRun } from '../../../src/rent/monitor/view/view-run.ts';
import type { Sample } from '../../../src/rent/remote/index.ts';
import { HEALTH_LIMITS, LOSS_LIMITS } from '../../../src/rent/training/index.ts';

const TRAINING = { metrics: [], templates: [], health: HEALTH_LIMITS, loss: LOSS_LIMITS };
const SECOND = 1_000;

/** Steps 1 to `steps` of 1,000, one a second, the last one at `steps` seconds. */
function anIntake(steps: number) {
  const intake = createLineIntake({
    run: 'r',
    start: { firstAttempt: 1, lastAttempt: 1, from: undefined, isFirstKept: false },
    training: TRAINING,
  });
  let offset = 0;
  for (let step = 1; step <= steps; step += 1) {
    const bytes = Buffer.from(`step ${step}/1000 loss 1.0\n`);
    intake.push({ offset, bytes, writtenAtMs: step * SECOND, isPast: false });
    offset += bytes.length;
  }
  return intake;
}

const INSTANCE = {
  gpuUtilPercent: 42,
  gpuRamUsedGb: 6,
  gpuRamGb: 24,
  gpuCount: 1,
  diskUsedGb: 5,
  diskGb: 20,
} as Instance;

function anEntry(changes: Partial<RunEntry> = {}): RunEntry {
  return {
    key: 'instance 1',
    instanceId: 1,
    jobId: null,
    rentalId: null,
    name: 'bert',
    label: '',
    group: null,
    gpuName: 'RTX 4090',
    gpuCount: 1,
    geolocation: null,
    status: 'running',
    reason: 'It runs',
    sinceMs: 0,
    pricePerHour: 3.6,
    spentUsd: 1,
    isSpentAtLeast: false,
    atMs: 0,
    instance: INSTANCE,
    listedAtMs: 100 * SECOND,
    machine: { status: 'running', sinceMs: 0, pricePerHour: microUsd(3.6) },
    program: { status: 'unknown', sinceMs: 0 },
    job: undefined,
    attempt: 1,
    interruptionsPerHour: null,
    canEnter: true,
    ...changes,
  };
}

const SAMPLE = {
  atMs: 100 * SECOND,
  gpus: {
    isKnown: true,
    value: [80, 90, null].map((utilizationPercent, index) => ({
      index,
      utilizationPercent,
      memoryUsedMb: 10,
      memoryTotalMb: 40,
      temperatureC: 50,
      powerW: 300,
    })),
  },
  memory: { isKnown: true, value: { totalBytes: 200, usedBytes: 50 } },
  disk: { isKnown: false, reason: 'it was not asked for' },
} as unknown as Sample;

const viewOf = (changes: Partial<RunFactsNow> = {}) =>
  viewRun({
    nowMs: 100 * SECOND,
    entry: anEntry(),
    sampling: { sample: SAMPLE, error: null, idleSinceMs: null },
    staleAfterMs: 30 * SECOND,
    lines: { source: null, error: null, answeredAtMs: null },
    intake: anIntake(100),
    training: TRAINING,
    before: undefined,
    ...changes,
  });

describe('the figures of a machine', () => {
  it('are means over its GPUs, of those that tell', () => {
    expect(viewOf()).toMatchObject({
      gpuPercent: 85,
      gpuMemoryPercent: 25,
      memoryPercent: 25,
      diskPercent: null,
    });
  });

  it('are of now up to the limit of their age, and unknown beyond it', () => {
    expect(viewOf({ nowMs: 130 * SECOND }).gpuPercent).toBe(85);
    const old = viewOf({ nowMs: 130 * SECOND + 1 });
    expect(old).toMatchObject({ gpuPercent: null, memoryPercent: null, sampledAtMs: 100 * SECOND });
    expect(old.gpus?.value).toHaveLength(3);
  });

  it('are those of the service where the machine was never asked, as old as the listing', () => {
    const sampling = { sample: null, error: 'Machines are not entered', idleSinceMs: null };
    expect(viewOf({ sampling })).toMatchObject({
      gpuPercent: 42,
      gpuMemoryPercent: 25,
      diskPercent: 25,
      memoryPercent: null,
      gpus: null,
      sampledAtMs: 100 * SECOND,
      sampleError: 'Machines are not entered',
    });
    expect(viewOf({ sampling, nowMs: 131 * SECOND })).toMatchObject({ gpuPercent: null, sampledAtMs: null });
  });

  it('are none of a machine that does not run', () => {
    const entry = anEntry({
      status: 'outbid',
      machine: { status: 'exited', sinceMs: 0, pricePerHour: microUsd(0) },
    });
    expect(viewOf({ entry })).toMatchObject({ gpuPercent: null, memoryPercent: null, etaS: null });
  });
});

describe('the time that is left', () => {
  it('is that of the steps to come, with its price', () => {
    const { etaS, costToFinishUsd, progress } = viewOf();
    expect(progress).toBe(0.1);
    expect(etaS?.likely).toBeCloseTo(900, 0);
    expect(costToFinishUsd?.likely).toBeCloseTo(0.9, 2);
    expect(etaS?.low).toBeLessThanOrEqual(etaS?.likely ?? 0);
    expect(etaS?.high).toBeGreaterThanOrEqual(etaS?.likely ?? 0);
  });

  it('goes down with the clock between two steps', () => {
    expect(viewOf({ nowMs: 107 * SECOND }).etaS?.likely).toBeCloseTo(893, 0);
  });

  it('is longer where the machine may be taken away', () => {
    const usual = viewOf().etaS?.likely ?? 0;
    const taken = viewOf({ entry: anEntry({ interruptionsPerHour: 0.5 }) }).etaS;
    expect(taken?.likely).toBeGreaterThan(usual * 1.1);
    expect(taken?.high).toBeGreaterThan(taken?.likely ?? 0);
  });

  it('is unknown of a run that gets nowhere, and nothing once it has finished', () => {
    const sampling = { sample: { ...SAMPLE, atMs: 900 * SECOND }, error: null, idleSinceMs: 101 * SECOND };
    expect(viewOf({ nowMs: 900 * SECOND, sampling })).toMatchObject({
      etaS: null,
      costToFinishUsd: null,
      health: { status: 'hung' },
    });
    expect(viewOf({ intake: anIntake(1_000), nowMs: 2_000 * SECOND })).toMatchObject({
      etaS: { low: 0, likely: 0, high: 0 },
      health: { status: 'finished-but-billing' },
      wastePerHour: 3.6,
    });
  });

  it('is unknown where there are no lines', () => {
    expect(viewOf({ intake: undefined })).toMatchObject({
      etaS: null,
      step: null,
      loss: null,
      lineSource: 'none',
      health: { status: 'starting' },
    });
  });
});

describe('a log that is read for the first time', () => {
  /** Steps 100 to 1,000 of 9,000 in lines 100 apart, all of them in a file whose newest line is that of `newestS`. */
  function firstLook(newestS: number, bornS: number | null, kind: 'file' | 'window' = 'file') {
    const intake = createLineIntake({
      run: 'r',
      start: { firstAttempt: 1, lastAttempt: 1, from: undefined, isFirstKept: false },
      training: TRAINING,
    });
    const lines = Array.from({ length: 10 }, (_, at) => `step ${(at + 1) * 100}/9000 loss 1.0\n`).join('');
    const file = { path: '/log', inode: '7', bornAtMs: bornS === null ? null : bornS * SECOND };
    intake.push({
      offset: 0,
      bytes: Buffer.from(lines),
      writtenAtMs: newestS * SECOND,
      isPast: true,
      ...(kind === 'file' && { file }),
    });
    return intake;
  }
  const instance = (uptimeS: number) =>
    ({ ...INSTANCE, uptimeMs: uptimeS * SECOND, startedAtMs: 0 }) as Instance;

  it('has an end at once, by when the log was made and when its newest line was written', () => {
    // 1,000 steps in 10,000 s are 10 s each: 80,000 s for the other 8,000, of which 100 have passed.
    const view = viewOf({ nowMs: 10_200 * SECOND, intake: firstLook(10_100, 100) });
    expect(view.etaBasis).toBe('start and newest line');
    expect(view.etaS?.likely).toBeCloseTo(79_900, 6);
    expect(view.etaS?.low).toBeLessThan(64_000);
    expect(view.etaS?.high).toBeGreaterThan(88_000);
  });

  it('has a wider one by when its machine began, where nothing tells of the log', () => {
    const entry = anEntry({ instance: instance(10_000), listedAtMs: 10_100 * SECOND });
    const view = viewOf({ nowMs: 10_100 * SECOND, entry, intake: firstLook(10_100, null) });
    // Half of 10,000 s by 1,000 steps.
    expect(view).toMatchObject({ etaBasis: 'start and newest line' });
    expect(view.etaS?.likely).toBeCloseTo(40_000, 6);
    const window = viewOf({ nowMs: 10_100 * SECOND, entry, intake: firstLook(10_100, null, 'window') });
    expect(window.etaS?.likely).toBeCloseTo(40_000, 6);
  });

  it('has none where nothing tells when it began', () => {
    const entry = anEntry({ instance: undefined });
    expect(viewOf({ nowMs: 10_100 * SECOND, entry, intake: firstLook(10_100, null) })).toMatchObject({
      etaS: null,
      etaBasis: null,
    });
  });

  it('counts from when the job’s program began', () => {
    const entry = anEntry({
      job: {} as RunEntry['job'],
      program: { status: 'running', sinceMs: 5_100 * SECOND },
    });
    const source = { kind: 'job', from: '/log', run: 'r', shape: 'log' } as LineState['source'];
    const lines = { source, error: null, answeredAtMs: 10_100 * SECOND };
    const view = viewOf({ nowMs: 10_100 * SECOND, entry, lines, intake: firstLook(10_100, 100) });
    // 1,000 steps in 5,000 s.
    expect(view.etaS?.likely).toBeCloseTo(40_000, 6);
  });

  it('is not stalled where its newest line is old and the next one is not due, and is after three of them', () => {
    // A line each 1,000 s: three of them are 3,000 s.
    const at = (s: number) => viewOf({ nowMs: s * SECOND, intake: firstLook(10_100, 100) }).health.status;
    expect(at(10_100 + 2_999)).toBe('training');
    expect(at(10_100 + 3_000)).toBe('stalled');
  });

  it('goes over to the times of steps once enough were seen', () => {
    const intake = firstLook(10_100, 100);
    let { position: offset = 0 } = { position: intake.position() };
    for (let line = 1; line <= 12; line += 1) {
      // Twice as fast as it was: 100 steps in 500 s.
      const bytes = Buffer.from(`step ${1_000 + line * 100}/9000 loss 1.0\n`);
      intake.push({ offset, bytes, writtenAtMs: (10_100 + line * 500) * SECOND, isPast: false });
      offset += bytes.length;
    }
    const view = viewOf({ nowMs: (10_100 + 12 * 500) * SECOND, intake });
    expect(view.etaBasis).toBe('step times');
    expect(view.etaS?.likely).toBeCloseTo(6_800 * 5, 0);
  });
});

describe('what a run has cost', () => {
  it('grows with the clock between two listings', () => {
    expect(viewOf({ nowMs: 1_000 * SECOND }).spentUsd).toBeCloseTo(2, 5);
    expect(viewOf({ entry: anEntry({ spentUsd: null }) }).spentUsd).toBeNull();
  });
});
