// The two numbers that stand for much: a line (one offer and type) and the state of a line in a poll.
import { AVAILABILITIES, type Availability, type Flag } from '../observation.ts';

/** A line is `offerId * 16 + typeCode`. */
export const TYPES_PER_OFFER = 16;

/** Above it a line would no longer be an exact number. */
export const LARGEST_OFFER_ID = 2 ** 53 / TYPES_PER_OFFER - 1;

export function encodeLine(offerId: number, typeCode: number): number {
  return offerId * TYPES_PER_OFFER + typeCode;
}

export function decodeLine(line: number): { offerId: number; typeCode: number } {
  const typeCode = line % TYPES_PER_OFFER;
  return { offerId: (line - typeCode) / TYPES_PER_OFFER, typeCode };
}

/** State codes below this one are observations. */
export const FIRST_UNSEEN = 254;
/** Not seen in this poll; may still be there. */
export const MISSING = 254;
/** Concluded to be no longer listed. */
export const GONE = 255;

export interface LineState {
  readonly rentable: Flag;
  readonly rented: Flag;
  readonly availability: Availability | null;
}

const AVAILABILITY_NULL = AVAILABILITIES.length;

/** `rentable + 3 * rented + 9 * availability`, where a null flag is 2 and a null availability 4: 0 to 44. */
export function encodeState(rentable: Flag, rented: Flag, availability: Availability | null): number {
  return flagCode(rentable) + 3 * flagCode(rented) + 9 * availabilityCode(availability);
}

/** The inverse; undefined for MISSING, GONE and codes that no state has. */
export function decodeState(s: number): LineState | undefined {
  if (!Number.isInteger(s) || s < 0 || s >= 9 * (AVAILABILITY_NULL + 1)) return undefined;
  return {
    rentable: codeFlag(s % 3),
    rented: codeFlag(Math.floor(s / 3) % 3),
    availability: AVAILABILITIES[Math.floor(s / 9)] ?? null,
  };
}

/** Anything that is not plainly 0 or 1 says nothing, and is kept as null. */
function flagCode(flag: Flag): number {
  return flag === 1 ? 1 : flag === 0 ? 0 : 2;
}

function codeFlag(code: number): Flag {
  return code === 1 ? 1 : code === 0 ? 0 : null;
}

function availabilityCode(availability: Availability | null): number {
  switch (availability) {
    case 'unavailable':
      return 0;
    case 'available':
      return 1;
    case 'rented':
      return 2;
    case 'unknown':
      return 3;
    default:
      return AVAILABILITY_NULL;
  }
}
