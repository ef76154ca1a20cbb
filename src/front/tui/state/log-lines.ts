// Which lines of a run are on the screen: cleared ones are not, a filter leaves some out, and who scrolls back holds them.
import type { ShownLine } from '../../../rent/monitor/index.ts';
import type { ScreenState } from './screen-state.ts';

/** Of a run that nobody looks at; of the one that is read, as far back as somebody has gone. */
export const KEPT_LINES = 500;
export const READ_BACK_AT_MOST = 20_000;

/** A word in small letters finds all cases, one with a capital only itself: as less and vim have it. */
export function matcher(word: string): (text: string) => boolean {
  if (word === '') return () => false;
  if (word !== word.toLowerCase()) return (text) => text.includes(word);
  return (text) => text.toLowerCase().includes(word);
}

/** All that may be shown of a run, oldest first. */
export function shownLines(state: ScreenState, key: string): readonly ShownLine[] {
  const lines = state.lines.get(key) ?? [];
  const cleared = state.clearedSeq.get(key);
  const after = cleared === undefined ? lines : lines.filter(({ seq }) => seq > cleared);
  const { filter } = state.log;
  if (filter === '') return after;
  const isWanted = matcher(filter);
  return after.filter(({ text }) => isWanted(text));
}

/** Index after the line at the bottom of the panel. */
export function bottomIndex(lines: readonly ShownLine[], anchorSeq: number | null): number {
  if (anchorSeq === null) return lines.length;
  const index = lines.findLastIndex(({ seq }) => seq <= anchorSeq);
  return index + 1;
}

/** Adds new lines; of a run that is held, nothing that is being read is dropped. */
export function addLines(
  state: ScreenState,
  key: string,
  added: readonly ShownLine[],
): ReadonlyMap<string, readonly ShownLine[]> {
  const before = state.lines.get(key) ?? [];
  let lastSeq = before.at(-1)?.seq ?? Number.NEGATIVE_INFINITY;
  const fresh: ShownLine[] = [];
  for (const line of added) {
    if (line.seq <= lastSeq) continue;
    fresh.push(line);
    lastSeq = line.seq;
  }
  if (fresh.length === 0) return state.lines;
  const isRead = state.log.anchorSeq !== null && state.selectedKey === key;
  const kept = isRead ? READ_BACK_AT_MOST : KEPT_LINES;
  return new Map(state.lines).set(key, [...before, ...fresh].slice(-kept));
}

/** Takes what was read from kept logs in place of the fewer lines that there were. */
export function putLines(
  state: ScreenState,
  key: string,
  lines: readonly ShownLine[],
): ReadonlyMap<string, readonly ShownLine[]> {
  const newest = lines.at(-1)?.seq ?? Number.NEGATIVE_INFINITY;
  const later = (state.lines.get(key) ?? []).filter(({ seq }) => seq > newest);
  return new Map(state.lines).set(key, [...lines, ...later]);
}
