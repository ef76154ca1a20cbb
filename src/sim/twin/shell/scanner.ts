// A place in a line of shell, and what may stand there.
import { SyntaxFault } from './syntax.ts';

const DELIMITERS = ' \t\n;&|<>()';

export class Scanner {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.position >= this.text.length;
  }

  get isAtDelimiter(): boolean {
    return this.isAtEnd || DELIMITERS.includes(this.text[this.position] as string);
  }

  /** The next character, or the empty string. */
  get next(): string {
    return this.text[this.position] ?? '';
  }

  peek(text: string): boolean {
    return this.text.startsWith(text, this.position);
  }

  take(text: string): boolean {
    if (!this.peek(text)) return false;
    this.position += text.length;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw new SyntaxFault(`syntax error: ${text} expected, not ${this.here()}`);
  }

  /** A word of the language itself: only where nothing of a word follows. */
  peekKeyword(word: string): boolean {
    if (!this.peek(word)) return false;
    const after = this.text[this.position + word.length];
    return after === undefined || DELIMITERS.includes(after);
  }

  takeKeyword(word: string): boolean {
    if (!this.peekKeyword(word)) return false;
    this.position += word.length;
    return true;
  }

  expectKeyword(word: string): void {
    if (!this.takeKeyword(word)) throw new SyntaxFault(`syntax error: ${word} expected, not ${this.here()}`);
  }

  /** `pattern` has to be sticky. */
  takeMatch(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text);
    if (!found) return undefined;
    this.position += found[0].length;
    return found;
  }

  takeName(): string | undefined {
    return this.takeMatch(/[A-Za-z_]\w*/y)?.[0];
  }

  /** The name of `name=`, past the sign. */
  takeAssignment(): string | undefined {
    return this.takeMatch(/([A-Za-z_]\w*)=/y)?.[1];
  }

  /** Blanks, continued lines, and a comment up to the line's end. */
  skipBlanks(): void {
    this.takeMatch(/(?:[ \t]|\\\n)*(?:#[^\n]*)?/y);
  }

  /** Blanks, line ends and comments. */
  skipBreaks(): void {
    this.takeMatch(/(?:[ \t\n]|\\\n|#[^\n]*)+/y);
  }

  /** What stands here, for a fault's sentence. */
  here(): string {
    if (this.isAtEnd) return 'end of line';
    const found = /^\S{1,20}/.exec(this.text.slice(this.position));
    return found ? found[0] : 'line end';
  }
}
