// Texts made fit for a channel: nothing invisible in them, no longer than the channel takes.

const ELLIPSIS = '…';

/** Control characters, and those that turn the direction of reading: a machine's name is a stranger's text. */
const INVISIBLE = /(?:(?!\n)[\p{Cc}\p{Bidi_Control}])+/gu;

/** Lines stay lines; every other invisible character becomes a space. */
export function plainText(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(INVISIBLE, ' ').toWellFormed().trim();
}

export function oneLine(text: string): string {
  return plainText(text).replaceAll(/\s+/g, ' ');
}

/** How a channel counts: UTF-16 code units, or bytes of UTF-8. */
export type Measure = (text: string) => number;
export const units: Measure = (text) => text.length;
export const utf8Bytes: Measure = (text) => Buffer.byteLength(text);

/** At most `limit` by that measure, cut before a character and marked with an ellipsis; empty where none fits. */
export function cutText(text: string, limit: number, measure: Measure): string {
  if (measure(text) <= limit) return text;
  const room = limit - measure(ELLIPSIS);
  if (room < 0) return '';
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += measure(character);
    if (used > room) break;
    kept += character;
  }
  return kept.trimEnd() + ELLIPSIS;
}
