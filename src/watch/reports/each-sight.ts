// Walks over states and groups laid over each other: the loop under every report over time.
import type { LineGroups } from './line-groups.ts';
import { firstEndingAfter, type LineIndex, type LineSpans, TYPE_CODES } from './line-spans.ts';
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
 * Part of a state span over which the line's group stays the same: polls [f, e), clipped to the window. `place`
 * is the state span's among all.
 */
export type VisitSight = (
  line: number,
  group: number,
  state: number,
  f: number,
  e: number,
  place: number,
) => void;

/** All sights, line by line and in the order of time; MISSING (254) is among the states. */
export function eachSight(sources: SightSources, visit: VisitSight): void {
  const { filter, index, states, groups } = sources;
  const isAsked = (line: number) =>
    filter.typeCodes.length === 0 || filter.typeCodes.includes(index.codes[line] as number);
  for (let line = 0; line + 1 < states.starts.length; line += 1) {
    // Lines that the filter leaves out have no group.
    const hasGroup = (groups.spans.starts[line] ?? 0) < (groups.spans.starts[line + 1] ?? 0);
    if (hasGroup && isAsked(line)) eachSightOf(line, sources, visit);
  }
}

/** On its own, because the engine makes fast what is called often, and not what loops long. */
function eachSightOf(line: number, { window, states, groups }: SightSources, visit: VisitSight): void {
  const { starts, f, e, value } = states;
  const { starts: groupStarts, f: groupF, e: groupE, value: group } = groups.spans;
  const [first, end] = [window.firstPoll, window.lastPoll + 1];
  const lastPlace = groupStarts[line + 1] as number;
  const last = starts[line + 1] as number;
  let place = groupStarts[line] as number;
  for (let at = firstEndingAfter(e, starts[line] as number, last, first); at < last; at += 1) {
    let from = f[at] as number;
    if (from >= end) break;
    let until = e[at] as number;
    if (from < first) from = first;
    if (until > end) until = end;
    while (place < lastPlace && (groupE[place] as number) <= from) place += 1;
    for (let over = place; over < lastPlace; over += 1) {
      const groupFrom = groupF[over] as number;
      const groupUntil = groupE[over] as number;
      if (groupFrom >= until) break;
      visit(
        line,
        group[over] as number,
        value[at] as number,
        groupFrom > from ? groupFrom : from,
        groupUntil < until ? groupUntil : until,
        at,
      );
      if (groupUntil >= until) break;
    }
  }
}

export function offerIdOf(line: number): number {
  return Math.floor(line / TYPE_CODES);
}
