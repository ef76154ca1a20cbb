// What every panel draws with: the state of the screen and the signs that the terminal has.
import type { Glyphs } from '../look/glyphs.ts';
import type { ScreenState } from '../state/screen-state.ts';

/** Whose monitor is shown. */
export interface Whose {
  /** For the title. */
  readonly word: string;
  /** For the help: `what the daemon sees`. */
  readonly sentence: string;
}

export interface Pen {
  readonly state: ScreenState;
  readonly glyphs: Glyphs;
  /** The zone of every time on the screen, which its title names. */
  readonly zone: string;
  readonly isReadOnly: boolean;
  /** Null where there is nothing to say of it. */
  readonly whose: Whose | null;
  /** From when on a reading is told to be old. */
  readonly staleAfterMs: number;
}

export interface Place {
  readonly width: number;
  readonly height: number;
}
