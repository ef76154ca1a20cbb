// Hourly medians out of a collected market, against the same question asked of the plain table of offers.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Secret, silentLog, systemClock } from '../../../src/base/std/index.ts';
import type { Config } from '../../../src/front/cli/config.ts';
import type { Context } from '../../../src/front/cli/context.ts';
import { priceHistoryOf } from '../../../src/front/cli/price-history.ts';
import { createSim, type Sim, type SimServer } from '../../../src/sim/index.ts';
import { openMarketReader } from '../../../src/watch/history/index.ts';
import { fillStore, temporaryFolder } from './cli-world.ts';

const folder = temporaryFolder();
const clock = systemClock();
const dir = join(folder.path, 'market');
/** When `fillStore` begins to collect. */
const BEGAN_MS = Date.UTC(2026, 10, 20);
const HOUR_MS = 3_600_000;
let sim: Sim;
let server: SimServer;

beforeAll(async () => {
  // Six minutes apart: three whole hours and a bit.
  await fillStore(dir, 32);
  sim = createSim({ seed: 'history', clock, offers: 20 });
  server = await sim.serve();
});
afterAll(async () => {
  await server.stop();
  await sim.close();
  folder.remove();
});

function historyIn(marketDir: string) {
  const config = {
    baseUrl: { value: `${server.url}/api/v0`, source: 'test' },
    marketDir: { value: marketDir, source: 'test' },
    apiKey: { value: new Secret('none'), source: 'test' },
  } as unknown as Config;
  return priceHistoryOf({ config, clock, log: silentLog } as unknown as Context);
}

async function plainMedians(gpus: readonly string[]): Promise<Record<string, unknown>[]> {
  await using reader = await openMarketReader({ dir, clock, log: silentLog });
  const names = gpus.map((name) => `'${name}'`).join(', ');
  const only = gpus.length === 0 ? '' : `AND gpu_name IN (${names})`;
  return await reader.rows(`
    SELECT hour * 3600000 AS hour_ms, median(dph_total_usd / num_gpus) AS price FROM (
      SELECT o.*, epoch_ms(o.ts::TIMESTAMP) // 3600000 AS hour FROM offers_raw o
      WHERE o.ts IN (SELECT min(ts) FROM polls WHERE complete GROUP BY ts_ms // 3600000)
    ) WHERE rentable = 1 AND type = 'on-demand' AND num_gpus = 1 ${only} GROUP BY 1 ORDER BY 1`);
}

const ASKED = {
  gpuCount: 1,
  rentalType: 'on-demand',
  sinceMs: BEGAN_MS,
  untilMs: BEGAN_MS + 24 * HOUR_MS,
} as const;

it.each([
  [[]],
  [['RTX 4090', 'RTX 3090']],
])('the medians of %j are those of the plain table', async (gpus) => {
  const found = await historyIn(dir)({ ...ASKED, gpus });
  const wanted = await plainMedians(gpus);
  expect(wanted.length).toBeGreaterThanOrEqual(3);
  expect(found).toEqual(
    wanted.map((row) => ({ hourMs: Number(row.hour_ms), medianPerGpuHour: Number(row.price) })),
  );
});

it('a window leaves the other hours out, and a name with a quote in it is only a name', async () => {
  const window = { sinceMs: BEGAN_MS + HOUR_MS, untilMs: BEGAN_MS + 2 * HOUR_MS };
  const found = await historyIn(dir)({ ...ASKED, gpus: [], ...window });
  expect(found?.map(({ hourMs }) => hourMs)).toEqual([BEGAN_MS + HOUR_MS]);
  expect(await historyIn(dir)({ ...ASKED, gpus: ["RTX 4090') OR ('1'='1"] })).toEqual([]);
});

it('there is none where no market was collected', async () => {
  expect(await historyIn(join(folder.path, 'nowhere'))({ ...ASKED, gpus: [] })).toBeUndefined();
});
