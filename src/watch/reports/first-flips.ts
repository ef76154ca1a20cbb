// The first sight of every line as available, and the first as rented: what time to rent is measured between.
import type { LineGroups } from './line-groups.ts';
import type { PollTimes } from './poll-times.ts';
import type { StateBasis } from './report.ts';
import { AVAILABLE, FIRST_UNSEEN, RENTED, stateClasses } from './state-classes.ts';
import { isAsked, type SightSources } from './stretches.ts';

const MS_PER_HOUR = 3_600_000;
export const WITHIN_HOURS = 48;

/** Lines that were seen available, in columns. */
export interface FirstFlips {
  readonly length: number;
  readonly line: Int32Array;
  /** The line's when it was first available. */
  readonly group: Int32Array;
  readonly availablePoll: Int32Array;
  /** 0 when it was never seen rented. */
  readonly rentedPoll: Int32Array;
  /** The last poll that saw it before it was seen rented. */
  readonly lastPollBefore: Int32Array;
  /** NaN when it was never seen rented; below 0 when it was rented first. */
  readonly hours: Float64Array;
}

export function firstFlips(sources: SightSources, state: StateBasis, polls: PollTimes): FirstFlips {
  const { window, filter, index, states, groups } = sources;
  const { firstPoll, times } = polls;
  const classes = stateClasses(state);
  const { starts, f, e, value } = states;
  const flips = makeFlips(starts.length - 1);
  let length = 0;
  for (let line = 0; line + 1 < starts.length; line += 1) {
    if (!isAsked(filter, index.codes[line] as number)) continue;
    let available = 0;
    let rented = 0;
    let last = window.firstPoll;
    const end = starts[line + 1] as number;
    for (let at = starts[line] as number; at < end; at += 1) {
      const code = value[at] as number;
      if (code >= FIRST_UNSEEN) continue;
      let from = f[at] as number;
      const until = e[at] as number;
      if (from < window.firstPoll) from = window.firstPoll;
      if (from > window.lastPoll || until <= from) continue;
      const cls = classes[code];
      if (cls === AVAILABLE && available === 0) available = from;
      if (cls === RENTED && rented === 0) rented = from;
      if (available > 0 && rented > 0) break;
      if (rented === 0) last = until - 1;
    }
    if (available === 0) continue;
    const group = groupAt(groups, line, available);
    if (group === undefined) continue;
    flips.line[length] = line;
    flips.group[length] = group;
    flips.availablePoll[length] = available;
    flips.rentedPoll[length] = rented;
    flips.lastPollBefore[length] = last;
    flips.hours[length] =
      rented === 0
        ? Number.NaN
        : ((times[rented - firstPoll] as number) - (times[available - firstPoll] as number)) / MS_PER_HOUR;
    length += 1;
  }
  return { ...flips, length };
}

/** As in the original, an offer that was seen rented before it was seen available was not rented in time. */
export function isInTime(hours: number): boolean {
  return hours > 0 && hours <= WITHIN_HOURS;
}

function makeFlips(most: number): Omit<FirstFlips, 'length'> {
  return {
    line: new Int32Array(most),
    group: new Int32Array(most),
    availablePoll: new Int32Array(most),
    rentedPoll: new Int32Array(most),
    lastPollBefore: new Int32Array(most),
    hours: new Float64Array(most),
  };
}

function groupAt({ spans }: LineGroups, line: number, poll: number): number | undefined {
  const { starts, f, e, value } = spans;
  for (let at = starts[line] ?? 0; at < (starts[line + 1] ?? 0); at += 1)
    if ((f[at] as number) <= poll && poll < (e[at] as number)) return value[at];
  return undefined;
}
