// The last look at text for a terminal without Unicode: what names and logs bring along must not turn a row into rubbish.

const REPLACEMENTS: Readonly<Record<string, string>> = {
  '…': '~',
  '–': '-',
  '—': '-',
  '±': '~',
  '·': '-',
  '→': '>',
  '×': 'x',
  '“': '"',
  '”': '"',
  '’': "'",
  '°': ' ',
};

/** One character for each, so that every column stays where it is. Wide ones become two. */
export function inLetters(text: string, widthOf: (text: string) => number): string {
  let letters = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    letters += code < 0x7f ? character : (REPLACEMENTS[character] ?? '?'.repeat(widthOf(character)));
  }
  return letters;
}
