// What is new in a window of lines that moves on: a pane, or the end of a container's log, each time it is asked for.

/** The lines of `now` that were not in `before`: those behind the longest end of `before` that `now` begins with or holds. */
export function newLines(before: readonly string[], now: readonly string[]): readonly string[] {
  const last = before.at(-1);
  if (last === undefined) return now;
  // The window has moved by so many lines: where all that is left of the old one stands at the new one's start.
  for (let moved = 0; moved < before.length; moved += 1) {
    const overlap = before.length - moved;
    if (overlap > now.length) continue;
    let same = 0;
    while (same < overlap && now[same] === before[moved + same]) same += 1;
    if (same === overlap) return now.slice(overlap);
  }
  // Nothing of it is there any more: more lines came than the window holds, or it was cleared.
  return now;
}
