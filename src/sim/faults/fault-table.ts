// Faults of requests, by name: what the caller sees, and where they strike. The reference page is made from it.

/** Where a fault strikes: before the service sees the request, after it has acted, or in the rows of its answer. */
export type FaultPlace = 'before' | 'after' | 'listing' | 'search';

interface FaultEntry {
  readonly place: FaultPlace;
  /** One sentence for the reference page. */
  readonly summary: string;
  /** Whether the caller may still trust the rest of the answer. */
  readonly isHarmless?: boolean;
}

const TABLE = {
  'rate-limit-text': { place: 'before', summary: '429, plain text with the threshold.' },
  'rate-limit-detail': { place: 'before', summary: '429, JSON with `detail`.' },
  'rate-limit-msg': { place: 'before', summary: '429, JSON with `success`, `error` and `msg`.' },
  'rate-limit-storm': {
    place: 'before',
    summary: 'This call and every call of the same route for 20 to 90 s: 429, plain text.',
  },
  'server-error': { place: 'before', summary: '500, JSON.' },
  'bad-gateway': { place: 'before', summary: '502, a page of HTML.' },
  slow: { place: 'after', summary: 'The right answer, after 5 to 20 s.', isHarmless: true },
  hang: { place: 'before', summary: 'Nothing, until the caller gives up.' },
  'lost-answer': {
    place: 'after',
    summary: 'The service has acted; the connection breaks before a byte of the answer.',
  },
  'gateway-timeout': { place: 'after', summary: 'The service has acted; the answer is 504, a page of HTML.' },
  'wrong-success': {
    place: 'after',
    summary: 'The service has acted; `success` in its answer is turned round.',
  },
  'truncated-json': { place: 'after', summary: '200, cut anywhere.' },
  'wrong-content-type': { place: 'after', summary: '200, the right body, `text/html; charset=utf-8`.' },
  'stray-line': { place: 'after', summary: '200, a line of text behind the JSON.' },
  'empty-listing': { place: 'listing', summary: '200, a listing with no rows and a total of 0.' },
  'short-listing': {
    place: 'listing',
    summary: '200, the first half of the rows; totals and page tokens stay as they were.',
  },
  'ill-typed-listing': {
    place: 'listing',
    summary: '200, null, an object or a text where the list of rows should be.',
  },
  'legacy-list-gone': { place: 'before', summary: 'The unpaged list of instances answers 410.' },
  'capped-listing': { place: 'search', summary: '200, at most 64 offers.' },
  'vanished-field': {
    place: 'search',
    summary: '200, one of nine fields missing from every row.',
    isHarmless: true,
  },
  'clock-skew': {
    place: 'search',
    summary: '200, `end_date` and `duration` off by up to 12 h.',
    isHarmless: true,
  },
  'search-mismatch': { place: 'search', summary: '200, rows that the filters do not match.' },
} as const satisfies Readonly<Record<string, FaultEntry>>;

export type RequestFaultName = keyof typeof TABLE;

export const FAULT_TABLE: Readonly<Record<RequestFaultName, FaultEntry>> = TABLE;

/** In the order in which they are drawn: a request has at most one, the first that comes up. */
export const REQUEST_FAULTS = Object.keys(TABLE) as readonly RequestFaultName[];
