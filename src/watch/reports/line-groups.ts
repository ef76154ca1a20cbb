// Which group every line belonged to, and when. Groups are numbered in the order in which they are listed.
import type { Dimension } from './dimensions.ts';
import { firstEndingAfter, type LineSpans, loadLineSpans } from './line-spans.ts';
import type { Cell } from './report.ts';
import { giveMemoryBack, queryRows, type ReportSource } from './source.ts';
import { dimensionSpansSql, type SpanScope } from './span-sql.ts';
import { streamLineSpans } from './stream-spans.ts';
import { isLong, kept } from './warm-market.ts';

export interface LineGroups {
  /** Values are numbers of groups; spans are clipped to the window. */
  readonly spans: LineSpans<Int32Array>;
  readonly count: number;
  /** Values of the dimensions by group. */
  readonly cells: Readonly<Record<string, readonly Cell[]>>;
}

export type GroupDimension = Pick<Dimension, 'column' | 'sql' | 'facets' | 'orderSql'>;

/** Without dimensions every line is in one group. */
export function lineGroups(
  source: ReportSource,
  scope: SpanScope,
  dimensions: readonly GroupDimension[],
  states: LineSpans<Uint8Array>,
): Promise<LineGroups> {
  const used = dimensions.length > 0 ? dimensions : [EVERYTHING];
  const names = used.map((dimension) => dimension.column.name);
  // Dimension by dimension, so that groups which agree in the first ones are neighbours.
  const order = used
    .flatMap(({ column: { name }, orderSql }) => [
      ...(orderSql && isNatural(used) ? [orderSql(name)] : []),
      `${name} NULLS LAST`,
    ])
    .join(', ');
  const spans = `WITH ${dimensionSpansSql(scope, used)}`;
  const distinct = `SELECT DISTINCT ${names.join(', ')} FROM ds`;
  const same = names.map((name) => `ds.${name} IS NOT DISTINCT FROM g.${name}`).join(' AND ');
  const sql = `${spans} SELECT line::DOUBLE AS line, f, e, number::INTEGER
    FROM ds JOIN (SELECT *, row_number() OVER (ORDER BY ${order}) - 1 AS number FROM (${distinct})) g ON ${same}`;
  return kept(source, sql, async (index) => {
    const rows = await queryRows(source, `${spans} SELECT * FROM (${distinct}) ORDER BY ${order}`);
    const makeValues = (length: number) => new Int32Array(length);
    // Ordered, or brought as a whole, the spans of a long time would take 100 MB.
    const loaded = isLong(scope.window)
      ? await streamLineSpans(source, index, { queries: [sql], makeValues })
      : await loadLineSpans(source, index, { sql: `${sql} ORDER BY line, f`, makeValues });
    await giveMemoryBack(source);
    return {
      spans: withoutSameNeighbours(loaded, states),
      count: rows.length,
      cells: Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name] as Cell)])),
    };
  });
}

/**
 * Attributes change more often than a group that is made of a few of them, and end where a line is gone for a while.
 * Spans of one group are joined also over polls in which the line has no state, which nobody asks for.
 */
function withoutSameNeighbours(
  { starts, f, e, value }: LineSpans<Int32Array>,
  states: LineSpans<Uint8Array>,
): LineSpans<Int32Array> {
  const fewer = new Int32Array(starts.length);
  let length = 0;
  for (let line = 0; line + 1 < starts.length; line += 1) {
    const first = length;
    for (let at = starts[line] as number; at < (starts[line + 1] as number); at += 1) {
      const goesOn =
        length > first &&
        value[length - 1] === value[at] &&
        isWithoutState(states, line, e[length - 1] as number, f[at] as number);
      if (!goesOn) {
        f[length] = f[at] as number;
        value[length] = value[at] as number;
        length += 1;
      }
      e[length - 1] = e[at] as number;
    }
    fewer[line + 1] = length;
  }
  return { starts: fewer, f: f.slice(0, length), e: e.slice(0, length), value: value.slice(0, length) };
}

/** In polls [from, until). */
function isWithoutState(
  { starts, f, e }: LineSpans<Uint8Array>,
  line: number,
  from: number,
  until: number,
): boolean {
  if (from >= until) return true;
  const last = starts[line + 1] ?? 0;
  const place = firstEndingAfter(e, starts[line] ?? 0, last, from);
  return place >= last || (f[place] as number) >= until;
}

const EVERYTHING: GroupDimension = {
  column: { name: 'everything', title: '', unit: '', kind: 'text' },
  sql: 'NULL',
  facets: [],
};

/**
 * The order of rows of groups and types: groups with a natural order keep it, others come biggest first. `group`
 * and `type` give the places of a row's.
 */
export function compareGroups(
  dimensions: readonly GroupDimension[],
  row: {
    readonly group: (row: number) => number;
    readonly type: (row: number) => number;
    readonly size: (row: number) => number;
  },
): (a: number, b: number) => number {
  const { group, type, size } = row;
  const bySize = isNatural(dimensions) ? () => 0 : (a: number, b: number) => size(b) - size(a);
  return (a, b) => bySize(a, b) || group(a) - group(b) || type(a) - type(b);
}

function isNatural(dimensions: readonly GroupDimension[]): boolean {
  return dimensions[0]?.orderSql !== undefined;
}

/** Groups by some of their dimensions, which come first: neighbours that agree in them are one. */
export function outerGroups(
  groups: LineGroups,
  names: readonly string[],
): {
  /** The outer group of each group. */
  readonly of: Int32Array;
  readonly count: number;
  /** The first group of each outer group. */
  readonly firsts: readonly number[];
} {
  const of = new Int32Array(groups.count);
  const firsts: number[] = [];
  for (let group = 0; group < groups.count; group += 1) {
    const isSame =
      group > 0 && names.every((name) => groups.cells[name]?.[group] === groups.cells[name]?.[group - 1]);
    if (!isSame) firsts.push(group);
    of[group] = firsts.length - 1;
  }
  return { of, count: firsts.length, firsts };
}
