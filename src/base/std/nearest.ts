// The nearest words to a misspelt one, for "did you mean".

/**
 * Number of single-character insertions, deletions, replacements and swaps of neighbours that make `b` of `a`
 * (optimal string alignment distance).
 */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

export interface NearestOptions {
  /** How many at most; default 3. */
  readonly limit?: number;
  /** What is compared in place of the words themselves; default lower case. */
  readonly fold?: (word: string) => string;
}

/** The candidates within half of the word's length, nearest first, then in alphabetical order. */
export function nearest(word: string, candidates: Iterable<string>, options: NearestOptions = {}): string[] {
  const { limit = 3, fold = (text) => text.toLowerCase() } = options;
  const wanted = fold(word);
  const farthest = Math.max(1, Math.floor(wanted.length / 2));
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, distance: editDistance(wanted, fold(candidate)) }))
    .filter(({ distance }) => distance <= farthest)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

function at(row: readonly number[], column: number): number {
  return row[column] as number;
}
