// Goal: what is exported of a made-up market says so, and cannot become a live store again.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import { type ExportFormat, exportMarket, importMarket } from '../../../src/watch/exchange/index.ts';
import { type Origin, openMarketReader } from '../../../src/watch/history/index.ts';
import { COLUMNS, someRows, writeSqlite } from './vastwatch-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vastdeck-mark-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const world = () => ({ clock: new SteppedClock(), log: silentLog });
const rows = someRows({ seed: 'mark', polls: 6, offers: 4 });
const SEED = "it's 42";

async function exportFrom(origin: Origin, format: ExportFormat): Promise<string> {
  writeSqlite(at('a.db'), rows);
  await importMarket({ source: at('a.db'), dir: at('a.market'), origin, ...world() });
  await exportMarket({ dir: at('a.market'), format, out: at(`out.${format}`), ...world() });
  return at(`out.${format}`);
}

async function storedRows(dir: string): Promise<unknown> {
  await using reader = await openMarketReader({ dir, ...world() });
  return await reader.rows(`SELECT ${COLUMNS.join(', ')} FROM offers_raw ORDER BY ALL`);
}

it.each([
  'parquet',
  'sqlite',
] as const)('a simulated market comes back from %s as the same one, and as no other', async (format) => {
  const source = await exportFrom({ kind: 'simulated', seed: SEED }, format);
  for (const origin of [
    { kind: 'live', url: 'https://console.vast.ai' },
    { kind: 'simulated', seed: 'another' },
    { kind: 'import', name: 'mine' },
  ] as const) {
    const dir = at('refused.market');
    await expect(importMarket({ source, dir, origin, ...world() })).rejects.toThrow(
      `holds a simulated market (seed ${SEED}), which cannot be imported as ${origin.kind}`,
    );
  }
  const result = await importMarket({ source, dir: at('b.market'), ...world() });
  expect(result.origin).toEqual({ kind: 'simulated', seed: SEED });
  expect(await storedRows(at('b.market'))).toEqual(await storedRows(at('a.market')));
});

it.each([
  'parquet',
  'sqlite',
] as const)('a market that is not simulated has no mark in %s', async (format) => {
  const source = await exportFrom({ kind: 'live', url: 'https://console.vast.ai' }, format);
  const result = await importMarket({ source, dir: at('b.market'), ...world() });
  expect(result.origin).toEqual({ kind: 'import', name: `out.${format}` });
});

it.each([
  { origin: { kind: 'simulated', seed: SEED }, marked: true },
  { origin: { kind: 'live', url: 'https://console.vast.ai' }, marked: false },
] as const)('every series of OpenMetrics says whether its market is made up ($origin.kind)', async ({
  origin,
  marked,
}) => {
  const text = readFileSync(await exportFrom(origin, 'openmetrics'), 'utf8');
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(samples.length).toBeGreaterThan(10);
  expect(samples.filter((line) => line.includes(',simulated="true"}') !== marked)).toEqual([]);
});
