// Occupancy of groups of offers, with their utilisation by several weights. On-demand and interruptible lines are
// never added together.
import { count, percent, TYPE } from './columns.ts';
import { dimensionsOf } from './dimensions.ts';
import {
  addStates,
  HOURS_AND_SHARES,
  hourCells,
  hourTotals,
  makeHourSums,
  sumOf,
  totalOf,
} from './hour-sums.ts';
import { compareGroups, type LineGroups, outerGroups } from './line-groups.ts';
import { TYPE_CODES } from './line-spans.ts';
import type { ReportPlan } from './plan.ts';
import type { Grouping } from './report.ts';
import { cellsInOrder, doubles, orderOf, type ReportTable } from './report-table.ts';
import { carried, creditRule, sightSources } from './sight-sources.ts';
import type { ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';
import { FLAGS, stateClasses } from './state-classes.ts';
import { eachStateSums } from './state-sums.ts';
import { rentalTypes } from './warm-market.ts';
import { GPU_WEIGHTS, weightedShares } from './weighted-shares.ts';

const CARRIED = [carried('machine_id', 'a.machine_id::DOUBLE'), ...GPU_WEIGHTS];

/** Shares of what is rented, in the order of `SHARE`. */
const SHARES = [
  percent('utilization_pct', 'Utilisation'),
  percent('offer_count_utilization_pct', 'By offer count'),
  percent('gpu_weighted_utilization_pct', 'By GPUs'),
  percent('gpu_frac_weighted_utilization_pct', 'By GPUs x fraction'),
] as const;

/** One row a group and type. */
export async function groupOccupancy(
  source: ReportSource,
  scope: SpanScope,
  plan: ReportPlan,
  { by, bands }: { readonly by: readonly Grouping[]; readonly bands: readonly number[] },
): Promise<ReportTable> {
  const dimensions = dimensionsOf(by, bands);
  const names = dimensions.map((dimension) => dimension.column.name);
  const sources = await sightSources(source, scope, [...dimensions, ...CARRIED]);
  const rule = await creditRule(source, scope, plan);
  const types = await rentalTypes(source);
  const { groups, index } = sources;
  const outer = outerGroups(groups, names);
  const size = outer.count * TYPE_CODES;
  const sums = makeHourSums(size);
  const members = countMembers(groups, size);
  const shares = weightedShares(groups, size, stateClasses(plan.state));
  eachStateSums(sources, rule, ({ line, group }, states) => {
    const row = (outer.of[group] as number) * TYPE_CODES + (index.codes[line] as number);
    const samplesBefore = sumOf(sums, 'samples', row);
    addStates(sums, row, states);
    if (sumOf(sums, 'samples', row) > samplesBefore) members.note(row, line, group);
    for (let flags = 0; flags < FLAGS.length; flags += 1)
      shares.add(row, flags, group, states.polls[flags] as number, states.ms[flags] as number);
  });
  const groupOf = (row: number) => Math.floor(row / TYPE_CODES);
  const order = orderOf(
    size,
    (row) => totalOf(sums, row) > 0,
    compareGroups(dimensions, {
      group: groupOf,
      type: types.placeOf,
      size: (row) => totalOf(sums, row),
    }),
  );
  const cellsOf = (name: string) =>
    cellsInOrder(order, (row) => groups.cells[name]?.[outer.firsts[groupOf(row)] as number] ?? null);
  return {
    columns: [
      ...dimensions.map((dimension) => dimension.column),
      TYPE,
      count('offers', 'Offers'),
      count('machines', 'Machines'),
      count('samples', 'Samples', 'observations'),
      ...HOURS_AND_SHARES,
      ...SHARES,
    ],
    length: order.length,
    cells: {
      ...Object.fromEntries(names.map((name) => [name, cellsOf(name)])),
      type: cellsInOrder(order, types.nameOf),
      offers: doubles(order, (row) => members.lines[row] as number),
      machines: doubles(order, (row) => members.machines[row] as number),
      ...hourCells(sums, order),
      ...Object.fromEntries(
        SHARES.map(({ name }, share) => [name, doubles(order, (row) => shares.percent(share, row))]),
      ),
    },
    samples: (at) => sumOf(sums, 'samples', order[at] as number),
    totals: hourTotals,
  };
}

/** Different lines and machines of each row. Lines come one after the other. */
function countMembers({ cells, count: groupCount }: LineGroups, size: number) {
  const [lines, machines] = [new Float64Array(size), new Float64Array(size)];
  const lineBefore = new Int32Array(size).fill(-1);
  const noted = new Uint8Array(groupCount * TYPE_CODES);
  const known = new Set<string>();
  const note = (row: number, line: number, group: number) => {
    if (lineBefore[row] !== line) {
      lineBefore[row] = line;
      lines[row] = (lines[row] as number) + 1;
    }
    const cell = group * TYPE_CODES + (row % TYPE_CODES);
    const machine = cells.machine_id?.[group];
    if (noted[cell] || machine === null) return;
    noted[cell] = 1;
    const name = `${row} ${String(machine)}`;
    if (known.has(name)) return;
    known.add(name);
    machines[row] = (machines[row] as number) + 1;
  };
  return { lines, machines, note };
}
