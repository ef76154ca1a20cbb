// Text as a person would read it on the terminal: without escape sequences and control characters.

// Colours and cursor movements; titles and links, ended by BEL or ESC \, or by nothing where a line was cut; others.
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~]?)/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ALL_CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]+/g;

/** Keras of old writes as many backspaces as the bar is long, then the next state: they go with the others. */
export function plainText(text: string): string {
  if (!CONTROLS.test(text)) return text;
  return text.replace(ESCAPES, '').replace(ALL_CONTROLS, '');
}
