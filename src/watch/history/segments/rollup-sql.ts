// Roll-ups: what reports over months need, computed once a day. Quantiles are those that QUANTILE_CONT gives over
// the rows of the day's polls, computed from spans weighted by the polls that they cover.
import { assertNever } from '../../../base/std/index.ts';
import { FIRST_UNSEEN } from '../journal/codes.ts';
import type { RollupKind } from './manifest.ts';

/** The polls to roll up, as SQL expressions. */
export interface PollWindow {
  readonly first: string;
  readonly last: string;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const QUANTILES = [
  ['p10', 0.1],
  ['p25', 0.25],
  ['median', 0.5],
  ['p75', 0.75],
  ['p90', 0.9],
] as const;

/**
 * A query over the views of a reader or writer. `daily`: date, gpu_name, geolocation, type, state, n (observations),
 * and mean and quantiles of dph_total; `gpu` the same over all locations. `hourly`: hour, gpu_name, num_gpus, type, polls,
 * n and n by state.
 */
export function rollupQuery(kind: RollupKind, window: PollWindow): string {
  switch (kind) {
    case 'daily':
      return dailyQuery(window, 'gpu_name, geolocation, type, state');
    case 'gpu':
      return dailyQuery(window, 'gpu_name, type, state');
    case 'hourly':
      return hourlyQuery(window);
    default:
      return assertNever(kind, 'kind of roll-up');
  }
}

/** How a roll-up is sorted in its file: a report asks for a few GPUs over a long time. */
export const ROLLUP_ORDER: Readonly<Record<RollupKind, string>> = {
  daily: 'gpu_name, date, geolocation, type, state',
  gpu: 'gpu_name, date, type, state',
  hourly: 'gpu_name, hour, num_gpus, type',
};

/** The column that says when. */
export const ROLLUP_TIME: Readonly<Record<RollupKind, 'date' | 'hour'>> = {
  daily: 'date',
  gpu: 'date',
  hourly: 'hour',
};

function dailyQuery(window: PollWindow, keys: string): string {
  const quantiles = QUANTILES.map(([name, q]) => `${quantile(q)} AS ${name}`).join(', ');
  return `WITH ${pieces(window, DAY_MS, ['price', 'attr'])},
    weighted AS (
      SELECT bucket, ${keys}, dph_total, sum(polls) AS w
      FROM piece GROUP BY ALL
    ),
    ranked AS (
      SELECT *, sum(w) FILTER (dph_total IS NOT NULL) OVER (PARTITION BY bucket, ${keys}) AS total,
        sum(w) OVER (PARTITION BY bucket, ${keys} ORDER BY dph_total NULLS LAST) AS reached
      FROM weighted
    ),
    grouped AS (
      SELECT bucket, ${keys}, sum(w)::BIGINT AS n,
        sum(dph_total * w) / any_value(total) AS mean, ${quantiles}
      FROM ranked GROUP BY bucket, ${keys}
    )
    SELECT strftime(make_timestamp(bucket * ${DAY_MS} * 1000), '%Y-%m-%d') AS date, * EXCLUDE (bucket) FROM grouped`;
}

/** Linear between the two neighbours in rank; every value stands in the order as often as polls showed it. */
function quantile(q: number): string {
  const rank = `${q} * (any_value(total) - 1)`;
  const at = (index: string) => `min(dph_total) FILTER (reached > ${index})`;
  const [low, high] = [at(`floor(${q} * (total - 1))`), at(`ceil(${q} * (total - 1))`)];
  return `${low} + (${high} - ${low}) * (${rank} - floor(${rank}))`;
}

function hourlyQuery(window: PollWindow): string {
  const counts = ['available', 'unavailable', 'rented', 'unknown'].map(
    (state) => `coalesce(sum(polls) FILTER (state = '${state}'), 0)::BIGINT AS ${state}`,
  );
  return `WITH ${pieces(window, HOUR_MS, ['attr'])}
    SELECT strftime(make_timestamp(bucket * ${HOUR_MS} * 1000), '%Y-%m-%dT%H:%M:%SZ') AS hour, gpu_name, num_gpus, type,
      any_value(bucket_polls)::INTEGER AS polls, sum(polls)::BIGINT AS n, ${counts.join(', ')}
    FROM piece GROUP BY bucket, gpu_name, num_gpus, type`;
}

/** CTEs that end in `piece`: stretches of a line within one day or hour over which nothing changes. */
function pieces(
  { first, last }: PollWindow,
  bucketMs: number,
  facets: readonly ('price' | 'attr')[],
): string {
  const spans = (['state', ...facets] as const).map(
    (facet) => `_${facet} AS (
      SELECT * REPLACE (greatest(f, ${first}) AS f), least(f + dur, ${last} + 1) AS until
      FROM ${facet}_spans WHERE f <= ${last} AND f + dur > ${first}${facet === 'state' ? ` AND s < ${FIRST_UNSEEN}` : ''}
    )`,
  );
  const from = ['_state.f', ...facets.map((facet) => `_${facet}.f`), 'b.first_poll'].join(', ');
  const until = ['_state.until', ...facets.map((facet) => `_${facet}.until`), 'b.last_poll + 1'].join(', ');
  const joins = facets.map(
    (facet) =>
      `JOIN _${facet} ON _${facet}.line = _state.line AND _${facet}.f < _state.until AND _state.f < _${facet}.until`,
  );
  return `${spans.join(', ')},
    bucket AS (
      SELECT ts_ms // ${bucketMs} AS bucket, min(poll) AS first_poll, max(poll) AS last_poll, count(*) AS bucket_polls
      FROM polls WHERE poll BETWEEN ${first} AND ${last} GROUP BY 1
    ),
    piece AS (
      SELECT b.bucket, b.bucket_polls, _attr.gpu_name, _attr.geolocation, _attr.num_gpus, types.type,
        ${facets.includes('price') ? '_price.dph_total,' : ''}
        coalesce(['unavailable', 'available', 'rented'][_state.s // 9 + 1], 'unknown') AS state,
        least(${until}) - greatest(${from}) AS polls
      FROM _state ${joins.join(' ')}
        JOIN bucket b ON b.first_poll < _state.until AND b.last_poll >= _state.f
        LEFT JOIN types ON types.code = _state.line & 15
      WHERE least(${until}) > greatest(${from})
    )`;
}
