// The state of the screen and the rows that are drawn of it. Any number of changes in one turn make one frame, and a
// change that is not to be seen makes none.
import type { ScreenState } from '../state/screen-state.ts';

export interface ScreenStore {
  readonly state: () => ScreenState;
  readonly change: (next: (state: ScreenState) => ScreenState) => void;
  /** Painted rows of the newest frame: the same array while nothing has changed. */
  readonly rows: () => readonly string[];
  /** Hears of every new frame; returns how to stop. */
  readonly listen: (listener: () => void) => () => void;
}

export function createScreenStore(
  first: ScreenState,
  paint: (state: ScreenState) => readonly string[],
): ScreenStore {
  let state = first;
  let rows = paint(first);
  let isDue = false;
  const listeners = new Set<() => void>();
  const draw = () => {
    isDue = false;
    const next = paint(state);
    if (next.length === rows.length && next.every((row, index) => row === rows[index])) return;
    rows = next;
    for (const listener of listeners) listener();
  };
  return {
    state: () => state,
    change(next) {
      const changed = next(state);
      if (changed === state) return;
      state = changed;
      if (isDue) return;
      isDue = true;
      queueMicrotask(draw);
    },
    rows: () => rows,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
