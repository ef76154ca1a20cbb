// Headers of every answer: browsers load nothing from elsewhere, show us in no frame, guess no types and keep nothing.
import { createHash } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';

export function answerHeaders(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    if (!headers.has('content-security-policy')) headers.set('content-security-policy', policy(''));
    headers.set('x-content-type-options', 'nosniff');
    headers.set('x-frame-options', 'DENY');
    headers.set('referrer-policy', 'no-referrer');
    headers.set('cross-origin-resource-policy', 'same-origin');
    headers.set('cache-control', 'no-store');
  };
}

/** A policy that allows one style sheet within the page, known by its text. */
export function policyWithStyle(css: string): string {
  return policy(` style-src 'sha256-${createHash('sha256').update(css).digest('base64')}';`);
}

function policy(more: string): string {
  return `default-src 'none';${more} base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
