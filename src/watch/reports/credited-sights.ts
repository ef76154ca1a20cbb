// What sights are worth: polls, credited milliseconds, and milliseconds that nobody watched.
import { eachSight, type SightSources } from './each-sight.ts';
import type { PollTimes } from './poll-times.ts';
import type { GapRule } from './report.ts';
import { FIRST_UNSEEN } from './state-classes.ts';

export interface CreditRule {
  readonly gaps: GapRule;
  readonly cadenceMs: number;
  readonly polls: PollTimes;
}

/** `state` may be MISSING, and is worth no poll and no credit then. */
export type VisitFact = (
  line: number,
  group: number,
  state: number,
  polls: number,
  ms: number,
  unseenMs: number,
) => void;

/**
 * `unknown`: a seen poll is worth its credit (at most 1.5 intervals); the rest of a hole, and every poll in
 * which the line is MISSING, is unseen. `carry`: a sight is worth the time to the line's next sight, the last
 * one `cadenceMs`; what of that was not watched is told as unseen, but belongs to the credit.
 */
export function eachCreditedSight(sources: SightSources, rule: CreditRule, visit: VisitFact): void {
  const { credits, gaps, firstPoll } = rule.polls;
  if (rule.gaps === 'carry') {
    eachCarriedSight(sources, rule, visit);
    return;
  }
  eachSight(sources, (line, group, state, f, e) => {
    const creditMs = (credits[e - firstPoll] as number) - (credits[f - firstPoll] as number);
    const gapMs = (gaps[e - firstPoll] as number) - (gaps[f - firstPoll] as number);
    if (state < FIRST_UNSEEN) visit(line, group, state, e - f, creditMs, gapMs);
    else visit(line, group, state, 0, 0, gapMs + creditMs);
  });
}

function eachCarriedSight(sources: SightSources, { cadenceMs, polls }: CreditRule, visit: VisitFact): void {
  const { window, states } = sources;
  const { credits, times, firstPoll } = polls;
  const end = window.lastPoll + 1;
  const timeOf = (poll: number) => times[poll - firstPoll] as number;
  eachSight(sources, (line, group, state, f, e, place) => {
    if (state >= FIRST_UNSEEN) return;
    const spanEnd = Math.min(states.e[place] as number, end);
    // A part that ends before its span does is followed by the next part at once.
    let untilMs = timeOf(e);
    if (e === spanEnd) {
      let next = place + 1;
      const last = states.starts[line + 1] as number;
      while (next < last && (states.value[next] as number) >= FIRST_UNSEEN) next += 1;
      const hasNext = next < last && (states.f[next] as number) < end;
      untilMs = hasNext
        ? timeOf(states.f[next] as number)
        : Math.min(timeOf(e - 1) + cadenceMs, window.untilMs);
    }
    const ms = untilMs - timeOf(f);
    const creditMs = (credits[e - firstPoll] as number) - (credits[f - firstPoll] as number);
    visit(line, group, state, e - f, ms, ms - creditMs);
  });
}
