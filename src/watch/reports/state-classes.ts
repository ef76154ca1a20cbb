// What a state code says: available, rented, or neither.
import type { StateBasis } from './report.ts';

export const AVAILABLE = 0;
export const RENTED = 1;
/** The flag is null. */
export const OTHER = 2;

/** From here on a code says that the line was not seen. */
export const FIRST_UNSEEN = 254;

const codes = Array.from({ length: FIRST_UNSEEN }, (_, code) => code);

/** The flags of every seen state code: 0, 1, or 2 for null. */
export const RENTABLE_FLAGS = Uint8Array.from(codes, (code) => code % 3);
export const RENTED_FLAGS = Uint8Array.from(codes, (code) => Math.floor(code / 3) % 3);

/** Class of every seen state code. */
export function stateClasses(state: StateBasis): Uint8Array {
  return state === 'rentable'
    ? RENTABLE_FLAGS.map((flag) => [RENTED, AVAILABLE, OTHER][flag] as number)
    : RENTED_FLAGS.map((flag) => [AVAILABLE, RENTED, OTHER][flag] as number);
}
