// The SQL for what groups every line belonged to over time, and for whom a report looks at.
import type { Dimension, Facet } from './dimensions.ts';
import type { ReportWindow } from './report-window.ts';
import { sqlText } from './source.ts';

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

/** The table to read a facet from. */
export function facetTable({ isNow }: SpanScope, facet: 'state' | 'price' | 'attr' | 'hardware'): string {
  return `${facet}_${isNow ? 'now' : 'spans'}`;
}

function inWindow({ firstPoll, lastPoll }: ReportWindow, table: string): string {
  return `${table}.f <= ${lastPoll} AND ${table}.f + ${table}.dur > ${firstPoll}`;
}

function ofTypes({ typeCodes }: LineFilter, table: string): string {
  return typeCodes.length === 0 ? '' : ` AND (${table}.line & 15) IN (${typeCodes.join(', ')})`;
}

/** `ds(line, f, e, …)`: the dimensions of every line over time, clipped to the window. */
export function dimensionSpansSql(
  scope: SpanScope,
  dimensions: readonly Pick<Dimension, 'sql' | 'facets' | 'column'>[],
): string {
  const { window, filter, families } = scope;
  const facets = new Set<Facet>(dimensions.flatMap((dimension) => dimension.facets));
  const overlaps = ['hardware', 'price']
    .filter((facet) => facets.has(facet as Facet))
    .map((facet) => facet[0] as string);
  const first = ['a.f', ...overlaps.map((alias) => `${alias}.f`)];
  const last = ['a.f + a.dur', ...overlaps.map((alias) => `${alias}.f + ${alias}.dur`)];
  const join = (alias: string, table: string) =>
    ` LEFT JOIN ${table} ${alias} ON ${alias}.line = a.line AND ${alias}.f < a.f + a.dur AND a.f < ${alias}.f + ${alias}.dur`;
  const joins =
    (facets.has('hardware') ? join('h', facetTable(scope, 'hardware')) : '') +
    (facets.has('price') ? join('p', facetTable(scope, 'price')) : '') +
    (facets.has('family') ? ' LEFT JOIN fam ON fam.gpu_name = a.gpu_name' : '');
  const gpuFilter =
    filter.gpuNames.length === 0 ? '' : ` AND a.gpu_name IN (${filter.gpuNames.map(sqlText).join(', ')})`;
  const values = dimensions.map((dimension) => `${dimension.sql} AS ${dimension.column.name}`).join(', ');
  return `${familiesSql(facets.has('family') ? families : undefined)}ds AS (SELECT * FROM (
    SELECT a.line, greatest(${first.join(', ')}, ${window.firstPoll}) AS f,
      least(${last.join(', ')}, ${window.lastPoll + 1}) AS e, ${values}
    FROM ${facetTable(scope, 'attr')} a${joins}
    WHERE ${inWindow(window, 'a')}${ofTypes(filter, 'a')}${gpuFilter}) WHERE f < e)`;
}

function familiesSql(families: ReadonlyMap<string, string> | undefined): string {
  if (!families) return '';
  const rows = [...families].map(([gpuName, family]) => `(${sqlText(gpuName)}, ${sqlText(family)})`);
  return `fam AS (SELECT * FROM (VALUES ${[...rows, '(NULL, NULL)'].join(', ')}) AS v(gpu_name, family)), `;
}
