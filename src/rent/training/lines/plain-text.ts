// Text as a person would read it on the terminal: without escape sequences and control characters.

// Put together at run time, as linters take control characters in a pattern for a mistake.
const ESC = '\u001b';
const BEL = '\u0007';
const CONTROL = `[\u0000-\u0008\u000b-\u001f\u007f]`;
const HAS_CONTROLS = new RegExp(CONTROL);
const ALL_CONTROLS = new RegExp(`${CONTROL}+`, 'g');

/** Colours and cursor movements; titles and links, ended by BEL or ESC \, or by nothing where a line was cut; others. */
const ESCAPES = new RegExp(
  [
    `${ESC}(?:\\[[0-?]*[ -/]*[@-~]`,
    `\\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)?`,
    `[PX^_][^${ESC}]*(?:${ESC}\\\\)?`,
    '[ -/]*[0-~]?)',
  ].join('|'),
  'g',
);

/** Keras of old writes as many backspaces as the bar is long, then the next state: they go with the others. */
export function plainText(text: string): string {
  if (!HAS_CONTROLS.test(text)) return text;
  return text.replace(ESCAPES, '').replace(ALL_CONTROLS, '');
}
