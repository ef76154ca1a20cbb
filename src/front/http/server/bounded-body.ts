// No request is read that says that it is too long, or does not say how long it is. What arrives over a socket is never more
// than was said.
import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from './http-env.ts';

/** A job file is a few kilobytes. */
const BODY_MAX_BYTES = 1_000_000;

export const boundedBody: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const { incoming } = c.env;
  if (incoming?.headers['transfer-encoding'] !== undefined) {
    return c.json({ error: 'A request has to say how long it is (Content-Length)' }, 411);
  }
  if (Number(incoming?.headers['content-length'] ?? 0) > BODY_MAX_BYTES) {
    return c.json({ error: `A request may have at most ${BODY_MAX_BYTES} bytes` }, 413);
  }
  return await next();
};
