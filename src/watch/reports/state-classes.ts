// What a state code says: available, rented, or neither.
import type { StateBasis } from './report.ts';

export const AVAILABLE = 0;
export const RENTED = 1;
/** The flag is null. */
export const OTHER = 2;

/** From here on a code says that the line was not seen. */
export const FIRST_UNSEEN = 254;

/** The flags `rentable` and `rented` of a seen code are those of `code % FLAGS.length`: 0, 1, or 2 for null. */
export const FLAGS = Array.from({ length: 9 }, (_, code) => ({
  rentable: code % 3,
  rented: Math.floor(code / 3),
}));

const codes = Array.from(
  { length: FIRST_UNSEEN },
  (_, code) => FLAGS[code % FLAGS.length] as (typeof FLAGS)[0],
);

/** The flag of every seen state code: 0, 1, or 2 for null. */
export const RENTED_FLAGS = Uint8Array.from(codes, ({ rented }) => rented);

/** Class of every seen state code. */
export function stateClasses(state: StateBasis): Uint8Array {
  return Uint8Array.from(
    codes,
    ({ rentable, rented }) =>
      (state === 'rentable'
        ? [RENTED, AVAILABLE, OTHER][rentable]
        : [AVAILABLE, RENTED, OTHER][rented]) as number,
  );
}
