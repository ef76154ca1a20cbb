// Occupancy of every offer: how long it was available, assumed rented, or not known to be either.
import { count, GPU_NAME, MACHINE_ID, OFFER_ID, TYPE } from './columns.ts';
import {
  addStates,
  HOURS_AND_SHARES,
  type HourSums,
  hourCells,
  hourTotals,
  makeHourSums,
  sumOf,
  totalOf,
} from './hour-sums.ts';
import { offerIdOf } from './line-spans.ts';
import type { ReportPlan } from './plan.ts';
import { sortedByKey } from './radix-order.ts';
import { cellsInOrder, doubles, integers, type ReportTable, rowsWhere } from './report-table.ts';
import { carried, creditRule, sightSources } from './sight-sources.ts';
import type { ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';
import { eachStateSums } from './state-sums.ts';
import { placesOf, rentalTypes } from './warm-market.ts';

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
  const { groups, index } = sources;
  // A row is a line and one of its groups; most lines have one, and none has more than it has group spans.
  const most = groups.spans.value.length;
  const sums = makeHourSums(most);
  const [rowLines, rowGroups] = [new Int32Array(most), new Int32Array(most)];
  let rows = 0;
  let firstRow = 0;
  eachStateSums(sources, rule, ({ line, group }, states) => {
    if (rows > 0 && rowLines[rows - 1] !== line) firstRow = rows;
    let row = firstRow;
    while (row < rows && rowGroups[row] !== group) row += 1;
    if (row === rows) {
      rowLines[row] = line;
      rowGroups[row] = group;
      rows += 1;
    }
    addStates(sums, row, states);
  });
  const shown = rowsWhere(rows, (row) => totalOf(sums, row) > 0);
  const places = placesOf(index, types);
  const byName = sortedByKey(
    sortedByKey(shown, Float64Array.from(rowGroups.subarray(0, rows))),
    doubles(rowLines.subarray(0, rows), (line) => places[line] as number),
  );
  const order = mostRentedFirst(byName, sums, plan.state === 'rented' ? 'api' : 'assumed', rows);
  const lines = doubles(order, (row) => index.lines[rowLines[row] as number] as number);
  const codes = integers(order, (row) => rowGroups[row] as number);
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
      offer_id: lines.map(offerIdOf),
      machine_id: { codes, values: groups.cells.machine_id ?? [] },
      gpu_name: { codes, values: groups.cells.gpu_name ?? [] },
      type: cellsInOrder(lines, types.nameOf),
      ...hourCells(sums, order),
    },
    samples: (at) => sumOf(sums, 'samples', order[at] as number),
    totals: (rowSums) => ({ offers: rowSums.count, ...hourTotals(rowSums) }),
  };
}

/** By share, then by time; what ties in both keeps its order. */
function mostRentedFirst(
  shown: Uint32Array,
  sums: HourSums,
  used: 'api' | 'assumed',
  rows: number,
): Uint32Array {
  const [times, shares] = [new Float64Array(rows), new Float64Array(rows)];
  for (let row = 0; row < rows; row += 1) {
    const ms = sumOf(sums, used, row);
    times[row] = 0 - ms;
    shares[row] = 0 - ms / totalOf(sums, row);
  }
  return sortedByKey(sortedByKey(shown, times), shares);
}
