// What a stretch is worth by state: polls, credited milliseconds, and milliseconds that nobody watched.
import type { LineSpans } from './line-spans.ts';
import type { PollTimes } from './poll-times.ts';
import type { GapRule } from './report.ts';
import type { ReportWindow } from './report-window.ts';
import { FIRST_UNSEEN, FLAGS } from './state-classes.ts';
import { eachStretch, type SightSources, type Stretch } from './stretches.ts';

export interface CreditRule {
  readonly gaps: GapRule;
  readonly cadenceMs: number;
  readonly polls: PollTimes;
}

/** By the flags of the state, see FLAGS; the last element is for what was not seen, and worth nothing. */
export interface StateSums {
  readonly polls: Float64Array;
  readonly ms: Float64Array;
  unseenMs: number;
}

const UNSEEN = FLAGS.length;
const PLACES = UNSEEN + 1;

/** The place of every state code. */
const PLACE_OF = Uint8Array.from({ length: 256 }, (_, code) =>
  code < FIRST_UNSEEN ? code % FLAGS.length : UNSEEN,
);

/**
 * `unknown`: a seen poll is worth its credit (at most 1.5 intervals); the rest of a hole, and every poll in
 * which the line is MISSING, is unseen. `carry`: a sight is worth the time to the line's next sight, the last
 * one `cadenceMs`; what of that was not watched is told as unseen, but belongs to the credit.
 */
export function eachStateSums(
  sources: SightSources,
  rule: CreditRule,
  visit: (stretch: Readonly<Stretch>, sums: StateSums) => void,
): void {
  const { states, window } = sources;
  const sums = { polls: new Float64Array(PLACES), ms: new Float64Array(PLACES), unseenMs: 0 };
  eachStretch(sources, (stretch) => {
    sums.polls.fill(0);
    sums.ms.fill(0);
    if (rule.gaps === 'carry') carry(stretch, states, window, rule, sums);
    else credit(stretch, states, rule.polls, sums);
    visit(stretch, sums);
  });
}

function credit(
  { from, to, first, end }: Readonly<Stretch>,
  { f, e, value }: LineSpans<Uint8Array>,
  { credits, gaps, firstPoll }: PollTimes,
  sums: StateSums,
): void {
  const { polls, ms } = sums;
  let unseenMs = 0;
  for (let at = from; at < to; at += 1) {
    const begin = Math.max(f[at] as number, first) - firstPoll;
    const until = Math.min(e[at] as number, end) - firstPoll;
    const place = PLACE_OF[value[at] as number] as number;
    unseenMs += (gaps[until] as number) - (gaps[begin] as number);
    polls[place] = (polls[place] as number) + until - begin;
    ms[place] = (ms[place] as number) + (credits[until] as number) - (credits[begin] as number);
  }
  sums.unseenMs = unseenMs + (ms[UNSEEN] as number);
}

function carry(
  { line, from, to, first, end }: Readonly<Stretch>,
  { starts, f, e, value }: LineSpans<Uint8Array>,
  window: ReportWindow,
  { cadenceMs, polls: { credits, times, firstPoll } }: CreditRule,
  sums: StateSums,
): void {
  const { polls, ms } = sums;
  const last = starts[line + 1] as number;
  const windowEnd = window.lastPoll + 1;
  const timeOf = (poll: number) => times[poll - firstPoll] as number;
  let unseenMs = 0;
  for (let at = from; at < to; at += 1) {
    if ((value[at] as number) >= FIRST_UNSEEN) continue;
    const begin = Math.max(f[at] as number, first);
    const until = Math.min(e[at] as number, end);
    // A part that ends before its span does is followed by the next part at once.
    let untilMs = timeOf(until);
    if (until === Math.min(e[at] as number, windowEnd)) {
      let next = at + 1;
      while (next < last && (value[next] as number) >= FIRST_UNSEEN) next += 1;
      const hasNext = next < last && (f[next] as number) < windowEnd;
      untilMs = hasNext ? timeOf(f[next] as number) : Math.min(timeOf(until - 1) + cadenceMs, window.untilMs);
    }
    const place = PLACE_OF[value[at] as number] as number;
    const heldMs = untilMs - timeOf(begin);
    const watchedMs = (credits[until - firstPoll] as number) - (credits[begin - firstPoll] as number);
    polls[place] = (polls[place] as number) + until - begin;
    ms[place] = (ms[place] as number) + heldMs;
    unseenMs += heldMs - watchedMs;
  }
  sums.unseenMs = unseenMs;
}
