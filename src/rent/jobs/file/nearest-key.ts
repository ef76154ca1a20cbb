// The known word nearest to one that is not known.

/** Undefined where none is near: within a third of its length, at least two letters. */
export function nearestKey(word: string, known: readonly string[]): string | undefined {
  const wanted = word.toLowerCase().replaceAll('-', '_');
  const farthest = Math.max(2, Math.floor(wanted.length / 3));
  const [best] = known
    .map((key) => ({ key, distance: editDistance(wanted, key.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance || (a.key < b.key ? -1 : 1));
  return best && best.distance <= farthest ? best.key : undefined;
}

/** Single letters put in, taken out or replaced, and neighbours swapped, that make `b` of `a`. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= a.length; row += 1) {
    rows.push([row]);
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      (rows[row] as number[])[column] = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (isSame ? 0 : 1),
        isSwap ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(a.length, b.length);
}
