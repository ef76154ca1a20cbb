// Occupancy of every offer: how long it was available, assumed rented, or not known to be either.
import { count, GPU_NAME, MACHINE_ID, OFFER_ID, TYPE } from './columns.ts';
import { eachCreditedSight } from './credited-sights.ts';
import { offerIdOf } from './each-sight.ts';
import {
  addFact,
  HOURS_AND_SHARES,
  hourCells,
  hourTotals,
  makeHourSums,
  sumOf,
  totalOf,
} from './hour-sums.ts';
import type { ReportPlan } from './plan.ts';
import type { Cell } from './report.ts';
import { doubles, orderOf, type ReportTable } from './report-table.ts';
import { carried, creditRule, sightSources } from './sight-sources.ts';
import type { ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';
import { rentalTypes } from './warm-market.ts';

/** One row an offer and type, as the original's device occupancy. */
export async function offerOccupancy(
  source: ReportSource,
  scope: SpanScope,
  plan: ReportPlan,
): Promise<ReportTable> {
  const dimensions = [carried('machine_id', 'a.machine_id::DOUBLE'), carried('gpu_name', 'a.gpu_name')];
  const [sources, rule, types] = [
    await sightSources(source, scope, dimensions),
    await creditRule(source, scope, plan),
    await rentalTypes(source),
  ];
  const { groups } = sources;
  // A row is a line and one of its groups; most lines have one, and none has more than it has group spans.
  const most = groups.spans.value.length;
  const sums = makeHourSums(most);
  const [rowLines, rowGroups] = [new Int32Array(most), new Int32Array(most)];
  let rows = 0;
  let firstRow = 0;
  let lineBefore = -1;
  eachCreditedSight(sources, rule, (line, group, state, polls, ms, unseenMs) => {
    if (line !== lineBefore) {
      lineBefore = line;
      firstRow = rows;
    }
    let row = firstRow;
    while (row < rows && rowGroups[row] !== group) row += 1;
    if (row === rows) {
      rowLines[row] = line;
      rowGroups[row] = group;
      rows += 1;
    }
    addFact(sums, row, state, polls, ms, unseenMs);
  });
  const lines = doubles(rowLines.subarray(0, rows), (line) => sources.index.lines[line] as number);
  const totals = Float64Array.from({ length: rows }, (_, row) => totalOf(sums, row));
  const used = Float64Array.from({ length: rows }, (_, row) =>
    sumOf(sums, plan.state === 'rented' ? 'api' : 'assumed', row),
  );
  const share = used.map((ms, row) => ms / (totals[row] as number));
  const order = orderOf(
    rows,
    (row) => (totals[row] as number) > 0,
    (a, b) =>
      (share[b] as number) - (share[a] as number) ||
      (used[b] as number) - (used[a] as number) ||
      offerIdOf(lines[a] as number) - offerIdOf(lines[b] as number) ||
      types.placeOf(lines[a] as number) - types.placeOf(lines[b] as number) ||
      (rowGroups[a] as number) - (rowGroups[b] as number),
  );
  const groupCells = (name: string) =>
    Array.from(order, (at) => groups.cells[name]?.[rowGroups[at] as number] as Cell);
  return {
    columns: [
      OFFER_ID,
      MACHINE_ID,
      GPU_NAME,
      TYPE,
      count('samples', 'Samples', 'polls'),
      ...HOURS_AND_SHARES,
    ],
    length: order.length,
    cells: {
      offer_id: doubles(order, (at) => offerIdOf(lines[at] as number)),
      machine_id: groupCells('machine_id'),
      gpu_name: groupCells('gpu_name'),
      type: Array.from(order, (at) => types.nameOf(lines[at] as number)),
      ...hourCells(sums, order),
    },
    samples: (at) => sumOf(sums, 'samples', order[at] as number),
    totals: (rowSums) => ({ offers: rowSums.count, ...hourTotals(rowSums) }),
  };
}
