import { describe, expect, it } from 'vitest';
import { checkInterval, IntervalTooShortError, nextDueMs } from '../../../src/watch/collector/interval.ts';

const live = { kind: 'live', url: 'https://console.vast.ai/api/v0' } as const;

describe('checkInterval', () => {
  it('refuses less than a minute for the live service, and says why', () => {
    expect(() => checkInterval({ intervalMs: 59_999, origin: live })).toThrow(IntervalTooShortError);
    expect(() => checkInterval({ intervalMs: 30_000, origin: live })).toThrow(
      /30\s?s .*console\.vast\.ai.*10 searches a minute.*at least 60 s/,
    );
    expect(() => checkInterval({ intervalMs: 60_000, origin: live })).not.toThrow();
  });

  it('allows any positive interval for a simulated market, and nothing else', () => {
    const origin = { kind: 'simulated', seed: '7' } as const;
    expect(() => checkInterval({ intervalMs: 1, origin })).not.toThrow();
    for (const intervalMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => checkInterval({ intervalMs, origin })).toThrow(IntervalTooShortError);
    }
  });
});

describe('nextDueMs', () => {
  it('is an interval after the last one was due, not after it ended', () => {
    expect(nextDueMs({ lastDueMs: 1_000, intervalMs: 360_000, nowMs: 50_000 })).toBe(361_000);
  });

  it('is now when the sweep took longer than the interval', () => {
    expect(nextDueMs({ lastDueMs: 1_000, intervalMs: 360_000, nowMs: 361_000 })).toBe(361_000);
    expect(nextDueMs({ lastDueMs: 1_000, intervalMs: 360_000, nowMs: 900_000 })).toBe(900_000);
  });
});
