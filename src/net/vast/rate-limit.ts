// What the service says about its rate limits, and the intervals that it has published.

/**
 * Shortest allowed time between two calls of a route, from the `x-rate-limit` notes of the published API
 * description (2026-08). Search is published as 10 requests a minute.
 */
const PUBLISHED_INTERVALS_MS: Readonly<Record<string, number>> = {
  'DELETE /auth/apikeys/{id}/': 2_000,
  'DELETE /instances/{id}/': 3_000,
  'DELETE /instances/{id}/ssh/{key}/': 2_000,
  'DELETE /secrets/': 3_000,
  'DELETE /template/': 2_000,
  'DELETE /volumes/': 5_500,
  'GET /instances/balance/{id}/': 3_000,
  'GET /instances/{id}/': 2_000,
  'GET /metrics/gpu/current/': 3_000,
  'GET /metrics/gpu/history/': 3_000,
  'GET /metrics/gpu/locations/': 3_000,
  'GET /notification-types/': 2_000,
  'GET /secrets/': 5_000,
  'GET /subaccounts/': 2_100,
  'GET /template/': 3_000,
  'GET /users/cloud_integrations/': 2_900,
  'GET /users/me/ipaddrs/': 2_900,
  'GET /v1/audit_logs/': 2_000,
  'GET /v1/invoices/': 3_000,
  'GET /volumes/': 5_500,
  'POST /auth/apikeys/': 2_000,
  'POST /bundles/': 6_000,
  'POST /secrets/': 3_000,
  'POST /template/': 1_900,
  'POST /users/': 3_000,
  'POST /volumes/search/': 5_500,
  'PUT /asks/{id}/': 4_500,
  'PUT /commands/transfer_credit/': 2_500,
  'PUT /instances/bid_price/{id}/': 5_500,
  'PUT /instances/command/{id}/': 1_500,
  'PUT /instances/prepay/{id}/': 2_000,
  'PUT /launch_instance/': 5_000,
  'PUT /secrets/': 3_000,
  'PUT /template/': 1_900,
  'PUT /users/': 5_000,
  'PUT /volumes/': 5_500,
};

/** For routes without a published figure: the smallest one that is published for any. */
const UNPUBLISHED_INTERVAL_MS = 1_000;

/** A longer interval than this in an answer is taken for a mistake: it would stop the program for all. */
const LONGEST_BELIEVED_MS = 10 * 60_000;

/** `lane` is a method and a route with names for its parts: ids share the interval of their route. */
export function publishedIntervalMs(lane: string): number {
  return PUBLISHED_INTERVALS_MS[lane] ?? UNPUBLISHED_INTERVAL_MS;
}

/**
 * The interval in `API requests too frequent: endpoint threshold=4.5` (seconds), wherever in the body it
 * stands: plain text, or the `detail`, `msg` or `message` of a JSON object.
 */
export function parseThresholdMs(body: string): number | undefined {
  return believableMs(/threshold"?\s*[=:]\s*"?(\d+(?:\.\d+)?)/i.exec(body)?.[1]);
}

/**
 * How long to wait: a `Retry-After` header (seconds or a date) or `retry_after` in the body (seconds). The
 * service documents neither; both have been seen in front of it.
 */
export function parseRetryAfterMs(header: string | null, body: string, nowMs: number): number | undefined {
  if (header !== null && header.trim() !== '') {
    if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header) * 1_000;
    const date = Date.parse(header);
    if (Number.isFinite(date)) return Math.max(0, date - nowMs);
  }
  const inBody = /"retry_after"\s*:\s*"?(\d+(?:\.\d+)?)/.exec(body)?.[1];
  return inBody === undefined ? undefined : Number(inBody) * 1_000;
}

function believableMs(seconds: string | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  const ms = Math.ceil(Number(seconds) * 1_000);
  return ms > 0 && ms <= LONGEST_BELIEVED_MS ? ms : undefined;
}
