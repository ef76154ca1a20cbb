// Quiet hours and mornings by the clocks of a zone, on the days when those change too.
import { describe, expect, it } from 'vitest';
import { nextLocalMinute, quietUntilMs } from '../../../src/net/notify/local-time.ts';

const at = (iso: string) => Date.parse(iso);
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
const night = { fromMinute: 22 * 60, toMinute: 7 * 60, timeZone: 'Europe/Berlin' };
const noon = { fromMinute: 12 * 60, toMinute: 13 * 60, timeZone: 'UTC' };

describe('quiet hours', () => {
  it.each([
    ['before they begin', night, '2026-01-01T20:59:59.999Z', undefined],
    ['when they begin', night, '2026-01-01T21:00:00.000Z', '2026-01-02T06:00:00.000Z'],
    ['after midnight', night, '2026-01-01T23:30:00.000Z', '2026-01-02T06:00:00.000Z'],
    ['just before they end', night, '2026-01-02T05:59:59.999Z', '2026-01-02T06:00:00.000Z'],
    ['when they end', night, '2026-01-02T06:00:00.000Z', undefined],
    ['within a day, before', noon, '2026-01-01T11:59:59.999Z', undefined],
    ['within a day, in', noon, '2026-01-01T12:00:00.000Z', '2026-01-01T13:00:00.000Z'],
    ['within a day, after', noon, '2026-01-01T13:00:00.000Z', undefined],
    ['in the night that is an hour shorter', night, '2026-03-28T22:00:00.000Z', '2026-03-29T05:00:00.000Z'],
    ['in the night that is an hour longer', night, '2026-10-24T21:00:00.000Z', '2026-10-25T06:00:00.000Z'],
  ])('%s', (_when, hours, now, until) => {
    expect(iso(quietUntilMs(at(now), hours))).toBe(until);
  });
});

describe('the next time of day', () => {
  it.each([
    ['later today', '2026-01-01T03:00:30.500Z', 'UTC', '2026-01-01T08:00:00.000Z'],
    ['tomorrow when it is that minute now', '2026-01-01T08:00:00.000Z', 'UTC', '2026-01-02T08:00:00.000Z'],
    ['in a zone with half hours', '2026-01-01T03:00:00.000Z', 'Asia/Kolkata', '2026-01-02T02:30:00.000Z'],
    ['over the change to summer', '2026-03-28T12:00:00.000Z', 'Europe/Berlin', '2026-03-29T06:00:00.000Z'],
    ['over the change to winter', '2026-10-24T12:00:00.000Z', 'Europe/Berlin', '2026-10-25T07:00:00.000Z'],
  ])('%s', (_when, now, zone, expected) => {
    expect(iso(nextLocalMinute(at(now), 8 * 60, zone))).toBe(expected);
  });
});
