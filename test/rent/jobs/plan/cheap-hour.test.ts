// Whether a job that may wait begins now: only what weeks of history show beyond their noise makes it wait.
import { describe, expect, it } from 'vitest';
import { createRandom, DAY_MS, HOUR_MS } from '../../../../src/base/std/index.ts';
import { type CheapHour, decideCheapHour, type HourlyPrice } from '../../../../src/rent/jobs/index.ts';

const MIDNIGHT = Date.UTC(2026, 10, 22);
/** Twenty past seven in the evening; a job that has to begin by eight the next morning has 13 beginnings of an hour left. */
const NOW = MIDNIGHT + 19 * HOUR_MS + 20 * 60_000;
const BY_EIGHT = MIDNIGHT + 32 * HOUR_MS;

interface Market {
  readonly days?: number;
  /** Dollars of an hour of the day, UTC. */
  readonly price: (hour: number, day: number) => number;
  readonly noise?: number;
}

function historyOf({ days = 21, price, noise = 0 }: Market): readonly HourlyPrice[] {
  const dice = createRandom('prices');
  const first = Math.floor(NOW / HOUR_MS) - days * 24;
  return Array.from({ length: days * 24 }, (_, at) => {
    const hour = first + at;
    const medianPerGpuHour = price(hour % 24, Math.floor(at / 24)) + noise * (dice.next() - 0.5);
    return { hourMs: hour * HOUR_MS, medianPerGpuHour };
  });
}

function decide(history: readonly HourlyPrice[] | undefined, overrides = {}): CheapHour {
  return decideCheapHour({
    history,
    nowMs: NOW,
    latestMs: BY_EIGHT,
    durationMs: 8 * HOUR_MS,
    gpuCount: 2,
    ...overrides,
  });
}

const cheapAtThree = (hour: number) => (hour === 3 ? 0.3 : 0.4);

describe('A job that may wait', () => {
  it('waits for the hour that was cheaper on every day, and says by how much', () => {
    const decided = decide(historyOf({ price: cheapAtThree, noise: 0.02 }));
    expect(decided).toMatchObject({ kind: 'wait', startAtMs: MIDNIGHT + 27 * HOUR_MS });
    expect(decided.figures).toMatchObject({ hour: 3, days: 21 });
    expect(decided.figures?.savedPerGpuHour).toBeCloseTo(0.1, 2);
    // Two GPUs for eight hours at the price of the beginning.
    expect(decided.figures?.savedUsd).toBeCloseTo(1.6, 1);
    expect(decided.sentence).toMatch(
      /^waits until 2026-11-23 03:00 UTC: over 21 days that hour was \$0\.\d+ ± \$0\.00\d+ a GPU-hour \(2\d %\) below this one, about \$1\.\d\d in 8h$/,
    );
  });

  it('is not misled by a market that rose or fell over the weeks', () => {
    const falling = (hour: number, day: number) => cheapAtThree(hour) + (20 - day) * 0.05;
    expect(decide(historyOf({ price: falling }))).toMatchObject({
      kind: 'wait',
      startAtMs: MIDNIGHT + 27 * HOUR_MS,
    });
    expect(decide(historyOf({ price: (_hour, day) => 1 - day * 0.01 }))).toMatchObject({ kind: 'now' });
  });

  it('starts now where the days differ more than the hours', () => {
    const decided = decide(historyOf({ price: () => 0.4, noise: 0.2 }));
    expect(decided.kind).toBe('now');
    expect(decided.sentence).toMatch(
      /^starts now: none of the 13 hours that are left is cheaper beyond the noise; the best, 2026-11-2\d \d\d:00 UTC: over/,
    );
  });

  it('is deceived by chance alone in at most one of twenty markets', () => {
    let waits = 0;
    for (let market = 0; market < 200; market += 1) {
      const dice = createRandom(`market ${market}`);
      const history = historyOf({ days: 14, price: () => 0.4 }).map((each) => ({
        ...each,
        medianPerGpuHour: 0.4 + 0.1 * (dice.next() - 0.5),
      }));
      if (decide(history).kind === 'wait') waits += 1;
    }
    expect(waits).toBeLessThanOrEqual(10);
  });

  it.each([
    [14, 'wait'],
    [13, 'now'],
  ])('with %i days of history decides to %s', (days, kind) => {
    const decided = decide(historyOf({ days, price: cheapAtThree }));
    expect(decided.kind).toBe(kind);
    if (kind === 'now')
      expect(decided.sentence).toMatch(/told from 14 days of prices on, and 13 of the last 28/);
  });

  it.each([
    [0.0079, 'now'],
    [0.0081, 'wait'],
  ])('waits for a saving of %f dollars of 0.4: %s', (saved, kind) => {
    const price = (hour: number) => (hour === 3 ? 0.4 - saved : 0.4);
    expect(decide(historyOf({ price })).kind).toBe(kind);
  });

  it('starts now without history, with an old one, and where no full hour begins before it must start', () => {
    expect(decide(undefined).sentence).toMatch(/no price history of these GPUs is here/);
    expect(decide([]).sentence).toMatch(/no price history/);
    const old = historyOf({ price: cheapAtThree }).map((each) => ({
      ...each,
      hourMs: each.hourMs - 60 * DAY_MS,
    }));
    expect(decide(old).sentence).toMatch(/and 0 of the last 28/);
    const history = historyOf({ price: cheapAtThree });
    const untilBefore = (ms: number) => decide(history, { latestMs: MIDNIGHT + 20 * HOUR_MS - ms }).sentence;
    expect(untilBefore(1)).toMatch(/no full hour begins/);
    expect(untilBefore(0)).toMatch(/the one hour that is left is not cheaper/);
    // Three in the morning comes after it has to start.
    expect(decide(history, { latestMs: MIDNIGHT + 27 * HOUR_MS - 1 }).kind).toBe('now');
    expect(decide(history, { latestMs: MIDNIGHT + 27 * HOUR_MS }).kind).toBe('wait');
  });

  it('looks no further than a day ahead, whatever it may wait for', () => {
    const decided = decide(historyOf({ price: cheapAtThree }), { latestMs: NOW + 5 * DAY_MS });
    expect(decided).toMatchObject({ kind: 'wait', startAtMs: MIDNIGHT + 27 * HOUR_MS });
  });

  it('says no sum where nobody knows how long it runs', () => {
    const decided = decide(historyOf({ price: cheapAtThree }), { durationMs: undefined });
    expect(decided.figures?.savedUsd).toBeUndefined();
    expect(decided.sentence).not.toContain('about');
  });
});
