// Training metrics in the store, on every engine of this machine.
import { describe, expect, it } from 'vitest';
import { createRandom, DAY_MS, HOUR_MS } from '../../../src/base/std/index.ts';
import {
  createMetricNumbering,
  createMetricStore,
  type MetricStore,
  type RunMetric,
  trainingMigrations,
} from '../../../src/rent/training/index.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';
import { parsed } from './a-log.ts';

const START = Date.UTC(2026, 0, 5);

/** A loss each second, numbered from 1. */
const losses = (count: number, over: Partial<RunMetric> = {}): readonly RunMetric[] =>
  Array.from({ length: count }, (_, n) => ({
    run: 'r',
    attempt: 1,
    name: 'loss',
    ...over,
    seq: (over.seq ?? 1) + n,
    atMs: (over.atMs ?? START) + n * 1_000,
    value: over.value ?? 10 - n / 1_000,
    step: (over.step ?? 0) + n,
  }));

describe.each(ENGINES)('metrics on %s', (engine) => {
  const world = async (): Promise<MetricStore> => {
    const { store } = await freshStore(engine, { migrations: trainingMigrations });
    return createMetricStore({ store });
  };

  it('come back raw as they were put, NaN and infinities too', async () => {
    const store = await world();
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1 + 0.2];
    const metrics = odd.map((value, n) => ({
      run: 'r',
      attempt: 1,
      seq: n + 1,
      atMs: START + n,
      name: 'loss',
      value,
    }));
    expect(await store.add(metrics)).toBe(4);
    const { resolution, attempts } = await store.series({ run: 'r', name: 'loss' });
    expect(resolution).toBe('raw');
    expect(attempts[0]?.points.map(({ value }) => value)).toEqual(odd);
    expect(attempts[0]?.points.map(({ oddCount }) => oddCount)).toEqual([1, 1, 1, 0]);
  });

  it('of names and steps that no column holds do no harm', async () => {
    const store = await world();
    const text = `{"step": ${'9'.repeat(30)}, "loss": 0.5, "a\\u0000b": 1, "${'n'.repeat(200)}": 2}\n`;
    const numbering = createMetricNumbering({ run: 'r' });
    const metrics = parsed(text).readings.flatMap((reading) => numbering.metricsOf(reading));
    expect(await store.add([...metrics, ...losses(1, { name: 'm', seq: 9, step: 1e300 })])).toBe(2);
    expect(await store.names('r')).toEqual(['loss', 'm']);
  });

  it('are the same however often and in whatever pieces and order they come', async () => {
    const store = await world();
    const metrics = losses(300);
    const random = createRandom(`pieces ${engine}`);
    expect(await store.add(metrics)).toBe(300);
    for (let round = 0; round < 5; round += 1) {
      const from = random.int(0, 299);
      expect(await store.add(random.shuffle(metrics.slice(from, from + 100)))).toBe(0);
    }
    const once = await world();
    for (const piece of random.shuffle([0, 1, 2, 3, 4, 5]))
      await once.add(metrics.slice(piece * 50, piece * 50 + 50));
    for (const maxPoints of [500, 100, 1]) {
      const question = { run: 'r', name: 'loss', maxPoints };
      const [a, b] = [await store.series(question), await once.series(question)];
      expect(a.resolution).toBe(b.resolution);
      const flat = ({ attempts }: typeof a) =>
        attempts.flatMap(({ points }) => points.map((point) => ({ ...point, value: 0 })));
      expect(flat(a)).toEqual(flat(b));
      const values = ({ attempts }: typeof a) =>
        attempts.flatMap(({ points }) => points.map(({ value }) => value ?? 0));
      for (const [n, value] of values(a).entries()) expect(value).toBeCloseTo(values(b)[n] ?? Number.NaN, 9);
    }
  });

  it('are given in the finest resolution that has few enough points', async () => {
    const store = await world();
    await store.add(losses(1_200));
    const of = async (maxPoints: number) => {
      const { resolution, attempts } = await store.series({ run: 'r', name: 'loss', maxPoints });
      return [resolution, attempts[0]?.points.length];
    };
    expect(await of(1_200)).toEqual(['raw', 1_200]);
    expect(await of(1_199)).toEqual(['minute', 20]);
    expect(await of(20)).toEqual(['minute', 20]);
    expect(await of(19)).toEqual(['ten-minutes', 2]);
    expect(await of(1)).toEqual(['ten-minutes', 1]);
  });

  it('of a minute are its mean, least, greatest, last and number, or what is asked for', async () => {
    const store = await world();
    await store.add(
      [3, 1, 2, Number.NaN].map((value, n) => ({
        run: 'r',
        attempt: 1,
        seq: n + 1,
        atMs: START + n,
        name: 'm',
        value,
        step: n,
      })),
    );
    await store.add(losses(2_000, { name: 'm', seq: 5, atMs: START + HOUR_MS }));
    const first = async (aggregation: 'mean' | 'min' | 'max' | 'last' | 'sum') =>
      (await store.series({ run: 'r', name: 'm', maxPoints: 100, aggregation })).attempts[0]?.points[0];
    expect(await first('mean')).toEqual({
      atMs: START,
      step: 3,
      value: 2,
      min: 1,
      max: 3,
      count: 3,
      oddCount: 1,
    });
    expect((await first('last'))?.value).toBe(2);
    expect((await first('min'))?.value).toBe(1);
    expect((await first('max'))?.value).toBe(3);
    expect((await first('sum'))?.value).toBe(6);
  });

  it('lose their raw values with time and their minutes later, and keep the ten minutes', async () => {
    const store = await world();
    await store.add(losses(1_800));
    const at = START + 1_800_000;
    const resolution = async () =>
      (await store.series({ run: 'r', name: 'loss', maxPoints: 2_000 })).resolution;
    expect(await store.prune(at)).toBe(0);
    expect(await resolution()).toBe('raw');
    expect(await store.prune(at + 48 * HOUR_MS)).toBe(1_800);
    expect(await resolution()).toBe('minute');
    expect(await store.prune(at + 30 * DAY_MS)).toBe(30);
    const { resolution: last, attempts } = await store.series({ run: 'r', name: 'loss' });
    expect(last).toBe('ten-minutes');
    expect(attempts[0]?.points.map(({ count }) => count)).toEqual([600, 600, 600]);
  });

  it('that were deleted for their age are not counted again when the log is read once more', async () => {
    const store = await world();
    await store.add(losses(1_200));
    await store.prune(START + 600_000 + 48 * HOUR_MS);
    expect(await store.add(losses(1_201))).toBe(1);
    const { attempts } = await store.series({ run: 'r', name: 'loss', maxPoints: 25 });
    expect(attempts[0]?.points.reduce((sum, { count }) => sum + count, 0)).toBe(1_201);
  });

  it('of two attempts are two lines, and the latest value is the later one’s', async () => {
    const store = await world();
    await store.add([
      ...losses(10, { step: 100 }),
      ...losses(3, { attempt: 2, atMs: START + HOUR_MS, step: 50 }),
    ]);
    const { attempts } = await store.series({ run: 'r', name: 'loss' });
    expect(attempts.map(({ attempt, points }) => [attempt, points.length])).toEqual([
      [1, 10],
      [2, 3],
    ]);
    expect(await store.latest('r')).toEqual([
      { run: 'r', attempt: 2, seq: 3, atMs: START + HOUR_MS, name: 'loss', value: 9.998, step: 52 },
    ]);
    expect(await store.attempts('r')).toEqual([
      { attempt: 1, firstAtMs: START, lastAtMs: START + 9_000 },
      { attempt: 2, firstAtMs: START + HOUR_MS, lastAtMs: START + HOUR_MS + 2_000 },
    ]);
    const one = await store.series({ run: 'r', name: 'loss', attempt: 2, fromMs: START + HOUR_MS + 1_000 });
    expect(one.attempts.map(({ points }) => points.length)).toEqual([2]);
  });

  it('are listed by run and name, know where their numbers end, and can be forgotten', async () => {
    const store = await world();
    await store.add([
      ...losses(5),
      ...losses(2, { name: 'accuracy', seq: 6 }),
      ...losses(1, { run: 'other' }),
    ]);
    expect([...(await store.spans()).keys()]).toEqual(['other', 'r']);
    expect(await store.names('r')).toEqual(['accuracy', 'loss']);
    expect(await store.lastSeq('r', 1)).toBe(7);
    expect(await store.lastSeq('r', 2)).toBe(0);
    await store.forget('r');
    expect([...(await store.spans()).keys()]).toEqual(['other']);
    expect((await store.series({ run: 'r', name: 'loss' })).attempts).toEqual([]);
  });

  it('are counted once where two processes write the same ones at once', async () => {
    const { store, openAgain } = await freshStore(engine, { migrations: trainingMigrations });
    const other = createMetricStore({ store: await openAgain() });
    const ours = createMetricStore({ store });
    const metrics = losses(500);
    const added = await Promise.all([ours.add(metrics), other.add(metrics), ours.add(metrics)]);
    expect(added.reduce((sum, count) => sum + count)).toBe(500);
    const { attempts } = await ours.series({ run: 'r', name: 'loss', maxPoints: 10 });
    expect(attempts[0]?.points.reduce((sum, { count }) => sum + count, 0)).toBe(500);
  });
});

describe('the metrics of a log', () => {
  const log = [1, 2, 3]
    .map((n) => `step:${n}/9 train_loss:${n}.5 train_time:${n}000ms step_avg:1ms`)
    .join('\n');

  it('are numbered in the order of its lines, the same at each reading', () => {
    const read = () => {
      const numbering = createMetricNumbering({ run: 'r', firstAttempt: 2 });
      return parsed(`${log}\n`).readings.flatMap((reading) => numbering.metricsOf(reading));
    };
    expect(read()).toEqual(read());
    expect(read().map(({ seq, attempt, name, value, step }) => [seq, attempt, name, value, step])).toEqual([
      [1, 2, 'loss', 1.5, 1],
      [2, 2, 'loss', 2.5, 2],
      [3, 2, 'loss', 3.5, 3],
    ]);
  });

  it('of a second writer are those of a run of their own', () => {
    const numbering = createMetricNumbering({ run: 'r' });
    const [reading] = parsed(`${log}\n`).readings;
    if (!reading) throw new Error('nothing was read');
    expect(numbering.metricsOf({ ...reading, writer: 2 })[0]).toMatchObject({ run: 'r#2', seq: 1 });
  });

  it('of the user’s do not hide ours', () => {
    const numbering = createMetricNumbering({ run: 'r' });
    const custom = [{ name: 'loss', from: { kind: 'pattern', pattern: 'step_avg:(\\d+)' } } as const];
    const metrics = parsed(`${log}\n`, { custom }).readings.flatMap((reading) =>
      numbering.metricsOf(reading),
    );
    expect(metrics.filter(({ name }) => name === 'custom/loss')).toHaveLength(3);
  });
});
