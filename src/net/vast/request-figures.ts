// Figures on their way out. JSON turns NaN and Infinity into null, and the service takes a null for a wish: a bid of null
// is rented at any price.
import { isId } from './decode-fields.ts';
import { InvalidRequestError } from './errors.ts';

/** Throws InvalidRequestError for what is no number above 0. */
export function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidRequestError(`${name} is ${value}; give a number above 0`);
}

/** Throws InvalidRequestError for what is no whole number above 0. */
export function knownId(name: string, id: number): number {
  if (isId(id)) return id;
  throw new InvalidRequestError(`${name} is ${String(id)}; give a whole number above 0`);
}
