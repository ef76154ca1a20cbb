// What GPUs have cost, hour by hour, from the market that was collected here: for jobs that may wait for a cheap hour.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HourlyPrice, PriceHistory } from '../../rent/jobs/index.ts';
import { openMarketReader } from '../../watch/history/index.ts';
import { runSql } from '../../watch/queries/index.ts';
import type { Context } from './context.ts';
import { askAddress } from './origin.ts';
import { liveMarketDir, simulatedMarketDir } from './store-place.ts';

/**
 * The median of each hour's first whole poll: of the offers with these GPUs, so many in one machine, that could be
 * rented then. Spans are cut to the window before they are joined.
 */
const HOURLY_MEDIANS = `
WITH hours AS (
  SELECT CAST(floor(ts_ms / 3600000) AS BIGINT) AS hour, min(poll) AS poll
  FROM polls WHERE ts_ms >= :since_ms AND ts_ms < :until_ms AND complete GROUP BY 1
),
bounds AS (SELECT min(poll) AS first_poll, max(poll) AS last_poll FROM hours),
wanted AS (
  SELECT a.line, a.f, a.f + a.dur AS e, a.num_gpus
  FROM attr_spans a, bounds b
  WHERE a.f <= b.last_poll AND a.f + a.dur > b.first_poll AND a.num_gpus = :gpu_count
    AND (:gpus = '' OR list_contains(string_split(:gpus, chr(10)), a.gpu_name))
    AND (a.line & 15) IN (SELECT code FROM types WHERE type = :type)
),
lines AS (SELECT DISTINCT line FROM wanted),
rentable AS (
  SELECT s.line, s.f, s.f + s.dur AS e FROM state_spans s, bounds b
  WHERE s.f <= b.last_poll AND s.f + s.dur > b.first_poll AND s.s < 254 AND s.s % 3 = 1
    AND s.line IN (SELECT line FROM lines)
),
priced AS (
  SELECT p.line, p.f, p.f + p.dur AS e, p.dph_total FROM price_spans p, bounds b
  WHERE p.f <= b.last_poll AND p.f + p.dur > b.first_poll AND p.line IN (SELECT line FROM lines)
)
SELECT h.hour * 3600000 AS hour_ms, median(p.dph_total / w.num_gpus) AS median_per_gpu_hour
FROM hours h
JOIN wanted w ON h.poll >= w.f AND h.poll < w.e
JOIN rentable s ON s.line = w.line AND h.poll >= s.f AND h.poll < s.e
JOIN priced p ON p.line = w.line AND h.poll >= p.f AND h.poll < p.e
GROUP BY 1 ORDER BY 1`;

/** Of the store that belongs to the address: what was simulated says nothing of the live market, nor the other way. */
export function priceHistoryOf(context: Context): PriceHistory {
  return async ({ gpus, gpuCount, rentalType, sinceMs, untilMs }) => {
    const { config, clock, log } = context;
    const { origin } = await askAddress(config.baseUrl.value, context);
    const isLive = origin.kind === 'live';
    const dir = config.marketDir.value ?? (isLive ? liveMarketDir(config) : simulatedMarketDir(config));
    if (!existsSync(join(dir, 'store.json'))) return undefined;
    await using reader = await openMarketReader({ dir, clock, log });
    if ((reader.origin.kind === 'live') !== isLive) return undefined;
    const { rows } = await runSql(reader.connection, HOURLY_MEDIANS, {
      params: {
        since_ms: Math.trunc(sinceMs),
        until_ms: Math.trunc(untilMs),
        gpus: gpus.join('\n'),
        gpu_count: gpuCount,
        type: rentalType,
      },
    });
    return rows.map(
      (row): HourlyPrice => ({
        hourMs: Number(row.hour_ms),
        medianPerGpuHour: Number(row.median_per_gpu_hour),
      }),
    );
  };
}
