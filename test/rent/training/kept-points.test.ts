// What an export of a run holds: each value once, in the finest form that is still there, on every engine.
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../src/base/std/index.ts';
import {
  createMetricStore,
  type KeptPoint,
  type MetricStore,
  type RunMetric,
  trainingMigrations,
} from '../../../src/rent/training/index.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';

const START = Date.UTC(2026, 0, 5);
const STEP_MS = 20_000;

/** A value each 20 s, of two names in turn. */
const metrics = (count: number, over: Partial<RunMetric> = {}): readonly RunMetric[] =>
  Array.from({ length: count }, (_, n) => ({
    run: 'r',
    attempt: 1,
    seq: n + 1,
    name: n % 2 === 0 ? 'loss' : 'acc',
    atMs: START + n * STEP_MS,
    value: n,
    step: n,
    ...over,
  }));

async function all(store: MetricStore, run = 'r'): Promise<readonly KeptPoint[]> {
  const points: KeptPoint[] = [];
  for await (const page of store.points(run)) points.push(...page);
  return points;
}

/** Every value that was put in stands in exactly one row. */
function expectEachOnce(points: readonly KeptPoint[], put: readonly RunMetric[]): void {
  for (const name of ['loss', 'acc']) {
    const mine = points.filter((point) => point.name === name);
    const wanted = put.filter((metric) => metric.name === name);
    const sum = mine.reduce((total, { value, count }) => total + (value ?? 0) * count, 0);
    expect(mine.reduce((total, { count, oddCount }) => total + count + oddCount, 0)).toBe(wanted.length);
    expect(sum).toBeCloseTo(
      wanted.reduce((total, { value }) => total + (Number.isFinite(value) ? value : 0), 0),
      3,
    );
    expect(mine.map(({ seq }) => seq)).toEqual(mine.map(({ seq }) => seq).toSorted((a, b) => a - b));
  }
}

describe.each(ENGINES)('what is kept of a run on %s', (engine) => {
  const world = async (): Promise<MetricStore> => {
    const { store } = await freshStore(engine, { migrations: trainingMigrations });
    return createMetricStore({ store });
  };

  it('is every value by attempt, name and number, more of them than a page holds', async () => {
    const store = await world();
    const put = [
      ...metrics(5_100, { name: 'loss' }),
      ...metrics(3, { attempt: 2 }).map((metric) => ({ ...metric, name: 'acc' })),
    ];
    await store.add(put);
    const points = await all(store);
    expect(points).toHaveLength(5_103);
    expect(points.every(({ resolution }) => resolution === 'raw')).toBe(true);
    expect(points.slice(0, 2)).toMatchObject([
      { attempt: 1, name: 'loss', seq: 1, value: 0, last: 0, step: 0, count: 1 },
      { seq: 2 },
    ]);
    expect(new Set(points.map(({ attempt, seq }) => `${attempt} ${seq}`)).size).toBe(5_103);
    expect(points.slice(-3).map(({ attempt, seq }) => [attempt, seq])).toEqual([
      [2, 1],
      [2, 2],
      [2, 3],
    ]);
    expect(await all(store, 'another')).toEqual([]);
  });

  it('is the minutes of what raw values are gone of, and the raw ones of the rest', async () => {
    const store = await world();
    const put = metrics(6 * 60 * 3);
    await store.add(put);
    await store.prune(START + 3 * HOUR_MS + 90_000, { rawMs: HOUR_MS, minuteMs: 30 * DAY_MS });
    const points = await all(store);
    expect(new Set(points.map(({ resolution }) => resolution))).toEqual(new Set(['minute', 'raw']));
    expectEachOnce(points, put);
  });

  it('is the ten minutes of the oldest, where those of the minutes are gone too', async () => {
    const store = await world();
    const put = metrics(6 * 60 * 3);
    await store.add(put);
    await store.prune(START + 5 * HOUR_MS, { rawMs: HOUR_MS, minuteMs: 2 * HOUR_MS });
    const points = await all(store);
    expect(new Set(points.map(({ resolution }) => resolution))).toEqual(
      new Set(['ten-minutes', 'minute', 'raw']),
    );
    expectEachOnce(points, put);
  });

  it('is the ten minutes alone after years', async () => {
    const store = await world();
    const put = metrics(200);
    await store.add(put);
    await store.prune(START + 900 * DAY_MS);
    const points = await all(store);
    expect(new Set(points.map(({ resolution }) => resolution))).toEqual(new Set(['ten-minutes']));
    expectEachOnce(points, put);
  });

  it('tells NaN from nothing', async () => {
    const store = await world();
    await store.add(
      metrics(3).map((metric) => ({
        ...metric,
        name: 'loss',
        value: [1, Number.NaN, 2][metric.seq - 1] ?? 0,
      })),
    );
    expect((await all(store)).map(({ value, oddCount }) => [value, oddCount])).toEqual([
      [1, 0],
      [Number.NaN, 1],
      [2, 0],
    ]);
  });
});
