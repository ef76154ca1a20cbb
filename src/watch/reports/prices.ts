// Prices of what is rented against what is left: distributions over observations, by group and type.
import { count, percent, TYPE, usdPerHour } from './columns.ts';
import { dimensionsOf } from './dimensions.ts';
import { compareGroups } from './line-groups.ts';
import { TYPE_CODES } from './line-spans.ts';
import type { ReportPlan } from './plan.ts';
import { eachPricedStretch, priceQuantiles } from './price-pieces.ts';
import { quantileName } from './quantiles.ts';
import type { Column, Grouping } from './report.ts';
import { doubles, orderOf, type ReportTable } from './report-table.ts';
import { sightSources } from './sight-sources.ts';
import type { ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';
import { AVAILABLE, OTHER, RENTED, stateClasses } from './state-classes.ts';
import { priceSpans, rentalTypes } from './warm-market.ts';

const QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9] as const;
const MEDIAN = QUANTILES.indexOf(0.5);
const SIDES = [
  { name: 'available', title: 'Available', cls: AVAILABLE },
  { name: 'utilized', title: 'Utilised', cls: RENTED },
] as const;

/** 16 MB; all of a year's would take 55. */
const PIECES_AT_ONCE = 2_097_152;

export async function priceReport(
  source: ReportSource,
  scope: SpanScope,
  plan: ReportPlan,
  { by, bands }: { readonly by: readonly Grouping[]; readonly bands: readonly number[] },
): Promise<ReportTable> {
  const dimensions = dimensionsOf(by, bands);
  const sources = await sightSources(source, scope, dimensions);
  const { spans, prices } = await priceSpans(source, scope);
  const types = await rentalTypes(source);
  const { groups, index } = sources;
  const classes = stateClasses(plan.state);
  const cells = groups.count * TYPE_CODES;
  const keysOfGroup = TYPE_CODES * SIDES.length;
  const found = priceQuantiles(
    {
      keys: cells * SIDES.length,
      prices,
      quantiles: QUANTILES,
      wants: () => true,
      withSums: true,
      atOnce: PIECES_AT_ONCE,
    },
    (add, { from, to }) => {
      eachPricedStretch(
        sources,
        { spans },
        ({ line, group }, { length, f, e, state, rank }) => {
          const cell = group * TYPE_CODES + (index.codes[line] as number);
          for (let at = 0; at < length; at += 1) {
            const cls = classes[state[at] as number] as number;
            const key = cell * SIDES.length + cls;
            if (cls === OTHER || key < from || key >= to) continue;
            add(key, rank[at] as number, (e[at] as number) - (f[at] as number));
          }
        },
        ({ group }) => (group + 1) * keysOfGroup > from && group * keysOfGroup < to,
      );
    },
  );
  found.free();
  const pricedOf = (cell: number, cls: number) => found.priced[cell * SIDES.length + cls] as number;
  const sizeOf = (cell: number) => pricedOf(cell, AVAILABLE) + pricedOf(cell, RENTED);
  const groupOf = (cell: number) => Math.floor(cell / TYPE_CODES);
  const order = orderOf(
    cells,
    (cell) => sizeOf(cell) > 0,
    compareGroups(dimensions, { group: groupOf, type: types.placeOf, size: sizeOf }),
  );
  const column = (of: (cell: number) => number) => doubles(order, of);
  const quantile = (cell: number, cls: number, at: number) =>
    found.quantiles[(cell * SIDES.length + cls) * QUANTILES.length + at] as number;
  return {
    columns: [
      ...dimensions.map((dimension) => dimension.column),
      TYPE,
      ...SIDES.flatMap(sideColumns),
      percent('utilized_premium_pct', 'Utilised over available, median'),
    ],
    length: order.length,
    cells: {
      ...Object.fromEntries(
        dimensions.map(({ column: { name } }) => [
          name,
          Array.from(order, (cell) => groups.cells[name]?.[groupOf(cell)] ?? null),
        ]),
      ),
      type: Array.from(order, types.nameOf),
      ...Object.fromEntries(
        SIDES.flatMap(({ name, cls }) => [
          [`${name}_observations`, column((cell) => pricedOf(cell, cls))],
          [
            `${name}_mean`,
            column((cell) => (found.sums[cell * SIDES.length + cls] as number) / pricedOf(cell, cls)),
          ],
          ...QUANTILES.map((q, at) => [
            `${name}_${quantileName(q)}`,
            column((cell) => quantile(cell, cls, at)),
          ]),
        ]),
      ),
      utilized_premium_pct: column(
        (cell) => 100 * (quantile(cell, RENTED, MEDIAN) / quantile(cell, AVAILABLE, MEDIAN) - 1),
      ),
    },
    samples: (at) => sizeOf(order[at] as number),
  };
}

function sideColumns({ name, title }: (typeof SIDES)[number]): Column[] {
  return [
    count(`${name}_observations`, title, 'observations'),
    usdPerHour(`${name}_mean`, `${title} mean`),
    ...QUANTILES.map((q) => usdPerHour(`${name}_${quantileName(q)}`, `${title} ${quantileName(q)}`)),
  ];
}
