// A secret prints as stars wherever it ends up: logs, errors, JSON, inspect.
import { inspect } from 'node:util';

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself; called only where it leaves for its one destination. */
  reveal(): string {
    return this.#value;
  }

  /** Enough to tell two secrets apart in a listing: the last four characters of a long one. */
  hint(): string {
    return this.#value.length >= 16 ? `…${this.#value.slice(-4)}` : '…';
  }

  toString(): string {
    return '****';
  }

  toJSON(): string {
    return '****';
  }

  [inspect.custom](): string {
    return 'Secret(****)';
  }
}
