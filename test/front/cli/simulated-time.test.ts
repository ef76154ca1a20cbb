// When a simulated market runs fast and when it keeps pace: on a table of stores, new and left behind.
import { expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../src/base/std/index.ts';
import { planTime } from '../../../src/front/cli/simulated-time.ts';

const NOW = Date.UTC(2026, 10, 22);
const MINUTE_MS = 60_000;
const settings = { backfillMs: DAY_MS, paceMs: DAY_MS, intervalMs: 6 * MINUTE_MS };
const plan = (lastPollMs?: number) => planTime(settings, { nowMs: NOW, lastPollMs });

it('of a new store fills in the asked-for past at full speed, up to where the paced time begins', () => {
  expect(plan()).toEqual({
    startMs: NOW - 2 * DAY_MS,
    resumeMs: undefined,
    fullSpeedUntilMs: NOW - DAY_MS,
  });
});

it('of a store whose past was not filled in to its end goes on where it ended, at full speed', () => {
  const last = NOW - 2 * DAY_MS + HOUR_MS;
  expect(plan(last)).toMatchObject({ resumeMs: last + 6 * MINUTE_MS, fullSpeedUntilMs: NOW - DAY_MS });
});

it('of a store that was left in the paced time goes on where it ended, at the pace', () => {
  const { resumeMs, fullSpeedUntilMs } = plan(NOW - 5 * HOUR_MS);
  expect(resumeMs).toBe(NOW - 5 * HOUR_MS + 6 * MINUTE_MS);
  expect(resumeMs).toBeGreaterThan(fullSpeedUntilMs);
});

it.each([
  ['two days less an interval', 2 * DAY_MS - MINUTE_MS, NOW - 2 * DAY_MS + 7 * MINUTE_MS],
  ['two days and an interval', 2 * DAY_MS + 6 * MINUTE_MS, NOW - 2 * DAY_MS],
  ['a month', 30 * DAY_MS, NOW - 2 * DAY_MS],
])('of a store that was left for %s leaves out what is older than two days', (_words, agoMs, resumeMs) => {
  expect(plan(NOW - agoMs).resumeMs).toBe(resumeMs);
});
