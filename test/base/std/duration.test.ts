// Durations and times as people type them, and the sentences for what is neither.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DAY_MS,
  formatDuration,
  formatIso,
  HOUR_MS,
  parseDuration,
  parseTime,
} from '../../../src/base/std/index.ts';

describe('a duration', () => {
  it.each([
    ['90s', 90_000],
    ['6m', 360_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['1 h 30 m', 5_400_000],
    ['7d', 7 * DAY_MS],
    ['2w', 14 * DAY_MS],
    ['250ms', 250],
    ['1.5h', 5_400_000],
    [' 5M ', 300_000],
    ['0s', 0],
  ])('is read from "%s"', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each([
    '',
    'soon',
    '5',
    's',
    '-5m',
    '5x',
    '5m and 3s',
    '1m30',
    'x5m',
    '5mm',
    '1..5h',
    '1h;2m',
    '٣h',
  ])('is not "%s", and the sentence shows how to write one', (text) => {
    expect(() => parseDuration(text)).toThrow(RangeError);
    expect(() => parseDuration(text)).toThrow(`"${text}" is not a duration; write it like 90s`);
  });

  it.each([
    [0, '0ms'],
    [420, '420ms'],
    [999.4, '999ms'],
    [999.7, '1s'],
    [59_999, '1m'],
    [725_000, '12m 5s'],
    [HOUR_MS, '1h'],
    [DAY_MS + 300_000, '1d'],
    [3 * DAY_MS + 4 * HOUR_MS + 59 * 60_000, '3d 4h'],
    [-90_000, '-1m 30s'],
    [Number.POSITIVE_INFINITY, '∞'],
    [Number.NaN, 'unknown'],
  ])('of %d ms is written %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('is read back from how it is written, to within what two units can say', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * DAY_MS }), (ms) => {
        const back = parseDuration(formatDuration(ms));
        const unitMs = ms >= DAY_MS ? DAY_MS : ms >= HOUR_MS ? 60_000 * 60 : 1_000;
        expect(Math.abs(back - ms)).toBeLessThanOrEqual(unitMs);
        expect(formatDuration(back)).toBe(formatDuration(ms));
      }),
    );
  });
});

describe('a time', () => {
  const now = Date.UTC(2026, 10, 20, 14, 32, 10, 500);
  const today = Date.UTC(2026, 10, 20);

  it.each([
    ['now', now],
    ['today', today],
    ['Yesterday', today - DAY_MS],
    ['7d', now - 7 * DAY_MS],
    ['12h ago', now - 12 * HOUR_MS],
    ['9:05', today + 9 * HOUR_MS + 300_000],
    ['23:59', today + 23 * HOUR_MS + 59 * 60_000],
    ['2026-11-01', Date.UTC(2026, 10, 1)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['2026-11-01 08:00', Date.UTC(2026, 10, 1, 8)],
    ['2026-11-01T08:00:01Z', Date.UTC(2026, 10, 1, 8, 0, 1)],
    ['2026-11-01t08:00:00.250z', Date.UTC(2026, 10, 1, 8, 0, 0, 250)],
    ['2026-11-01T08:00+02:00', Date.UTC(2026, 10, 1, 6)],
    ['2026-11-01 08:00 -0130', Date.UTC(2026, 10, 1, 9, 30)],
  ])('is read from "%s"', (text, ms) => expect(parseTime(text, now)).toBe(ms));

  it.each([
    'tomorrow',
    '24:00',
    '9:60',
    '2026-13-01',
    '2026-02-29',
    '2026-02-30',
    '2026-11-20junk',
    '2026-11-20T25:00',
    '2026-11-20TXYZ',
    '2026-11-20 JUNKT12:00',
    '5 minutes',
    '',
    '99999999d',
    '-1d',
  ])('is not "%s", and the sentence shows how to write one', (text) => {
    expect(() => parseTime(text, now)).toThrow(RangeError);
    expect(() => parseTime(text, now)).toThrow(`"${text}" is not a time; write it like 7d`);
  });

  it('leaves as ISO 8601 in UTC and is read back exactly', () => {
    expect(formatIso(today)).toBe('2026-11-20T00:00:00Z');
    expect(formatIso(now)).toBe('2026-11-20T14:32:10.500Z');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (ms) => {
        expect(parseTime(formatIso(ms), now)).toBe(ms);
      }),
    );
  });
});
