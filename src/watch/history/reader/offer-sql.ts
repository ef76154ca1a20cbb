// Rows as they were seen, one for each offer and poll, rebuilt from spans. Each line is cut where any of its
// facets changes; each piece takes the values that hold there, meets its machine's reliability, and is repeated
// for its polls.

import { FIRST_UNSEEN } from '../journal/codes.ts';
import type { FacetName } from '../journal/schema.ts';
import { AVAILABILITIES } from '../observation.ts';
import { keyColumn, valueColumns } from '../segments/parquet-layout.ts';

const RAW_FACETS = ['price', 'attr'] as const satisfies readonly FacetName[];
const ALL_FACETS = [
  ...RAW_FACETS,
  'quote',
  'terms',
  'hardware',
  'capacity',
] as const satisfies readonly FacetName[];

/** 256 polls, about a day. */
const BLOCK_BITS = 8;

/** The original's columns, in its order. */
const RAW_COLUMNS = `ts, offer_id, machine_id, gpu_name, num_gpus, gpu_frac, gpu_total_ram_gb,
  dph_total AS dph_total_usd, reliability2, geolocation, type, rentable, rented, verified, deverified,
  availability_state`;

const FURTHER_COLUMNS = `poll, line, ${ALL_FACETS.filter((facet) => !isRaw(facet))
  .map(valueColumns)
  .join(', ')}`;

export interface OfferRowsOptions {
  /** `raw`: the original's 16 columns; `all`: with everything else that is kept. */
  readonly columns: 'raw' | 'all';
  /** Query for a facet's spans. */
  readonly spans: (facet: FacetName) => string;
  /** SQL expressions for the first and last poll wanted; all polls by default. */
  readonly polls?: { readonly first: string; readonly last: string };
}

/** A query for the rows of offers, a row an offer and poll. */
export function offerRows(options: OfferRowsOptions): string {
  const columns = options.columns === 'raw' ? RAW_COLUMNS : `${RAW_COLUMNS}, ${FURTHER_COLUMNS}`;
  return `${offerPieces(options)}
    SELECT ${columns}
    FROM (SELECT *, unnest(range(f, until))::INTEGER AS poll FROM reliable) JOIN polls USING (poll)`;
}

/** CTEs that end in `reliable`: pieces of lines, from `f` to before `until`, over which nothing changes. */
function offerPieces({ columns, spans, polls }: OfferRowsOptions): string {
  const facets: readonly FacetName[] = columns === 'raw' ? RAW_FACETS : ALL_FACETS;
  const sources = (['state', 'rel', 'rel_x', ...facets] as const).map(
    (facet) => `_${facet} AS (${clipped(facet, spans(facet), polls)})`,
  );
  const cuts = ['state', 'rel_x', ...facets].map((facet) => `SELECT line, f FROM _${facet}`);
  const joins = facets.map(
    (facet) => `ASOF JOIN _${facet} ON _${facet}.line = c.line AND _${facet}.f <= c.f`,
  );
  const values = facets.flatMap((facet) =>
    valueColumns(facet)
      .split(', ')
      .map((column) => `_${facet}.${column}`),
  );
  return `WITH ${sources.join(',\n')},
    cut AS (
      SELECT line, f, lead(f, 1, 2147483647) OVER (PARTITION BY line ORDER BY f) AS next
      FROM (${cuts.join(' UNION ')} UNION SELECT line, f + dur FROM _rel_x)
    ),
    piece AS (
      SELECT c.line, c.f, least(c.next, _state.f + _state.dur) AS until, _state.s, ${values.join(', ')},
        coalesce(c.f < _rel_x.f + _rel_x.dur, false) AS is_exception, _rel_x.reliability2 AS own_reliability
      FROM cut c
        ASOF JOIN _state ON _state.line = c.line AND _state.f <= c.f
        ${joins.join('\n        ')}
        ASOF LEFT JOIN _rel_x ON _rel_x.line = c.line AND _rel_x.f <= c.f
      WHERE _state.s < ${FIRST_UNSEEN} AND c.f < _state.f + _state.dur
    ),
    named AS (
      SELECT piece.* EXCLUDE (s), piece.line >> 4 AS offer_id, types.type,
        nullif(s % 3, 2)::INTEGER AS rentable, nullif(s // 3 % 3, 2)::INTEGER AS rented,
        [${AVAILABILITIES.map((name) => `'${name}'`).join(', ')}][s // 9 + 1] AS availability_state
      FROM piece LEFT JOIN types ON types.code = piece.line & 15
    ),
    reliable AS (
      SELECT n.* EXCLUDE (block) REPLACE (greatest(n.f, r.f) AS f, least(n.until, r.until) AS until), r.reliability2
      FROM (SELECT *, ${blocks('f', 'until')} FROM named WHERE NOT is_exception) n
        JOIN (SELECT *, f + dur AS until, ${blocks('f', 'f + dur')} FROM _rel) r
        ON r.machine_id = n.machine_id AND r.block = n.block AND r.f < n.until AND n.f < r.until
          AND greatest(n.f, r.f) >> ${BLOCK_BITS} = n.block
      UNION ALL
      SELECT named.*, own_reliability AS reliability2 FROM named WHERE is_exception
    )`;
}

/**
 * One row for each block of polls that a span touches. Spans of a machine and pieces of its lines are compared
 * within a block only, and a pair counts in the block where both hold first: without blocks, every span of a month
 * would be compared with every piece of it, twenty times as many pairs.
 */
function blocks(from: string, until: string): string {
  return `unnest(range((${from}) >> ${BLOCK_BITS}, ((${until} - 1) >> ${BLOCK_BITS}) + 1)) AS block`;
}

/** Spans cut to the wanted polls, so that nothing outside is joined or repeated. */
function clipped(facet: FacetName, source: string, polls: OfferRowsOptions['polls']): string {
  if (!polls) return source;
  const { first, last } = polls;
  return `SELECT ${keyColumn(facet)}, greatest(f, ${first}) AS f,
      (least(f + dur, ${last} + 1) - greatest(f, ${first})) AS dur, ${valueColumns(facet)}
    FROM (${source}) WHERE f <= ${last} AND f + dur > ${first}`;
}

function isRaw(facet: FacetName): boolean {
  return (RAW_FACETS as readonly FacetName[]).includes(facet);
}
