// From what a terminal sends to names of keys. A slow line, tmux or a paste brings several keys in one piece: each of them
// counts.

import { graphemes } from '../../../base/std/index.ts';

/** What Ink tells of one piece of input, as far as it matters here. */
export interface PressedKey {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageDown: boolean;
  readonly pageUp: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly tab: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly meta: boolean;
}

const NAMED: readonly [flag: keyof PressedKey, name: string][] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'page-up'],
  ['pageDown', 'page-down'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

const CONTROL: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007f': 'backspace',
  '\u001b': 'escape',
  ' ': 'space',
};

/** One name for each key, in the order in which they were pressed. */
export function keyNames(input: string, key: PressedKey): readonly string[] {
  if (key.tab) return [key.shift ? 'shift-tab' : 'tab'];
  for (const [flag, name] of NAMED) if (key[flag]) return [name];
  if (key.ctrl && input.length === 1) return [`ctrl-${input}`];
  // Escape and a letter in one piece is what a quick hand or a slow line sends, as well as Alt and that letter.
  if (key.meta && input !== '') return ['escape', ...graphemes(input).flatMap(characterNames)];
  if (key.escape) return ['escape'];
  return graphemes(input).flatMap(characterNames);
}

/** A carriage return and a line feed are one grapheme, and one key. */
function characterNames(character: string): readonly string[] {
  const named = CONTROL[character] ?? (character === '\r\n' ? 'enter' : undefined);
  if (named !== undefined) return [named];
  const code = character.codePointAt(0) ?? 0;
  return [code < 0x20 ? `ctrl-${String.fromCodePoint(code + 0x60)}` : character];
}
