// The first sight of every line as available, and the first as rented: what time to rent is measured between.
import type { SightSources } from './each-sight.ts';
import type { LineGroups } from './line-groups.ts';
import type { PollTimes } from './poll-times.ts';
import type { StateBasis } from './report.ts';
import { AVAILABLE, FIRST_UNSEEN, RENTED, stateClasses } from './state-classes.ts';

const MS_PER_HOUR = 3_600_000;
export const WITHIN_HOURS = 48;

/** One line that was seen available. */
export interface FirstFlip {
  readonly line: number;
  readonly group: number;
  readonly availablePoll: number;
  /** 0 when it was never seen rented. */
  readonly rentedPoll: number;
  /** NaN when it was never seen rented; below 0 when it was rented first. */
  readonly hours: number;
  /** As in the original, an offer that was seen rented before it was seen available was not rented in time. */
  readonly isInTime: boolean;
}

/** In no order; `group` is the line's when it was first available. */
export function firstFlips(
  { window, filter, index, states, groups }: SightSources,
  state: StateBasis,
  { firstPoll, times }: PollTimes,
): FirstFlip[] {
  const classes = stateClasses(state);
  const flips: FirstFlip[] = [];
  const { starts, f, e, value } = states;
  for (let line = 0; line + 1 < starts.length; line += 1) {
    if (filter.typeCodes.length > 0 && !filter.typeCodes.includes(index.codes[line] as number)) continue;
    let available = 0;
    let rented = 0;
    for (let at = starts[line] as number; at < (starts[line + 1] as number); at += 1) {
      const code = value[at] as number;
      const from = Math.max(f[at] as number, window.firstPoll);
      if (code >= FIRST_UNSEEN || from > window.lastPoll || (e[at] as number) <= from) continue;
      const cls = classes[code];
      if (cls === AVAILABLE && available === 0) available = from;
      if (cls === RENTED && rented === 0) rented = from;
      if (available > 0 && rented > 0) break;
    }
    if (available === 0) continue;
    const group = groupAt(groups, line, available);
    if (group === undefined) continue;
    const timeOf = (poll: number) => times[poll - firstPoll] as number;
    const hours = rented > 0 ? (timeOf(rented) - timeOf(available)) / MS_PER_HOUR : Number.NaN;
    const isInTime = hours > 0 && hours <= WITHIN_HOURS;
    flips.push({ line, group, availablePoll: available, rentedPoll: rented, hours, isInTime });
  }
  return flips;
}

function groupAt({ spans }: LineGroups, line: number, poll: number): number | undefined {
  const { starts, f, e, value } = spans;
  for (let at = starts[line] ?? 0; at < (starts[line + 1] ?? 0); at += 1)
    if ((f[at] as number) <= poll && poll < (e[at] as number)) return value[at];
  return undefined;
}

/** The last poll that saw a line before it was seen rented. */
export function lastSightBefore({ states, window }: SightSources, line: number, poll: number): number {
  const { starts, f, e, value } = states;
  let last = window.firstPoll;
  for (let at = starts[line] as number; at < (starts[line + 1] as number); at += 1) {
    if ((f[at] as number) >= poll) break;
    if ((value[at] as number) < FIRST_UNSEEN && (e[at] as number) > window.firstPoll)
      last = Math.min(e[at] as number, window.lastPoll + 1) - 1;
  }
  return last;
}
