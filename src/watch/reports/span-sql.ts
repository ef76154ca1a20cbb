// The building blocks of every report: common table expressions over spans. Polls are counted from 1 within
// the window, a span covers [f, e), and what it is worth in milliseconds is the difference of two elements of
// a list of running sums. So the work grows with the spans, not with the observations under them.
import type { Dimension, Facet } from './dimensions.ts';
import type { GapRule, StateBasis } from './report.ts';
import { sqlText } from './source.ts';
import type { ReportWindow } from './window.ts';

/** Which lines a report looks at; empty lists mean all. */
export interface LineFilter {
  readonly gpuNames: readonly string[];
  readonly typeCodes: readonly number[];
}

export interface SpanScope {
  readonly window: ReportWindow;
  readonly filter: LineFilter;
  /** The window is the store's newest poll alone, which readers keep at hand in `…_now` views. */
  readonly isNow: boolean;
  /** Family of every GPU name of the store; empty unless a dimension reads it. */
  readonly families: ReadonlyMap<string, string>;
}

/** Is this observation available, is it rented: two conditions on the state code `s`. */
export function stateConditions(state: StateBasis): { readonly available: string; readonly rented: string } {
  return state === 'rentable'
    ? { available: 's % 3 = 1', rented: 's % 3 = 0' }
    : { available: '(s // 3) % 3 = 0', rented: '(s // 3) % 3 = 1' };
}

/** The columns `f` and `e` of a span table, clipped to the window and counted from 1. */
function clipped({ firstPoll, lastPoll }: ReportWindow, table: string): string {
  const before = firstPoll - 1;
  return `greatest(${table}.f, ${firstPoll}) - ${before} AS f, least(${table}.f + ${table}.dur, ${lastPoll + 1}) - ${before} AS e`;
}

function facetTable({ isNow }: SpanScope, facet: 'state' | 'price' | 'attr' | 'hardware'): string {
  return `${facet}_${isNow ? 'now' : 'spans'}`;
}

function inWindow({ firstPoll, lastPoll }: ReportWindow, table: string): string {
  return `${table}.f <= ${lastPoll} AND ${table}.f + ${table}.dur > ${firstPoll}`;
}

function ofTypes({ typeCodes }: LineFilter, table: string): string {
  return typeCodes.length === 0 ? '' : ` AND (${table}.line & 15) IN (${typeCodes.join(', ')})`;
}

/**
 * `ll`: one row of lists by poll, each one element longer than the window: `cl` credit, `gl` what was carried
 * beyond the credit, `tl` time. The last element closes the window at `untilMs`.
 */
export function pollListsSql({ window }: SpanScope): string {
  const { firstPoll, lastPoll, untilMs } = window;
  return `w AS MATERIALIZED (
    SELECT poll, ts_ms::DOUBLE AS t, cum_credit_ms::DOUBLE AS c, cum_carry_ms::DOUBLE AS k
    FROM polls WHERE poll BETWEEN ${firstPoll} AND ${lastPoll}
    UNION ALL
    SELECT poll + 1, ${untilMs}, cum_credit_ms + least(credit_ms, ${untilMs} - ts_ms), cum_carry_ms + least(next_ms, ${untilMs}) - ts_ms
    FROM polls WHERE poll = ${lastPoll}),
  ll AS MATERIALIZED (SELECT list(c ORDER BY poll) AS cl, list(k - c ORDER BY poll) AS gl, list(t ORDER BY poll) AS tl FROM w)`;
}

/** `st(line, f, e, s)`: states in the window, MISSING (254) included. Reading them twice is cheaper than keeping them. */
export function stateSpansSql(scope: SpanScope): string {
  const { window, filter } = scope;
  const onlyLines = filter.gpuNames.length === 0 ? '' : ' AND x.line IN (SELECT line FROM dl)';
  return `st AS NOT MATERIALIZED (SELECT x.line, ${clipped(window, 'x')}, x.s FROM ${facetTable(scope, 'state')} x
    WHERE x.s < 255 AND ${inWindow(window, 'x')}${ofTypes(filter, 'x')}${onlyLines})`;
}

/** `pr(line, f, e, p)`: prices in the window. */
export function priceSpansSql(scope: SpanScope): string {
  const { window, filter } = scope;
  return `pr AS (SELECT x.line, ${clipped(window, 'x')}, x.dph_total AS p FROM ${facetTable(scope, 'price')} x
    WHERE ${inWindow(window, 'x')}${ofTypes(filter, 'x')})`;
}

/**
 * `ds(line, f, e, …)`: the dimensions of every line over time, and `dl(line, moving, …)`: one row a line, with
 * the dimensions' values where they never change. Most lines never move, and are joined after adding up.
 */
export function dimensionSpansSql(
  scope: SpanScope,
  dimensions: readonly Pick<Dimension, 'sql' | 'facets' | 'column'>[],
): string {
  const { window, filter, families } = scope;
  const facets = new Set<Facet>(dimensions.flatMap((dimension) => dimension.facets));
  const names = dimensions.map((dimension) => dimension.column.name);
  const overlaps = ['hardware', 'price']
    .filter((facet) => facets.has(facet as Facet))
    .map((facet) => facet[0] as string);
  const first = ['a.f', ...overlaps.map((alias) => `${alias}.f`)];
  const last = ['a.f + a.dur', ...overlaps.map((alias) => `${alias}.f + ${alias}.dur`)];
  const join = (alias: string, table: string) =>
    ` LEFT JOIN ${table} ${alias} ON ${alias}.line = a.line AND ${alias}.f < a.f + a.dur AND a.f < ${alias}.f + ${alias}.dur`;
  const before = window.firstPoll - 1;
  const joins =
    (facets.has('hardware') ? join('h', facetTable(scope, 'hardware')) : '') +
    (facets.has('price') ? join('p', facetTable(scope, 'price')) : '') +
    (facets.has('family') ? ' LEFT JOIN fam ON fam.gpu_name = a.gpu_name' : '');
  const gpuFilter =
    filter.gpuNames.length === 0 ? '' : ` AND a.gpu_name IN (${filter.gpuNames.map(sqlText).join(', ')})`;
  const values = dimensions.map((dimension) => `${dimension.sql} AS ${dimension.column.name}`).join(', ');
  return `${familiesSql(facets.has('family') ? families : undefined)}ds AS MATERIALIZED (SELECT * FROM (
    SELECT a.line, greatest(${first.join(', ')}, ${window.firstPoll}) - ${before} AS f,
      least(${last.join(', ')}, ${window.lastPoll + 1}) - ${before} AS e, ${values}
    FROM ${facetTable(scope, 'attr')} a${joins}
    WHERE ${inWindow(window, 'a')}${ofTypes(filter, 'a')}${gpuFilter}) WHERE f < e),
  dl AS MATERIALIZED (
    SELECT line, min(hash(${names.join(', ')})) <> max(hash(${names.join(', ')})) AS moving,
      ${names.map((name) => `any_value(${name}) AS ${name}`).join(', ')}
    FROM ds GROUP BY line)`;
}

function familiesSql(families: ReadonlyMap<string, string> | undefined): string {
  if (!families) return '';
  const rows = [...families].map(([gpuName, family]) => `(${sqlText(gpuName)}, ${sqlText(family)})`);
  return `fam AS (SELECT * FROM (VALUES ${[...rows, '(NULL, NULL)'].join(', ')}) AS v(gpu_name, family)), `;
}

/**
 * `facts(line, …dimensions, s, n, ms, unseen_ms)`: observations, credited milliseconds and milliseconds that
 * nobody watched, by line, dimensions and state; `still` is the same of all lines without their dimensions, and
 * `moved` of those alone whose dimensions change. Needs `ll`, `st`, `ds` and `dl`.
 *
 * `unknown`: a seen poll is worth its credit (at most 1.5 intervals); the rest of a hole, and every poll in
 * which the line is MISSING, is unseen. `carry`: a sight is worth the time to the line's next sight, the last
 * one `cadenceMs`; what of that was not watched is told as unseen, but belongs to the credit.
 */
export function factsSql(
  { window }: SpanScope,
  names: readonly string[],
  { gaps, cadenceMs }: { readonly gaps: GapRule; readonly cadenceMs: number },
): string {
  const dims = names.map((name) => `d.${name}`).join(', ');
  const sums = `sum(x.e - x.f)::DOUBLE AS polls, sum(cl[x.e] - cl[x.f]) AS credit_ms, ${
    gaps === 'carry'
      ? 'sum(x.until_t - tl[x.f]) AS carry_ms'
      : // Where nothing was missed there is nothing to add up.
        window.holeMs > 0
        ? 'sum(gl[x.e] - gl[x.f]) AS gap_ms'
        : '0::DOUBLE AS gap_ms'
  }`;
  const measures =
    gaps === 'carry'
      ? 'polls AS n, carry_ms AS ms, carry_ms - credit_ms AS unseen_ms'
      : `CASE WHEN s < 254 THEN polls ELSE 0 END AS n, CASE WHEN s < 254 THEN credit_ms ELSE 0 END AS ms,
         CASE WHEN s < 254 THEN gap_ms ELSE gap_ms + credit_ms END AS unseen_ms`;
  const sights =
    gaps === 'unknown'
      ? 'sight AS NOT MATERIALIZED (SELECT line, f, e, s FROM st)'
      : `nx AS (SELECT line, f, e, s, lead(f) OVER (PARTITION BY line ORDER BY f) AS nf FROM st WHERE s < 254),
  sight AS MATERIALIZED (SELECT line, f, e, s,
    coalesce(tl[nf], least(tl[e - 1] + ${cadenceMs}, ${window.untilMs})) AS until_t FROM nx, ll)`;
  // A piece that ends before its span does is followed by the next piece at once.
  const pieceUntil =
    gaps === 'unknown' ? '' : ', CASE WHEN d.e < y.e THEN d.e END AS next_f, y.until_t AS last_t';
  const piece =
    gaps === 'unknown' ? 'pm x' : '(SELECT *, coalesce(tl[next_f], last_t) AS until_t FROM pm, ll) x';
  // Materialized: a join that carries the lists along copies them for every row.
  const own = names.map((name) => `x.${name}`).join(', ');
  return `${sights},
  still AS (SELECT line, s, ${measures} FROM (SELECT x.line, x.s, ${sums} FROM sight x, ll GROUP BY x.line, x.s)),
  pm AS MATERIALIZED (SELECT y.line, y.s, greatest(y.f, d.f) AS f, least(y.e, d.e) AS e, ${dims}${pieceUntil}
    FROM sight y JOIN (SELECT ds.* FROM ds JOIN dl ON dl.line = ds.line AND dl.moving) d
    ON y.line = d.line AND y.f < d.e AND d.f < y.e),
  moved AS (SELECT *, ${measures} FROM (
    SELECT x.line, ${own}, x.s, ${sums} FROM ${piece}${gaps === 'unknown' ? ', ll' : ''} GROUP BY x.line, ${own}, x.s)),
  facts AS (
    SELECT still.line, ${dims}, s, n, ms, unseen_ms FROM still JOIN dl d ON d.line = still.line AND NOT d.moving
    UNION ALL
    SELECT line, ${names.join(', ')}, s, n, ms, unseen_ms FROM moved)`;
}
