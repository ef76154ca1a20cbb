// What an adoption and a bid come to before anybody is asked: pure, with both sides of each limit.
import { describe, expect, it } from 'vitest';
import { planAdoption, planRebid } from '../../../src/rent/rental/index.ts';
import { anInstance, aRental, HOUR, NOW } from './an-instance.ts';

/** A quarter of an hour until a destroy is through, and a day of its disk. */
const FIXED_USD = 0.5 / 4 + 0.036 * 24;

describe('An adoption', () => {
  const plan = (budgetUsd: number, given: Parameters<typeof anInstance>[0] = {}, untilMs?: number) =>
    planAdoption(anInstance(given), { budgetUsd, idleMs: undefined, untilMs }, NOW);

  it('lasts as long as its budget, less the destroy and a day of disk', () => {
    const { untilMs, lease, budget, name } = plan(FIXED_USD + 2);
    expect(untilMs - NOW).toBeCloseTo(4 * HOUR, -1);
    expect(lease).toBe(budget);
    expect(name).toBe('theirs');
  });

  it('ends when it is said, and leaves the rest of the money to its traffic', () => {
    const { untilMs, lease, budget } = plan(FIXED_USD + 2, {}, NOW + HOUR);
    expect(untilMs).toBe(NOW + HOUR);
    expect(budget - lease).toBe(1_500_000);
  });

  it('leaves a tenth of its time to the traffic where that costs and no end is said', () => {
    const { untilMs, lease, budget } = plan(FIXED_USD + 2, { uploadPricePerGb: 0.01 });
    expect(untilMs - NOW).toBeCloseTo(3.6 * HOUR, -1);
    expect(budget - lease).toBeCloseTo(200_000, -1);
  });

  it('ends with its contract', () => {
    expect(plan(100, { endsAtMs: NOW + 2 * HOUR }).untilMs).toBe(NOW + 2 * HOUR);
    expect(() => plan(100, { endsAtMs: NOW + HOUR / 10 })).toThrow('ends in less than 10 minutes');
  });

  it('takes ten minutes at least, and says what that costs', () => {
    const least = FIXED_USD + 0.5 / 6;
    expect(plan(least + 0.0001).untilMs - NOW).toBeGreaterThanOrEqual(HOUR / 6);
    expect(() => plan(least - 0.01)).toThrow('it takes $1.08; raise --budget');
  });

  it('is refused for longer than its budget lasts', () => {
    expect(plan(FIXED_USD + 1, {}, NOW + 2 * HOUR).untilMs).toBe(NOW + 2 * HOUR);
    expect(() => plan(FIXED_USD + 1, {}, NOW + 2 * HOUR + 60_000)).toThrow(
      'raise --budget, or shorten --until',
    );
  });

  it('is refused for what cannot be entered, or has no price', () => {
    const stopped = { actualStatus: 'exited', intendedStatus: 'stopped', currentState: 'stopped' } as const;
    expect(() => plan(5, stopped)).toThrow('Instance 7 is stopped');
    expect(() => plan(5, { pricePerHour: null })).toThrow('does not say what instance 7 costs');
  });

  it('gives a name to one that has none', () => {
    expect(plan(5, { label: null }).name).toBe('adopted-7');
    expect(plan(5, { label: 'x'.repeat(300) }).name).toHaveLength(180);
  });
});

describe('A bid', () => {
  const bidding = anInstance({ isInterruptible: true, gpuPricePerHour: 0.2 });

  it('that is higher sets the difference aside until the end of the lease and its destroy', () => {
    const plan = planRebid({ instance: bidding, rental: aRental(), nowMs: NOW }, 0.3);
    expect(plan).toMatchObject({ fromPerHour: 0.2, toPerHour: 0.3, extra: 325_000 });
  });

  it('that is lower, or for what no lease covers, sets nothing aside', () => {
    expect(planRebid({ instance: bidding, rental: aRental(), nowMs: NOW }, 0.1).extra).toBe(0);
    expect(planRebid({ instance: bidding, rental: undefined, nowMs: NOW }, 0.3).extra).toBe(0);
  });

  it('that shall win is a little more than the least that does', () => {
    expect(planRebid({ instance: bidding, rental: undefined, nowMs: NOW }, 'win').toPerHour).toBe(0.306);
    const unknown = anInstance({ isInterruptible: true, minBidPerHour: null });
    expect(() => planRebid({ instance: unknown, rental: undefined, nowMs: NOW }, 'win')).toThrow(
      'does not say what bid wins',
    );
  });

  it('for a fixed price is refused', () => {
    expect(() => planRebid({ instance: anInstance(), rental: undefined, nowMs: NOW }, 0.3)).toThrow(
      'not interruptible',
    );
  });
});
