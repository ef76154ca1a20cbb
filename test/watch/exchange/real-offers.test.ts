// Offers that other people captured from the live market, once a day over 21 days with holes, put into a file as
// VastWatch writes it. Skipped where they are absent: they are not part of the project.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DAY_MS, SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import { exportMarket, importMarket } from '../../../src/watch/exchange/index.ts';
import { openMarketReader } from '../../../src/watch/history/index.ts';
import { aRow, COLUMNS, type Row, writeSqlite } from './vastwatch-files.ts';

const SERIES = new URL(
  '../../../../shared/data/vast-offers-eu-2026/vast_offers_daily.jsonl.gz',
  import.meta.url,
);

interface Captured {
  readonly ts_utc: string;
  readonly id: number;
  readonly machine_id: number;
  readonly gpu_name: string;
  readonly num_gpus: number;
  readonly dph_total: number;
  readonly geolocation: string;
  readonly verification: string;
  readonly rentable: boolean;
  readonly rented: boolean;
  readonly reliability: number;
  readonly gpu_ram: number;
}

function capturedRows(): Row[] {
  const lines = gunzipSync(readFileSync(SERIES)).toString('utf8').trim().split('\n');
  return lines.map((line) => {
    const offer = JSON.parse(line) as Captured;
    return aRow({
      ts: offer.ts_utc,
      offer_id: offer.id,
      machine_id: offer.machine_id,
      gpu_name: offer.gpu_name,
      num_gpus: offer.num_gpus,
      gpu_frac: null,
      gpu_total_ram_gb: (offer.gpu_ram * offer.num_gpus) / 1024,
      dph_total_usd: offer.dph_total,
      reliability2: offer.reliability,
      geolocation: offer.geolocation,
      type: 'on-demand',
      rentable: offer.rentable ? 1 : 0,
      rented: offer.rented ? 1 : 0,
      verified: offer.verification === 'verified' ? 1 : 0,
      deverified: offer.verification === 'deverified' ? 1 : 0,
      availability_state: offer.rentable ? 'available' : 'unavailable',
    });
  });
}

describe.skipIf(!existsSync(SERIES))('the 21 days of European offers', () => {
  it('come back exactly, with a day for the interval and holes left as holes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vastdeck-real-'));
    try {
      const world = { clock: new SteppedClock(), log: silentLog };
      const rows = capturedRows();
      const source = join(folder, 'eu.db');
      const dir = join(folder, 'eu.market');
      writeSqlite(source, rows);
      const result = await importMarket({ source, dir, ...world });
      const polls = new Set(rows.map((row) => row.ts)).size;
      expect(result).toMatchObject({ pollsImported: polls, rowsRefused: 0, proof: { polls } });
      expect(result.proof.rows + result.duplicates).toBe(rows.length);
      expect(Math.abs(result.intervalMs - DAY_MS)).toBeLessThan(DAY_MS / 10);

      await using reader = await openMarketReader({ dir, ...world });
      const found = await reader.rows(`SELECT ${COLUMNS.join(', ')} FROM offers_raw`);
      const byPollAndOffer = (list: readonly Record<string, unknown>[]) =>
        new Map(list.map((row) => [JSON.stringify([row.ts, row.offer_id]), { ...row }]));
      expect(byPollAndOffer(found)).toEqual(byPollAndOffer(rows));

      await exportMarket({ dir, format: 'parquet', out: join(folder, 'eu.parquet'), ...world });
      const again = await importMarket({
        source: join(folder, 'eu.parquet'),
        dir: join(folder, 'again.market'),
        ...world,
      });
      expect(again.proof).toEqual(result.proof);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
