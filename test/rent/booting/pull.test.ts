// How far a pull is by Docker's lines, and when it will be over.
import { describe, expect, it } from 'vitest';
import {
  expectPull,
  isSurelyTooSlow,
  leftOfPull,
  shareOf,
} from '../../../src/rent/rental/booting/pull-estimate.ts';
import { readPullProgress } from '../../../src/rent/rental/booting/pull-progress.ts';

const MINUTE = 60_000;

describe('reading', () => {
  it('lines of layers add up, in any order, and shares never go back', () => {
    const progress = readPullProgress([
      'latest: Pulling from pytorch/pytorch',
      'a1b2c3d4e5f6: Pulling fs layer',
      'b1b2c3d4e5f6: Waiting',
      'a1b2c3d4e5f6: Downloading [====>      ]  40MB/100MB',
      'b1b2c3d4e5f6: Downloading [>          ]  512kB/1.0GB',
      'a1b2c3d4e5f6: Download complete',
      'a1b2c3d4e5f6: Extracting [=====>     ]  50MB/100MB',
      'a1b2c3d4e5f6: Downloading [====>      ]  40MB/100MB',
      'c1b2c3d4e5f6: Already exists',
      'd1b2c3d4e5f6: Pulling fs layer',
    ]);
    expect(progress).toEqual({
      layers: 4,
      unsized: 1,
      totalBytes: 1.1e9,
      downloadedBytes: 100e6 + 512e3,
      extractedBytes: 50e6,
      isDone: false,
    });
  });

  it('lines that overwrite themselves count one by one, and a pull that begins anew counts from there', () => {
    const progress = readPullProgress([
      'a1b2c3d4e5f6: Downloading 1MB/10MB\ra1b2c3d4e5f6: Downloading 9MB/10MB\r\n',
      'latest: Pulling from a/b',
      'e1b2c3d4e5f6: Downloading [=> ] 2.5MiB/5MiB',
    ]);
    expect(progress).toMatchObject({ layers: 1, totalBytes: 5e6, downloadedBytes: 2.5e6 });
  });

  it.each([
    'Status: Downloaded newer image for a/b:1',
    'Status: Image is up to date for a/b:1',
  ])('%j ends a pull', (line) => expect(readPullProgress([line])).toMatchObject({ isDone: true }));

  it('other lines tell nothing', () => {
    const lines = ['', 'success, running a/b', 'container a1b2c3d4e5f6: started', 'latest: Pulling from a/b'];
    expect(readPullProgress(lines)).toBeUndefined();
    expect(readPullProgress([])).toBeUndefined();
  });
});

const progress = (share: number, more: object = {}) => ({
  layers: 4,
  unsized: 0,
  totalBytes: 4e9,
  downloadedBytes: share * 4e9,
  extractedBytes: share * 4e9,
  isDone: false,
  ...more,
});

describe('expecting', () => {
  it('a larger image takes longer, a faster line shorter, and what was seen before counts most', () => {
    const likely = (facts: Parameters<typeof expectPull>[0]) => expectPull(facts).likelyMs;
    expect(likely({ imageGb: 8, downloadMbps: 500 })).toBeGreaterThan(
      likely({ imageGb: 4, downloadMbps: 500 }),
    );
    expect(likely({ imageGb: 4, downloadMbps: 100 })).toBeGreaterThan(
      likely({ imageGb: 4, downloadMbps: 500 }),
    );
    // 4 GB at 250 of 500 Mbps: 128 s; a minute to unpack.
    expect(likely({ imageGb: 4, downloadMbps: 500 })).toBe(188_000);
    expect(likely({ imageGb: 4, downloadMbps: 500, seenPullSeconds: 30 })).toBe(30_000);
    // No registry gives more than 1 Gbps.
    expect(likely({ imageGb: 4, downloadMbps: 100_000 })).toBe(92_000);
  });

  it('an image of unknown size has the wider interval', () => {
    const known = expectPull({ imageGb: 4, downloadMbps: 500 });
    const unknown = expectPull({ downloadMbps: 500 });
    expect(unknown.likelyMs).toBe(known.likelyMs);
    expect(unknown.mostMs).toBeGreaterThan(known.mostMs);
  });
});

describe('what is left', () => {
  const expected = expectPull({ imageGb: 4, downloadMbps: 500 });

  it('is what is expected before the first line, and half of a wait that is longer than that', () => {
    const at = (ms: number) => leftOfPull({ expected, sinceMs: 0 }, ms);
    expect(at(0)).toEqual(expected);
    expect(at(60_000).likelyMs).toBe(128_000);
    expect(at(600_000).likelyMs).toBe(300_000);
  });

  it('is read off the pull itself, and becomes narrower', () => {
    const at = (share: number, nowMs: number) => {
      const last = { atMs: nowMs, progress: progress(share) };
      return leftOfPull({ expected, sinceMs: 0, first: last, last }, nowMs);
    };
    expect(at(0.25, MINUTE).likelyMs).toBeCloseTo(3 * MINUTE, 3);
    const width = ({ leastMs, mostMs }: ReturnType<typeof at>) => mostMs - leastMs;
    expect(width(at(0.9, 4 * MINUTE))).toBeLessThan(width(at(0.25, MINUTE)));
    expect(at(0.01, MINUTE).likelyMs).toBe(expected.likelyMs - MINUTE);
  });

  it('is nothing when the image is there', () => {
    const last = { atMs: 1, progress: progress(0.2, { isDone: true }) };
    expect(leftOfPull({ expected, sinceMs: 0, first: last, last }, 5)).toMatchObject({
      likelyMs: 0,
      mostMs: 0,
    });
  });

  it('counts layers that have not begun as the mean of the others, and says nothing of few', () => {
    expect(shareOf(progress(0.5, { unsized: 2 }))).toBeCloseTo(0.25, 9);
    expect(shareOf(progress(0.5, { unsized: 3 }))).toBeUndefined();
  });
});

describe('too slow', () => {
  const at = (changes: object) =>
    isSurelyTooSlow(
      {
        expected: expectPull({}),
        sinceMs: 0,
        first: { atMs: 2 * MINUTE, progress: progress(0.01) },
        last: { atMs: 10 * MINUTE, progress: progress(0.02) },
        ...changes,
      },
      30 * MINUTE,
    );

  it('is a pull that was watched for long and cannot end in time at three times its speed', () => {
    expect(at({})).toBe(true);
    // A quarter in ten minutes is 90 % in twelve at three times the speed.
    expect(at({ last: { atMs: 10 * MINUTE, progress: progress(0.25) } })).toBe(false);
  });

  it('is not one that was seen for a short time, that begins, or that nobody has seen', () => {
    expect(at({ first: { atMs: 8 * MINUTE, progress: progress(0.01) } })).toBe(false);
    expect(at({ sinceMs: 6 * MINUTE })).toBe(false);
    expect(at({ first: undefined, last: undefined })).toBe(false);
    expect(at({ last: { atMs: 10 * MINUTE, progress: progress(0.02, { isDone: true }) } })).toBe(false);
  });

  it('is one that stands still', () => {
    expect(
      at({
        first: { atMs: 2 * MINUTE, progress: progress(0) },
        last: { atMs: 10 * MINUTE, progress: progress(0) },
      }),
    ).toBe(true);
  });
});
