// Runs a parsed search on a list of rows: filter, rank with chance, fold bundles, cut at the limit and the cap.
import { type Dice, DRAW } from '../dice.ts';
import type { MarketRow } from '../market/market.ts';
import { fieldOf } from './filter.ts';
import type { SearchQuery, SortKey } from './search-query.ts';

export interface FoundRow {
  readonly row: MarketRow;
  readonly score: number | undefined;
  /** Rows folded into this one, when the search was bundled and there were some. */
  bundled: number | undefined;
  /** What it is sorted by, when that is one number; smaller comes first. */
  key: number;
}

export interface RunOptions {
  readonly dice: Dice;
  readonly nowMs: number;
  /** Most rows of one answer. */
  readonly cap: number;
}

/** Two searches in the same minute rank alike; by this much, in ln, the next minute's ranking differs. */
const CHANCE = 0.25;

export function runSearch(
  rows: readonly MarketRow[],
  query: SearchQuery,
  { dice, nowMs, cap }: RunOptions,
): FoundRow[] {
  const nowSec = nowMs / 1_000;
  const minute = Math.floor(nowMs / 60_000);
  const found: FoundRow[] = [];
  const { tests } = query;
  nextRow: for (const row of rows) {
    for (const test of tests) if (!test(row, nowSec)) continue nextRow;
    found.push({ row, score: scoreOf(row, dice, minute), bundled: undefined, key: 0 });
  }
  const folded = query.isUnbundled ? found : fold(found);
  sortFound(folded, query.order);
  const most = Math.min(query.limit, cap);
  return folded.length > most ? folded.slice(0, most) : folded;
}

function scoreOf(row: MarketRow, dice: Dice, minute: number): number | undefined {
  if (row.baseScore === undefined) return undefined;
  return row.baseScore * Math.exp(CHANCE * (2 * dice.unit(DRAW.score, minute, row.id) - 1));
}

/** Keeps the best ranked row of each bundle; chance decides which sibling that is. */
function fold(rows: readonly FoundRow[]): FoundRow[] {
  const kept: FoundRow[] = [];
  const bundles = new Map<string, { at: number; count: number }>();
  for (const row of rows) {
    const key = row.row.bundleKey;
    const bundle = key === undefined ? undefined : bundles.get(key);
    if (!bundle) {
      if (key !== undefined) bundles.set(key, { at: kept.length, count: 1 });
      kept.push(row);
      continue;
    }
    bundle.count += 1;
    if ((row.score ?? 0) > ((kept[bundle.at] as FoundRow).score ?? 0)) kept[bundle.at] = row;
  }
  for (const { at, count } of bundles.values()) if (count > 1) (kept[at] as FoundRow).bundled = count;
  return kept;
}

/** Most searches sort by one number: its values are read once, not at every comparison. */
function sortFound(rows: FoundRow[], order: readonly SortKey[]): void {
  const [only] = order;
  if (order.length !== 1 || !only || only.column.kind !== 'number') {
    rows.sort((a, b) => compare(a, b, order));
    return;
  }
  const sign = only.direction === 'asc' ? 1 : -1;
  for (const found of rows) {
    const value = sortValue(found, only.column.name);
    found.key = typeof value === 'number' ? sign * value : Number.POSITIVE_INFINITY;
  }
  rows.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : tieBreak(a, b)));
}

/** Recorded rows keep their recorded order; simulated ones go by id. */
function tieBreak(a: FoundRow, b: FoundRow): number {
  return a.score === undefined ? 0 : a.row.id - b.row.id;
}

function compare(a: FoundRow, b: FoundRow, order: readonly SortKey[]): number {
  for (const { column, direction } of order) {
    const left = sortValue(a, column.name);
    const right = sortValue(b, column.name);
    if (left === right) continue;
    // Nulls come last in either direction.
    if (left === null || left === undefined) return 1;
    if (right === null || right === undefined) return -1;
    const sign = left < right ? -1 : 1;
    return direction === 'asc' ? sign : -sign;
  }
  return tieBreak(a, b);
}

function sortValue({ row, score }: FoundRow, name: string): number | string | boolean | null | undefined {
  if (name === 'score') return score ?? (fieldOf(row, name) as number | null);
  if (name === 'duration' && row.baseScore !== undefined) return row.endDateSec;
  if (name === 'verified') return fieldOf(row, 'verification') as string | null;
  if (name === 'datacenter') return fieldOf(row, 'hosting_type') as number | null;
  return fieldOf(row, name) as number | string | boolean | null;
}
