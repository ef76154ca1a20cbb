// Offers and prices of one poll, counted by group, type and state class.
import { compareGroups, type GroupDimension, outerGroups } from './line-groups.ts';
import { TYPE_CODES } from './line-spans.ts';
import type { ReportPlan } from './plan.ts';
import { eachPricedStretch } from './price-pieces.ts';
import type { Cell } from './report.ts';
import { sightSources } from './sight-sources.ts';
import type { ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';
import { OTHER, RENTED_FLAGS, stateClasses } from './state-classes.ts';
import { priceSpans, rentalTypes } from './warm-market.ts';
import { GPU_WEIGHTS, weightedShares } from './weighted-shares.ts';

/** What counts as a whole GPU; the original's bound. An offer that does not say is taken for whole. */
const WHOLE_GPU_FRAC = 0.999;

const CLASSES = OTHER + 1;

/** A row is a group and a type; rows without offers are among them. */
export interface SnapshotCounts {
  readonly size: number;
  readonly rentedRaw: Float64Array;
  readonly countOf: (cls: number, row: number) => number;
  readonly offersOf: (row: number) => number;
  /** NaN without prices. */
  readonly meanPrice: (cls: number, row: number) => number;
  /** `share` is one of SHARE. */
  readonly share: (share: number, row: number) => number;
  /** In the groups' natural order, or biggest first. */
  readonly compare: (a: number, b: number) => number;
  /** By the groups' names and the type. */
  readonly compareNames: (a: number, b: number) => number;
  /** The dimensions' columns, and `type`. */
  readonly nameCells: (order: Uint32Array) => Record<string, readonly Cell[]>;
}

/** `scope` is one poll alone. */
export async function countSnapshot(
  source: ReportSource,
  scope: SpanScope,
  plan: ReportPlan,
  {
    dimensions,
    isWholeOnly,
  }: { readonly dimensions: readonly GroupDimension[]; readonly isWholeOnly: boolean },
): Promise<SnapshotCounts> {
  const names = dimensions.map((dimension) => dimension.column.name);
  const sources = await sightSources(source, scope, [...dimensions, ...GPU_WEIGHTS]);
  const { spans, prices } = await priceSpans(source, scope);
  const types = await rentalTypes(source);
  const { groups, index } = sources;
  const outer = outerGroups(groups, names);
  const size = outer.count * TYPE_CODES;
  const classes = stateClasses(plan.state);
  const [counts, priceCounts, priceSums] = [0, 1, 2].map(() => new Float64Array(size * CLASSES)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const rentedRaw = new Float64Array(size);
  const shares = weightedShares(groups, size, classes);
  const add = (sums: Float64Array, at: number, value: number) => {
    sums[at] = (sums[at] as number) + value;
  };
  const count = (line: number, group: number, state: number, rank: number) => {
    if (isWholeOnly && Number(groups.cells.gpu_frac?.[group] ?? 1) < WHOLE_GPU_FRAC) return;
    const row = (outer.of[group] as number) * TYPE_CODES + (index.codes[line] as number);
    const cell = row * CLASSES + (classes[state] as number);
    add(counts, cell, 1);
    if (rank >= 0) {
      add(priceCounts, cell, 1);
      add(priceSums, cell, prices[rank] as number);
    }
    if (RENTED_FLAGS[state] === 1) add(rentedRaw, row, 1);
    shares.add(row, state, group, 1, 1);
  };
  eachPricedStretch(sources, { spans }, ({ line, group }, { length, state, rank }) => {
    for (let at = 0; at < length; at += 1) count(line, group, state[at] as number, rank[at] as number);
  });
  const countOf = (cls: number, row: number) => counts[row * CLASSES + cls] as number;
  const offersOf = (row: number) => countOf(0, row) + countOf(1, row) + countOf(2, row);
  const groupOf = (row: number) => Math.floor(row / TYPE_CODES);
  const cellsOf = (name: string, order: Uint32Array) =>
    Array.from(order, (row) => groups.cells[name]?.[outer.firsts[groupOf(row)] as number] ?? null);
  return {
    size,
    rentedRaw,
    countOf,
    offersOf,
    meanPrice: (cls, row) =>
      (priceSums[row * CLASSES + cls] as number) / (priceCounts[row * CLASSES + cls] as number),
    share: shares.percent,
    compare: compareGroups(dimensions, { group: groupOf, type: types.placeOf, size: offersOf }),
    compareNames: (a, b) => groupOf(a) - groupOf(b) || types.placeOf(a) - types.placeOf(b),
    nameCells: (order) => ({
      ...Object.fromEntries(names.map((name) => [name, cellsOf(name, order)])),
      type: Array.from(order, types.nameOf),
    }),
  };
}
