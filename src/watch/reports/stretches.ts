// Groups laid over states, line by line: where every report over time begins. A stretch is a range of a line's state
// spans, so that a report loops over the spans themselves; a call for each of them takes longer than all else.
import type { LineGroups } from './line-groups.ts';
import { firstEndingAfter, type LineIndex, type LineSpans } from './line-spans.ts';
import type { ReportWindow } from './report-window.ts';
import type { LineFilter } from './span-sql.ts';

export interface SightSources {
  readonly window: ReportWindow;
  readonly filter: LineFilter;
  readonly index: LineIndex;
  readonly states: LineSpans<Uint8Array>;
  readonly groups: LineGroups;
}

/**
 * A line's state spans from place `from` to before `to` while it was in one group: those are polls [first, end), to
 * which the outermost spans are to be clipped. MISSING (254) is among the states.
 */
export interface Stretch {
  line: number;
  group: number;
  from: number;
  to: number;
  first: number;
  end: number;
}

/** Line by line, in the order of time. The visitor is given the same object each time. */
export function eachStretch(sources: SightSources, visit: (stretch: Readonly<Stretch>) => void): void {
  const { filter, index, states, groups } = sources;
  const stretch: Stretch = { line: 0, group: 0, from: 0, to: 0, first: 0, end: 0 };
  const lines = Math.min(states.starts.length, groups.spans.starts.length) - 1;
  for (let line = 0; line < lines; line += 1) {
    // Lines that the filter leaves out have no group.
    if (groups.spans.starts[line] === groups.spans.starts[line + 1]) continue;
    if (!isAsked(filter, index.codes[line] as number)) continue;
    stretch.line = line;
    eachStretchOf(line, sources, stretch, visit);
  }
}

export function isAsked({ typeCodes }: LineFilter, code: number): boolean {
  return typeCodes.length === 0 || typeCodes.includes(code);
}

function eachStretchOf(
  line: number,
  { window, states, groups }: SightSources,
  stretch: Stretch,
  visit: (stretch: Readonly<Stretch>) => void,
): void {
  const { f, e } = states;
  const { starts, f: groupF, e: groupE, value: group } = groups.spans;
  const last = states.starts[line + 1] as number;
  let from = states.starts[line] as number;
  for (let place = starts[line] as number; place < (starts[line + 1] as number); place += 1) {
    const first = Math.max(groupF[place] as number, window.firstPoll);
    const end = Math.min(groupE[place] as number, window.lastPoll + 1);
    if (first >= end) continue;
    from = firstEndingAfter(e, from, last, first);
    // A span that reaches into the next group's polls is the last here and the first there.
    const to = firstEndingAfter(e, from, last, end - 1);
    const isInto = to < last && (f[to] as number) < end;
    stretch.group = group[place] as number;
    stretch.from = from;
    stretch.to = isInto ? to + 1 : to;
    stretch.first = first;
    stretch.end = end;
    if (stretch.from < stretch.to) visit(stretch);
    from = to;
  }
}
