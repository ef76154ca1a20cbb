// What each fault does to a request: some answer in place of the service, some bend the rows of an answer, some spoil
// the answer on its way.
import { assertNever, type Clock } from '../../base/std/index.ts';
import { badGatewayReply, errorReply, gatewayTimeoutReply, rateLimitReply } from '../api/replies.ts';
import type { SearchFault } from '../search/answer.ts';
import type { FiredFault } from './request-faults.ts';
import { type Spoiled, spoilListing } from './spoil-listing.ts';

export interface FaultDeps {
  readonly clock: Clock;
  /** Aborted when the caller has gone away. */
  readonly signal: AbortSignal;
  readonly isSearch: boolean;
  readonly answer: (searchFault: SearchFault) => Promise<Response>;
}

/** The service has acted and the line broke: over a socket the caller sees a reset, in-process a failed fetch. */
export class LostAnswer extends TypeError {
  override readonly name = 'TypeError';

  constructor() {
    super('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) });
  }
}

/** What an ordinary request is answered with. */
export const NO_FAULT: SearchFault = {
  changes: {},
  mostRows: Number.POSITIVE_INFINITY,
  ignoresFilters: false,
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

/** Answers a request that this fault befell; throws LostAnswer where there is none. */
export async function answerWithFault(fault: FiredFault, deps: FaultDeps): Promise<Response> {
  const { clock, signal, answer } = deps;
  const { name, unit } = fault;
  const withRows = (bend: Partial<SearchFault>) =>
    answer({ ...NO_FAULT, isSpoiled: fault.isSpoiling, ...bend });
  switch (name) {
    case 'rate-limit-text':
    case 'rate-limit-storm':
      return rateLimitReply('text', 4.5);
    case 'rate-limit-detail':
      return rateLimitReply('detail', 4.5);
    case 'rate-limit-msg':
      return rateLimitReply('msg', 4.5);
    case 'server-error':
      return errorReply(500, 'server_error', 'Internal server error');
    case 'bad-gateway':
      return badGatewayReply();
    case 'legacy-list-gone':
      return errorReply(410, 'gone', 'This endpoint is gone. Use /api/v1/instances/.');
    case 'slow':
      await clock.sleep(FASTEST_SLOW_MS + unit * (SLOWEST_MS - FASTEST_SLOW_MS), signal);
      return withRows({});
    case 'hang':
      return await new Promise<never>((_, reject) => {
        const give = () => reject(signal.reason as Error);
        if (signal.aborted) give();
        else signal.addEventListener('abort', give, { once: true });
      });
    case 'lost-answer':
      await withRows({});
      throw new LostAnswer();
    case 'gateway-timeout':
      await withRows({});
      return gatewayTimeoutReply();
    case 'wrong-success':
      return rewrite(await withRows({}), turnSuccess);
    case 'empty-listing':
      return deps.isSearch ? withRows({ mostRows: 0 }) : spoiled(await withRows({}), 'empty', unit);
    case 'short-listing':
      return spoiled(await withRows({}), 'short', unit);
    case 'ill-typed-listing':
      return spoiled(await withRows({}), 'ill-typed', unit);
    case 'capped-listing':
      return withRows({ mostRows: CAPPED_ROWS });
    case 'search-mismatch':
      return withRows({ ignoresFilters: true });
    case 'vanished-field': {
      const field = VANISHING_FIELDS[Math.floor(unit * VANISHING_FIELDS.length)] as string;
      return withRows({ changes: { vanishedField: field } });
    }
    case 'clock-skew': {
      const skewSec = Math.round((2 * unit - 1) * LARGEST_SKEW_SEC) || 60;
      return withRows({ changes: { skewSec } });
    }
    case 'truncated-json':
      return rewrite(await withRows({}), (text) =>
        text.slice(0, Math.min(text.length - 1, Math.max(1, Math.floor(unit * text.length)))),
      );
    case 'stray-line':
      return rewrite(await withRows({}), (text) => text + STRAY_LINE);
    case 'wrong-content-type':
      return rewrite(await withRows({}), (text) => text, 'text/html; charset=utf-8');
    default:
      return assertNever(name, 'fault');
  }
}

async function spoiled(response: Response, how: Spoiled, unit: number): Promise<Response> {
  return response.ok ? rewrite(response, (text) => spoilListing(text, how, unit)) : response;
}

/** Answers without the field stay as they are. */
function turnSuccess(json: string): string {
  return json.replace(/"success":(true|false)/, (_, value) => `"success":${value === 'false'}`);
}

async function rewrite(
  response: Response,
  change: (text: string) => string,
  contentType?: string,
): Promise<Response> {
  const headers = new Headers(response.headers);
  if (contentType) headers.set('content-type', contentType);
  return new Response(change(await response.text()), { status: response.status, headers });
}
