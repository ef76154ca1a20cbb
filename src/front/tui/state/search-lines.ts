// From one line that matches to the next. Pure.
import { selectedRun } from '../table/shown-runs.ts';
import { bottomIndex, matcher, shownLines } from './log-lines.ts';
import type { ScreenState } from './screen-state.ts';

/** Older first: who searches a log wants what happened last. The line found comes to the bottom of the panel. */
export function searchLines(state: ScreenState, side: 'older' | 'newer'): ScreenState {
  const run = selectedRun(state);
  const { search, anchorSeq } = state.log;
  if (!run || search === '') return told(state, 'There is nothing to search for: / takes a word', 'warn');
  const lines = shownLines(state, run.key);
  const isMatch = matcher(search);
  const bottom = bottomIndex(lines, anchorSeq) - 1;
  const found =
    side === 'older'
      ? lines.findLastIndex(
          ({ text }, index) => (anchorSeq === null ? index <= bottom : index < bottom) && isMatch(text),
        )
      : lines.findIndex(({ text }, index) => index > bottom && isMatch(text));
  const line = lines[found];
  if (!line) return told(state, `No ${side} line has "${search}"`, 'warn');
  return { ...state, selectedKey: run.key, log: { ...state.log, anchorSeq: line.seq }, message: null };
}

function told(state: ScreenState, text: string, tone: 'warn'): ScreenState {
  return { ...state, message: { text, tone, atMs: state.nowMs } };
}
