// What each fault does to a request: some answer in place of the service, some bend the rows of a search,
// some spoil the answer on its way.
import { assertNever, type Clock } from '../base/std/index.ts';
import { badGatewayReply, errorReply, rateLimitReply } from './api/replies.ts';
import type { FiredFault } from './faults.ts';
import type { SearchFault } from './search/answer.ts';

export interface FaultDeps {
  readonly clock: Clock;
  /** Aborted when the caller has gone away. */
  readonly signal: AbortSignal;
  readonly answer: (searchFault: SearchFault) => Promise<Response>;
}

/** What an ordinary request is answered with. */
export const NO_FAULT: SearchFault = {
  changes: {},
  mostRows: Number.POSITIVE_INFINITY,
  isSpoiled: false,
};

const SLOWEST_MS = 20_000;
const FASTEST_SLOW_MS = 5_000;
/** Rows of a capped answer, as seen in 2026-09. */
const CAPPED_ROWS = 64;
const LARGEST_SKEW_SEC = 12 * 3_600;
/** The sentence that the service's own tool wrote behind a recorded answer (2024-11-02). */
const STRAY_LINE = '\nMachine ID 24126 not found or not rentable.\n';
/** Fields that the program can miss; the row stays a row without them. */
const VANISHING_FIELDS = [
  'reliability2',
  'geolocation',
  'dph_total',
  'min_bid',
  'gpu_ids',
  'end_date',
  'verification',
  'rentable',
  'gpu_frac',
] as const;

/** Answers a request that this fault befell. */
export async function answerWithFault(
  fault: FiredFault,
  { clock, signal, answer }: FaultDeps,
): Promise<Response> {
  const withRows = (bend: Partial<SearchFault>) =>
    answer({ ...NO_FAULT, isSpoiled: fault.isSpoiling, ...bend });
  switch (fault.name) {
    case 'rate-limit-text':
      return rateLimitReply('text', 4.5);
    case 'rate-limit-detail':
      return rateLimitReply('detail', 4.5);
    case 'rate-limit-msg':
      return rateLimitReply('msg', 4.5);
    case 'server-error':
      return errorReply(500, 'server_error', 'Internal server error');
    case 'bad-gateway':
      return badGatewayReply();
    case 'slow':
      await clock.sleep(FASTEST_SLOW_MS + fault.unit * (SLOWEST_MS - FASTEST_SLOW_MS), signal);
      return withRows({});
    case 'hang':
      return await new Promise<never>((_, reject) => {
        const give = () => reject(signal.reason as Error);
        if (signal.aborted) give();
        else signal.addEventListener('abort', give, { once: true });
      });
    case 'empty-listing':
      return withRows({ mostRows: 0 });
    case 'capped-listing':
      return withRows({ mostRows: CAPPED_ROWS });
    case 'vanished-field': {
      const field = VANISHING_FIELDS[Math.floor(fault.unit * VANISHING_FIELDS.length)] as string;
      return withRows({ changes: { vanishedField: field } });
    }
    case 'clock-skew': {
      const skewSec = Math.round((2 * fault.unit - 1) * LARGEST_SKEW_SEC) || 60;
      return withRows({ changes: { skewSec } });
    }
    case 'truncated-json':
      return rewrite(await withRows({}), (bytes) =>
        bytes.subarray(0, Math.min(bytes.length - 1, Math.max(1, Math.floor(fault.unit * bytes.length)))),
      );
    case 'stray-line':
      return rewrite(await withRows({}), (bytes) => Buffer.concat([bytes, Buffer.from(STRAY_LINE)]));
    case 'wrong-content-type':
      return rewrite(await withRows({}), (bytes) => bytes, 'text/html; charset=utf-8');
    default:
      return assertNever(fault.name, 'fault');
  }
}

async function rewrite(
  response: Response,
  change: (bytes: Uint8Array) => Uint8Array,
  contentType?: string,
): Promise<Response> {
  const headers = new Headers(response.headers);
  if (contentType) headers.set('content-type', contentType);
  const bytes = change(new Uint8Array(await response.arrayBuffer()));
  return new Response(bytes as Uint8Array<ArrayBuffer>, { status: response.status, headers });
}
