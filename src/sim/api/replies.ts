// Bodies and headers as the service sends them. The content type is exactly `application/json`: with a
// charset behind it the official CLI refuses the answer.
import { asciiJson } from '../market/market.ts';

export const JSON_HEADERS = { 'content-type': 'application/json' } as const;

export function jsonReply(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(asciiJson(body), { status, headers: { ...JSON_HEADERS, ...headers } });
}

export function errorReply(status: number, error: string, msg: string): Response {
  return jsonReply({ success: false, error, msg }, status);
}

export type RateLimitBody = 'text' | 'detail' | 'msg';

/** The three shapes in which a 429 has been seen; none has a Retry-After header. */
export function rateLimitReply(shape: RateLimitBody, thresholdSec: number): Response {
  const threshold = `endpoint threshold=${thresholdSec.toFixed(1)}`;
  switch (shape) {
    case 'text':
      return new Response(`API requests too frequent: ${threshold}`, {
        status: 429,
        headers: { 'content-type': 'text/plain' },
      });
    case 'detail':
      return jsonReply({ detail: `API requests too frequent ${threshold}` }, 429);
    case 'msg':
      return errorReply(429, 'rate_limit_exceeded', `API requests too frequent ${threshold}`);
  }
}

export function badGatewayReply(): Response {
  return proxyReply(502, '502 Bad Gateway');
}

export function gatewayTimeoutReply(): Response {
  return proxyReply(504, '504 Gateway Time-out');
}

/** The page that the proxy before the service writes. */
function proxyReply(status: number, title: string): Response {
  const page = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return new Response(page, { status, headers: { 'content-type': 'text/html' } });
}
