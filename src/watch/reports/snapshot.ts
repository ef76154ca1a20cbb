// The newest poll of the window: who is available, who is assumed to be utilised, at what price.
import { COUNT_BUCKET, count, GPU_NAME, percent, TYPE, usdPerHour } from './columns.ts';
import { COUNT_BUCKET_SQL, type Dimension, dimensionsOf } from './dimensions.ts';
import type { ReportPlan } from './plan.ts';
import type { Cell, Grouping } from './report.ts';
import { doubles, orderOf, percentOf, type ReportTable, type RowSums } from './report-table.ts';
import { countSnapshot, type SnapshotCounts } from './snapshot-counts.ts';
import type { ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';
import { AVAILABLE, OTHER, RENTED } from './state-classes.ts';
import { SHARE } from './weighted-shares.ts';

const ORIGINAL_GROUPS: readonly Dimension[] = [
  { column: GPU_NAME, sql: 'a.gpu_name', facets: [] },
  { column: COUNT_BUCKET, sql: COUNT_BUCKET_SQL, facets: [] },
];

/** The newest poll by GPU name and count bucket, or as asked. `scope` is that poll alone. */
export async function latestReport(
  source: ReportSource,
  scope: SpanScope,
  plan: ReportPlan,
  { by, bands }: { readonly by: readonly Grouping[] | undefined; readonly bands: readonly number[] },
): Promise<ReportTable> {
  const dimensions = by === undefined ? ORIGINAL_GROUPS : dimensionsOf(by, bands);
  const counts = await countSnapshot(source, scope, plan, { dimensions, isWholeOnly: false });
  const order = orderOf(counts.size, (row) => counts.offersOf(row) > 0, counts.compare);
  return {
    columns: [
      ...dimensions.map((dimension) => dimension.column),
      TYPE,
      count('offers', 'Offers'),
      count('available', 'Available'),
      count('assumed_utilized', 'Assumed utilised'),
      count('unknown', 'Unknown'),
      percent('utilization_pct', 'Utilisation'),
      percent('gpu_weighted_utilization_pct', 'By GPUs'),
      percent('gpu_frac_weighted_utilization_pct', 'By GPUs x fraction'),
      usdPerHour('avg_price_available', 'Mean available'),
      usdPerHour('avg_price_utilized', 'Mean utilised'),
      count('rented_raw', 'API rented'),
    ],
    length: order.length,
    cells: {
      ...commonCells(counts, order, 'assumed_utilized'),
      gpu_frac_weighted_utilization_pct: doubles(order, (row) => counts.share(SHARE.gpuFractions, row)),
      avg_price_available: doubles(order, (row) => counts.meanPrice(AVAILABLE, row)),
      avg_price_utilized: doubles(order, (row) => counts.meanPrice(RENTED, row)),
      rented_raw: doubles(order, (row) => counts.rentedRaw[row] as number),
    },
    samples: (at) => counts.offersOf(order[at] as number),
    totals: latestTotals,
  };
}

function latestTotals({ sum, weigh }: RowSums): Record<string, Cell> {
  const [available, utilized] = [sum('available') ?? 0, sum('assumed_utilized') ?? 0];
  const free = weigh('avg_price_available', 'available');
  const used = weigh('avg_price_utilized', 'assumed_utilized');
  return {
    offers: sum('offers'),
    available,
    assumed_utilized: utilized,
    unknown: sum('unknown'),
    utilization_pct: percentOf(utilized, available + utilized),
    avg_price_available: free.weight === 0 ? null : free.sum / free.weight,
    avg_price_utilized: used.weight === 0 ? null : used.sum / used.weight,
    rented_raw: sum('rented_raw'),
  };
}

/** The newest poll's offers of whole GPUs, by GPU name or as asked. */
export async function wholeGpuReport(
  source: ReportSource,
  scope: SpanScope,
  plan: ReportPlan,
  { by, bands }: { readonly by: readonly Grouping[]; readonly bands: readonly number[] },
): Promise<ReportTable> {
  const dimensions = dimensionsOf(by, bands);
  const counts = await countSnapshot(source, scope, plan, { dimensions, isWholeOnly: true });
  const used = (row: number) => roundTenth((100 * counts.countOf(RENTED, row)) / counts.offersOf(row));
  const order = orderOf(
    counts.size,
    (row) => counts.offersOf(row) > 0,
    (a, b) => used(b) - used(a) || counts.offersOf(b) - counts.offersOf(a) || counts.compareNames(a, b),
  );
  return {
    columns: [
      ...dimensions.map((dimension) => dimension.column),
      TYPE,
      percent('util_pct', 'Utilised of all offers'),
      count('offers', 'Offers'),
      count('available', 'Available'),
      count('utilized', 'Utilised'),
      count('unknown', 'Unknown'),
      percent('utilization_pct', 'Utilisation'),
      percent('gpu_weighted_utilization_pct', 'By GPUs'),
    ],
    length: order.length,
    cells: { ...commonCells(counts, order, 'utilized'), util_pct: doubles(order, used) },
    samples: (at) => counts.offersOf(order[at] as number),
    totals: ({ sum }) => {
      const [offers, available, utilized] = [sum('offers') ?? 0, sum('available') ?? 0, sum('utilized') ?? 0];
      return {
        util_pct: roundTenth((100 * utilized) / offers),
        offers,
        available,
        utilized,
        unknown: sum('unknown'),
        utilization_pct: percentOf(utilized, available + utilized),
      };
    },
  };
}

function commonCells(counts: SnapshotCounts, order: Uint32Array, utilized: string) {
  return {
    ...counts.nameCells(order),
    offers: doubles(order, counts.offersOf),
    available: doubles(order, (row) => counts.countOf(AVAILABLE, row)),
    [utilized]: doubles(order, (row) => counts.countOf(RENTED, row)),
    unknown: doubles(order, (row) => counts.countOf(OTHER, row)),
    utilization_pct: doubles(order, (row) => counts.share(SHARE.offers, row)),
    gpu_weighted_utilization_pct: doubles(order, (row) => counts.share(SHARE.gpus, row)),
  };
}

function roundTenth(value: number): number {
  return Math.round(value * 10) / 10;
}
