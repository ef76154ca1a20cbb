// Which columns a window has room for, and how wide each is. Pure.
import type { ColumnName } from './column-names.ts';
import { TABLE_COLUMNS, type TableColumn } from './columns.ts';

export interface PlacedColumn {
  readonly column: TableColumn;
  readonly width: number;
}

/** Between two columns. */
const GAP = 1;
/** The mark and the cursor stand before the first column. */
export const MARGIN = 2;

/** Below it a column comes only when those above it have the width in which they read well. */
const NEEDED_IMPORTANCE = 40;

/** The most important that fit; what is left over makes them wider. */
export function fitColumns(names: readonly ColumnName[], width: number): readonly PlacedColumn[] {
  const wanted = names.flatMap((name) => TABLE_COLUMNS.get(name) ?? []);
  const byImportance = wanted.toSorted((a, b) => rank(b) - rank(a));
  const widths = new Map<TableColumn, number>();
  let left = width - MARGIN;
  const choose = (column: TableColumn) => {
    const takes = column.widthMin + (widths.size === 0 ? 0 : GAP);
    if (takes > left && column.importance > 0) return;
    widths.set(column, column.widthMin);
    left -= takes;
  };
  const grow = (to: (column: TableColumn) => number) => {
    for (;;) {
      const growing = wanted.filter((column) => widths.has(column) && (widths.get(column) ?? 0) < to(column));
      if (growing.length === 0 || left <= 0) return;
      for (const column of growing.slice(0, left)) {
        widths.set(column, (widths.get(column) ?? 0) + 1);
        left -= 1;
      }
    }
  };
  for (const column of byImportance) if (rank(column) >= NEEDED_IMPORTANCE) choose(column);
  grow(({ widthGood }) => widthGood);
  for (const column of byImportance) if (!widths.has(column)) choose(column);
  grow(({ widthMax }) => widthMax);
  return wanted.flatMap((column) => {
    const cells = widths.get(column);
    return cells === undefined ? [] : [{ column, width: cells }];
  });
}

function rank({ importance }: TableColumn): number {
  return importance === 0 ? Number.POSITIVE_INFINITY : importance;
}
