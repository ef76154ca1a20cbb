// What a run's figures come to, from points of every resolution.
import { describe, expect, it } from 'vitest';
import { readRunFigures } from '../../../src/rent/monitor/index.ts';
import type { KeptPoint } from '../../../src/rent/training/index.ts';

function aPoint(over: Partial<KeptPoint> = {}): KeptPoint {
  const value = over.value === undefined ? 1 : over.value;
  return {
    run: 'r',
    attempt: 1,
    name: 'loss',
    seq: 1,
    atMs: 0,
    step: 0,
    value,
    last: value,
    min: value,
    max: value,
    count: 1,
    oddCount: 0,
    resolution: 'raw',
    ...over,
  };
}

async function figuresOf(points: readonly KeptPoint[]) {
  async function* pages() {
    yield points.slice(0, 2);
    yield points.slice(2);
  }
  return readRunFigures(pages());
}

describe('the figures of a run', () => {
  it('take least and greatest out of what minutes keep of their values, and their last, not their mean', async () => {
    const minute = { resolution: 'minute', count: 30 } as const;
    const { names } = await figuresOf([
      aPoint({ ...minute, value: 5, min: 2, max: 9, last: 4, step: 30 }),
      aPoint({ ...minute, value: 4, min: 3, max: 8, last: 3.5, step: 60 }),
    ]);
    expect(names).toMatchObject([{ min: 2, minStep: 30, last: 3.5, max: 9, maxStep: 30, points: 60 }]);
  });

  it('count what is no number apart, and keep it as the last', async () => {
    const odd = { value: Number.NaN, min: null, max: null, count: 0, oddCount: 1 };
    const { names } = await figuresOf([aPoint({ value: 3 }), aPoint(odd)]);
    expect(names).toMatchObject([{ min: 3, max: 3, last: Number.NaN, points: 2, odd: 1 }]);
    expect((await figuresOf([aPoint(odd), aPoint(odd)])).names).toMatchObject([
      { min: null, minStep: null, max: null, odd: 2 },
    ]);
  });

  it('have the time of a step from one moment to the next, though many steps came at once', async () => {
    // Ten steps in each piece of the log, a piece each 20 s; then a second attempt an hour later.
    const points = Array.from({ length: 100 }, (_, n) =>
      aPoint({ step: n, atMs: Math.floor(n / 10) * 20_000 }),
    );
    const second = points.map((point) => ({ ...point, attempt: 2, atMs: point.atMs + 3_600_000 }));
    const { stepSeconds, lastStep } = await figuresOf([...points, ...second]);
    expect(stepSeconds).toEqual({ median: 2, p90: 2, samples: 18 });
    expect(lastStep).toBe(99);
  });

  it('believe the log where it tells the time of a step itself', async () => {
    const told = Array.from({ length: 10 }, (_, n) =>
      aPoint({ name: 'step_s', value: n + 1, step: n, atMs: n }),
    );
    expect((await figuresOf([...told, aPoint({ step: 5, atMs: 90_000 })])).stepSeconds).toEqual({
      median: 6,
      p90: 10,
      samples: 10,
    });
  });

  it('say that nothing is known of steps where none are told, or all came at once', async () => {
    expect(
      (await figuresOf([aPoint({ step: null }), aPoint({ step: null, atMs: 9 })])).stepSeconds,
    ).toBeNull();
    expect((await figuresOf([aPoint({ step: 1 }), aPoint({ step: 2 })])).stepSeconds).toBeNull();
    expect(await figuresOf([])).toEqual({ names: [], lastStep: null, stepSeconds: null });
  });

  it('keep few samples of a long run, and their quantiles near', async () => {
    const points = Array.from({ length: 100_000 }, (_, n) =>
      aPoint({ name: 'step_s', value: (n * 7_919) % 1_000 }),
    );
    const { stepSeconds } = await figuresOf(points);
    expect(stepSeconds?.samples).toBe(100_000);
    expect(stepSeconds?.median).toBeGreaterThan(450);
    expect(stepSeconds?.median).toBeLessThan(550);
  });
});
