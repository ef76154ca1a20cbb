// The benchmark's year is built beside the journal; a small one must be what the real writer makes of the same polls.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { compareYear } from '../../bench/market/part-year-equal.ts';

const folder = mkdtempSync(join(tmpdir(), 'vd-year-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('builds from changes the files that the writer makes of polls, and the writer goes on with them', async () => {
  const { observations, ...result } = await compareYear({ folder, days: 1, monthDays: 0.25, machines: 100 });
  expect(result).toEqual({ differences: 0, findings: [] });
  expect(observations).toBeGreaterThan(50_000);
}, 60_000);
