// What the person's hand reaches from the screen, and how the screen answers in a line.
import type { Clock } from '../../../base/std/index.ts';
import type { Monitor } from '../../../rent/monitor/index.ts';
import type { RunActs } from '../acts.ts';
import type { Message, ScreenState } from '../state/screen-state.ts';
import type { Feed } from './feed.ts';
import type { ScreenStore } from './screen-store.ts';

export interface ControlOptions {
  readonly store: ScreenStore;
  readonly monitor: Monitor;
  readonly feed: Feed;
  /** Null: nothing can be done to runs from here. */
  readonly acts: RunActs | null;
  /** Saves the screen and resolves to what it saved. */
  readonly save: (state: ScreenState) => Promise<string>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly quit: () => void;
  readonly suspend: () => void;
  readonly redraw: () => void;
}

export function say(
  { store, clock }: Pick<ControlOptions, 'store' | 'clock'>,
  message: Omit<Message, 'atMs'>,
): void {
  store.change((state) => ({ ...state, message: { ...message, atMs: clock.now() } }));
}

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
