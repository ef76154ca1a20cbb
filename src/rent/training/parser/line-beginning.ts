// How a line begins: what stands before its first number is the same in all lines that one statement of a program prints.

/** What stands before the first digit; empty where that is no word. */
export function beginningOf(text: string): string {
  const most = Math.min(text.length, BEGINNING_MAX);
  let hasLetter = false;
  for (let at = 0; at < most; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      if (hasLetter) return text.slice(0, at);
      // A bar without a title, with nothing behind it that others would want.
      return text.endsWith(']') && text.startsWith('%|', endOfDigits(text, at)) ? BARE_BAR : '';
    }
    hasLetter ||= (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  }
  return '';
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at += 1;
  return at;
}

const BARE_BAR = '%|';
const BEGINNING_MAX = 40;
