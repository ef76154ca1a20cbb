// Dice: the same seed gives the same numbers, forks depend on names alone, and the numbers are spread as said.
import { describe, expect, it } from 'vitest';
import { createId, createRandom, freshSeed, SteppedClock } from '../../../src/base/std/index.ts';

const draws = (seed: string | number, count: number) => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

describe('a seed', () => {
  it('repeats its sequence, and another seed gives another', () => {
    expect(draws('7', 100)).toEqual(draws(7, 100));
    expect(draws('7', 3)).not.toEqual(draws('8', 3));
  });

  it('gives these numbers for ever: recorded simulations rely on them', () => {
    const random = createRandom(42);
    const first = [1, 2, 3, 4].map(() => random.int(0, 999));
    const forked = random.fork('machine', 7);
    expect([first, [1, 2, 3, 4].map(() => forked.int(0, 999))]).toEqual([
      [803, 834, 748, 2],
      [731, 408, 7, 328],
    ]);
  });

  it('is not the same as a fresh one', () => {
    expect(freshSeed()).toMatch(/^[0-9a-f]{12}$/);
    expect(freshSeed()).not.toBe(freshSeed());
  });
});

describe('a fork', () => {
  it('depends on the seed and the names, not on what was drawn before or by others', () => {
    const random = createRandom('s');
    const before = random.fork('a').next();
    for (let i = 0; i < 10; i += 1) random.next();
    random.fork('b').next();
    expect(random.fork('a').next()).toBe(before);
    expect(random.fork('b').next()).not.toBe(before);
    expect(createRandom('t').fork('a').next()).not.toBe(before);
  });

  it('is independent of its neighbours: first draws of numbered forks are spread evenly', () => {
    const random = createRandom('s');
    const buckets = Array.from({ length: 20 }, () => 0);
    for (let n = 0; n < 20_000; n += 1) {
      const bucket = Math.floor(random.fork('machine', n).next() * 20);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    // 1,000 expected in each; the standard deviation is 31.
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(160);
  });
});

describe('the distributions', () => {
  const random = createRandom('distributions');
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const sample = (draw: () => number) => Array.from({ length: 50_000 }, draw);

  it('next is uniform in [0, 1)', () => {
    const values = sample(() => random.next());
    expect(Math.min(...values.slice(0, 10_000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values.slice(0, 10_000))).toBeLessThan(1);
    expect(mean(values)).toBeCloseTo(0.5, 1.9);
    expect(mean(values.map((value) => value ** 2))).toBeCloseTo(1 / 3, 1.9);
  });

  it('int takes both ends and nothing outside', () => {
    const counts = new Map<number, number>();
    for (const value of sample(() => random.int(-1, 2))) counts.set(value, (counts.get(value) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2]);
    for (const count of counts.values()) expect(Math.abs(count - 12_500)).toBeLessThan(600);
    expect(random.int(3, 3)).toBe(3);
  });

  it('normal has mean 0 and variance 1', () => {
    const values = sample(() => random.normal());
    expect(Math.abs(mean(values))).toBeLessThan(0.03);
    expect(Math.abs(mean(values.map((value) => value ** 2)) - 1)).toBeLessThan(0.05);
  });

  it('exponential has its mean and is never negative', () => {
    const values = sample(() => random.exponential(6));
    expect(Math.abs(mean(values) - 6)).toBeLessThan(0.2);
    expect(values.every((value) => value >= 0)).toBe(true);
  });

  it('chance keeps its probability, and 0 and 1 are certain', () => {
    expect(Math.abs(mean(sample(() => Number(random.chance(0.2)))) - 0.2)).toBeLessThan(0.012);
    expect(random.chance(0)).toBe(false);
    expect(random.chance(1)).toBe(true);
  });

  it('shuffle keeps the elements, leaves its argument, and puts each anywhere', () => {
    const items = ['a', 'b', 'c', 'd'] as const;
    const firsts = new Map<string, number>();
    for (let i = 0; i < 4_000; i += 1) {
      const shuffled = random.shuffle(items);
      expect([...shuffled].sort()).toEqual([...items]);
      firsts.set(shuffled[0] ?? '', (firsts.get(shuffled[0] ?? '') ?? 0) + 1);
    }
    for (const count of firsts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(160);
    expect(items).toEqual(['a', 'b', 'c', 'd']);
    expect(random.shuffle([])).toEqual([]);
    expect(items).toContain(random.pick(items));
  });
});

describe('an id', () => {
  it('says what it is and sorts by time', async () => {
    const clock = new SteppedClock();
    const random = createRandom('ids');
    const ids: string[] = [];
    for (let i = 0; i < 50; i += 1) {
      ids.push(createId('rental', { clock, random }));
      await clock.step(1 + i * 997);
    }
    expect(ids[0]).toMatch(/^rental_[0-9a-z]{18}$/);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(50);
  });

  it('has its form at a fraction of a millisecond too', async () => {
    const clock = new SteppedClock();
    await clock.step(0.25);
    expect(createId('rental', { clock, random: createRandom(7) })).toMatch(/^rental_[0-9a-z]{18}$/);
  });
});
