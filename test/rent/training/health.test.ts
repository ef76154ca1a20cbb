// How a run is: each status, both sides of its limit, with its reason, since when, and what it costs.
import { describe, expect, it } from 'vitest';
import { createRandom, microUsd, usd } from '../../../src/base/std/index.ts';
import {
  createLossWatch,
  HEALTH_LIMITS,
  HEALTH_STATUSES,
  type HealthQuestion,
  judgeHealth,
  NO_FACTS,
  noteEvent,
  type RunFacts,
} from '../../../src/rent/training/index.ts';
import { parsed } from './a-log.ts';

const NOW = 10_000_000;
const PRICE = microUsd(2);
const facts = (over: Partial<RunFacts> = {}): RunFacts => ({
  ...NO_FACTS,
  lastLineAtMs: NOW - 1_000,
  lastProgressAtMs: NOW - 1_000,
  done: 50,
  total: 100,
  ...over,
});
const question = (over: Partial<HealthQuestion> = {}): HealthQuestion => ({
  nowMs: NOW,
  machine: { status: 'running', sinceMs: 0, pricePerHour: PRICE },
  program: { status: 'running', sinceMs: 0 },
  gpu: { utilPercent: 80, idleSinceMs: null },
  facts: facts(),
  loss: { kind: 'stable' },
  usualStepS: 1,
  recentStepS: 1,
  ...over,
});
const judge = (over: Partial<HealthQuestion> = {}) => judgeHealth(question(over));
const idle = (sinceMs: number) => ({ utilPercent: 0, idleSinceMs: sinceMs });
const silent = (sinceMs: number) => facts({ lastLineAtMs: sinceMs, lastProgressAtMs: sinceMs });

describe('a run is', () => {
  it('training, green, and wastes nothing', () => {
    expect(judge()).toEqual({
      status: 'training',
      colour: 'green',
      reason: 'Training at 50 of 100',
      sinceMs: NOW - 1_000,
      costPerHour: PRICE,
      wastedPerHour: 0,
    });
  });

  it.each([
    [9.9, 'yellow'],
    [10, 'green'],
    [95, 'green'],
    [95.1, 'yellow'],
    [null, 'green'],
  ] as const)('with its GPU at %s %%: %s', (utilPercent, colour) => {
    expect(judge({ gpu: { utilPercent, idleSinceMs: null } })).toMatchObject({ status: 'training', colour });
  });

  it('yellow with a high loss', () => {
    const loss = { kind: 'high', loss: 5, usual: 2, z: 4, sinceMs: NOW } as const;
    expect(judge({ loss })).toMatchObject({ status: 'training', colour: 'yellow' });
  });

  it('slow from one and a half times the usual step on, by the share that is lost', () => {
    expect(judge({ recentStepS: 1.49 }).status).toBe('training');
    const slow = judge({ recentStepS: 2 });
    expect(slow).toMatchObject({ status: 'slow', colour: 'yellow' });
    expect(usd(slow.wastedPerHour)).toBeCloseTo(1, 6);
  });

  it('hung where no line came and the GPU was idle for five minutes, both', () => {
    const since = NOW - 300_000;
    expect(judge({ gpu: idle(since), facts: silent(since) })).toMatchObject({
      status: 'hung',
      colour: 'red',
      sinceMs: since,
      reason: 'No line for 5m and the GPU idle for 5m, at $2.00 an hour',
      wastedPerHour: PRICE,
    });
    expect(judge({ gpu: idle(since + 1), facts: silent(since) }).status).toBe('training');
    expect(judge({ gpu: idle(since), facts: silent(since + 1) }).status).toBe('training');
  });

  it('not hung where nobody knows of the GPU', () => {
    expect(
      judge({ gpu: { utilPercent: null, idleSinceMs: null }, facts: silent(NOW - 400_000) }).status,
    ).toBe('training');
  });

  it('stalled after ten minutes without a step, though lines come', () => {
    const still = (ms: number) => judge({ facts: facts({ lastProgressAtMs: NOW - ms }) }).status;
    expect(still(599_999)).toBe('training');
    expect(still(600_000)).toBe('stalled');
  });

  it('given ten steps of patience where a step is long', () => {
    const at = (ms: number) =>
      judge({ usualStepS: 200, recentStepS: 200, facts: facts({ lastProgressAtMs: NOW - ms }) }).status;
    expect(at(1_999_999)).toBe('training');
    expect(at(2_000_000)).toBe('stalled');
  });

  it('given the time of three lines where few steps print one, unless its GPU is idle', () => {
    const at = (ms: number, idleSinceMs: number | null = null) =>
      judge({
        usualStepS: 2,
        recentStepS: 2,
        signS: 2_000,
        facts: facts({ lastProgressAtMs: NOW - ms, lastLineAtMs: NOW - ms }),
        gpu: { utilPercent: 50, idleSinceMs },
      }).status;
    expect(at(5_999_999)).toBe('training');
    expect(at(6_000_000)).toBe('stalled');
    expect(at(300_000, NOW - 300_000)).toBe('hung');
  });

  it('excused while it evaluates, for an hour', () => {
    const evaluating = (ms: number) =>
      judge({
        facts: facts({ lastProgressAtMs: NOW - ms, pause: { pause: 'evaluation', sinceMs: NOW - ms } }),
      });
    expect(evaluating(3_599_999)).toMatchObject({ status: 'training', reason: 'Evaluating at 50 of 100' });
    expect(evaluating(3_600_000).status).toBe('stalled');
  });

  it.each([
    [{ kind: 'not-finite', loss: Number.NaN, sinceMs: 5 }, 'The loss is NaN, at $2.00 an hour'],
    [
      { kind: 'blow-up', loss: 9.5, usual: 2, z: 12.34, sinceMs: 5 },
      'The loss is 9.5, 12.3 robust standard deviations above 2, at $2.00 an hour',
    ],
  ] as const)('diverged', (loss, reason) => {
    expect(judge({ loss })).toMatchObject({
      status: 'diverged',
      colour: 'red',
      sinceMs: 5,
      reason,
      wastedPerHour: PRICE,
    });
  });

  it('out of memory', () => {
    const health = judge({ facts: facts({ outOfMemory: { atMs: 7, text: 'CUDA out of memory' } }) });
    expect(health).toMatchObject({
      status: 'out-of-memory',
      colour: 'red',
      sinceMs: 7,
      wastedPerHour: PRICE,
    });
    expect(health.reason).toContain('CUDA out of memory');
  });

  it.each([
    ['its log says so', { facts: facts({ finishedAtMs: NOW - 5 }) }, NOW - 5],
    ['its program ended well', { program: { status: 'ended', sinceMs: 9, exitCode: 0 } }, 9],
    ['the last step was two minutes ago', { facts: { ...silent(NOW - 120_000), done: 100 } }, NOW - 120_000],
  ] as const)('finished but billing where %s', (_, over, sinceMs) => {
    expect(judge(over)).toMatchObject({ status: 'finished-but-billing', sinceMs, wastedPerHour: PRICE });
  });

  it('not finished just after its last step, when it may still write its model', () => {
    expect(judge({ facts: { ...silent(NOW - 119_999), done: 100 } }).status).toBe('training');
  });

  it.each([
    [
      'a machine that stopped',
      { machine: { status: 'exited', sinceMs: 3, pricePerHour: microUsd(0.01) } },
      3,
    ],
    ['an exit code', { program: { status: 'ended', sinceMs: 4, exitCode: 137 } }, 4],
    ['an end without a code', { program: { status: 'ended', sinceMs: 6, exitCode: null } }, 6],
    [
      'a traceback and silence',
      { facts: facts({ lastLineAtMs: NOW - 30_000, failure: { atMs: 8, text: 'Traceback' } }) },
      8,
    ],
  ] as const)('exited, red, by %s', (_, over, sinceMs) => {
    expect(judge(over)).toMatchObject({ status: 'exited', colour: 'red', sinceMs });
  });

  it('not exited where lines come after a traceback', () => {
    const failure = { atMs: 8, text: 'Traceback' };
    expect(judge({ facts: facts({ lastLineAtMs: NOW - 29_999, failure }) }).status).toBe('training');
  });

  it('offline, whatever else is known', () => {
    const machine = { status: 'offline', sinceMs: 2, pricePerHour: PRICE } as const;
    expect(judge({ machine, facts: facts({ finishedAtMs: 1 }) })).toMatchObject({
      status: 'offline',
      colour: 'red',
      sinceMs: 2,
    });
  });

  it('starting before its first step', () => {
    expect(judge({ facts: NO_FACTS })).toMatchObject({ status: 'starting', wastedPerHour: 0 });
  });

  it('what it was since the same time, while it stays so', () => {
    const before = judge({ facts: facts({ lastProgressAtMs: 1_000, lastLineAtMs: NOW }) });
    expect(before.status).toBe('stalled');
    const later = judgeHealth(question({ before, facts: facts({ lastProgressAtMs: 2_000 }) }));
    expect(later.sinceMs).toBe(1_000);
    expect(judge({ before }).sinceMs).toBe(NOW - 1_000);
  });

  it('judged by other limits where they are given', () => {
    const gpu = { utilPercent: 20, idleSinceMs: null };
    expect(judgeHealth(question({ gpu }), { ...HEALTH_LIMITS, gpuLowPercent: 30 }).colour).toBe('yellow');
  });

  it('one of the known statuses', () => {
    expect(HEALTH_STATUSES).toContain(judge().status);
  });
});

describe('a loss', () => {
  const watched = (losses: readonly number[]) => {
    const watch = createLossWatch();
    for (const [at, loss] of losses.entries()) watch.push(loss, at);
    return watch.verdict();
  };
  /** Median 2, median distance 0.1: three robust standard deviations above it are 2.44478. */
  const row = Array.from({ length: 200 }, (_, n) => 2 + [0, 0.1, -0.1, 0.2, -0.2][n % 5]!);

  it('is stable in its row, and unknown before there is one', () => {
    expect(watched(row)).toEqual({ kind: 'stable' });
    expect(watched(row.slice(0, 19))).toEqual({ kind: 'unknown' });
    expect(watched(row.slice(0, 20))).toEqual({ kind: 'stable' });
  });

  it('blows up at the third reading above three robust deviations, and not just below them', () => {
    expect(watched([...row, 2.445]).kind).toBe('high');
    expect(watched([...row, 2.445, 2.445]).kind).toBe('high');
    expect(watched([...row, 2.445, 2.445, 2.445])).toMatchObject({ kind: 'blow-up', sinceMs: 200, usual: 2 });
    expect(watched([...row, 2.4447, 2.4447, 2.4447]).kind).toBe('stable');
  });

  it('recovers with one reading in the row', () => {
    expect(watched([...row, 9, 9, 9, 2]).kind).toBe('stable');
  });

  it.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ])('of %s is told at once', (odd) => {
    expect(watched([...row, odd])).toMatchObject({ kind: 'not-finite', loss: odd, sinceMs: 200 });
    expect(watched([...row, odd, 2]).kind).toBe('stable');
  });

  it('that stays up for a whole window is a new level', () => {
    expect(watched([...row, ...row.map((loss) => loss + 5)]).kind).toBe('stable');
    expect(watched([...row, ...row.slice(1).map((loss) => loss + 5)]).kind).toBe('blow-up');
  });

  it('of no spread may still wander by a thousandth', () => {
    expect(watched([...Array(50).fill(1), 1.002, 1.002, 1.002]).kind).toBe('stable');
    expect(watched([...Array(50).fill(1), 1.01, 1.01, 1.01]).kind).toBe('blow-up');
  });

  it('that falls as in healthy runs, with noise, is never called a blow-up', () => {
    for (let seed = 0; seed < 15; seed += 1) {
      const random = createRandom(seed);
      const watch = createLossWatch();
      for (let step = 0; step < 2_000; step += 1) {
        watch.push(2 + 8 * Math.exp(-step / 100) + 0.1 * random.normal(), step);
        expect(watch.verdict().kind, `seed ${seed}, step ${step}`).not.toBe('blow-up');
      }
    }
  });
});

describe('the facts of a log', () => {
  const step = (n: number) => `step ${n}/100 loss 0.5`;
  const factsOf = (lines: readonly string[]) => {
    let now = 0;
    return parsed(`${lines.join('\n')}\n`, { nowMs: () => (now += 1_000) }).events.reduce(
      noteEvent,
      NO_FACTS,
    );
  };

  it('are overcome by the next step', () => {
    const failed = factsOf([step(1), 'CUDA out of memory', 'Running evaluation']);
    expect(failed).toMatchObject({ done: 1, total: 100, pause: { pause: 'evaluation' } });
    expect(failed.outOfMemory?.text).toBe('CUDA out of memory');
    expect(factsOf([step(1), 'CUDA out of memory', 'Running evaluation', step(2)])).toMatchObject({
      done: 2,
      outOfMemory: null,
      pause: null,
    });
  });

  it('begin again with an attempt', () => {
    expect(
      factsOf([step(50), step(60), 'Traceback (most recent call last):', step(0), step(10)]),
    ).toMatchObject({
      done: 10,
      failure: null,
    });
  });
});
