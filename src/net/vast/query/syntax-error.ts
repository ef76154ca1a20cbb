// A mistake in query text, with the place where it is.
import { VastError } from '../errors.ts';

export interface QueryMistake {
  readonly text: string;
  /** Place of the mistake, counted from 1. */
  readonly column: number;
  /** What is wrong there and what to write, without the place. */
  readonly problem: string;
  /** What was probably meant, when there is a guess. */
  readonly suggestion?: string | undefined;
}

export class QuerySyntaxError extends VastError {
  override name = 'QuerySyntaxError';
  readonly text: string;
  readonly column: number;
  readonly problem: string;
  readonly suggestion: string | undefined;

  constructor(mistake: QueryMistake) {
    super(`${mistake.problem} (column ${mistake.column} of "${mistake.text}")`);
    this.text = mistake.text;
    this.column = mistake.column;
    this.problem = mistake.problem;
    this.suggestion = mistake.suggestion;
  }

  /** Three lines: the text, a caret under the mistake, and what is wrong. */
  format(): string {
    const shown = this.text.replaceAll(/\s/g, ' ');
    return `${shown}\n${' '.repeat(this.column - 1)}^\n${this.problem}`;
  }
}
