// Who may ask: the Host and Origin of a request first, so that no page in a browser reaches the daemon, then its token,
// then whether the token's role may do it.
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import type { Secret } from '../../../base/std/index.ts';
import type { HttpTokens } from '../deps.ts';
import type { HttpEnv, Role } from './http-env.ts';

export interface GuardOptions {
  readonly tokens: HttpTokens;
  readonly hostNames: readonly string[];
}

/** Say nothing that matters, and must be readable by those who have no token: a watchdog, a person with a browser. */
const OPEN_PATHS: readonly string[] = ['/', '/health', '/openapi.json'];
/** Change nothing. */
const READING: readonly string[] = ['GET', 'HEAD'];
/** Saying what is looked at is looking. */
const LOOKING = { method: 'PUT', path: /^\/v1\/runs\/viewers\/[^/]+$/ } as const;

export function guard({ tokens, hostNames }: GuardOptions): MiddlewareHandler<HttpEnv> {
  const known = new Set(['localhost', ...hostNames.map((name) => name.toLowerCase())]);
  return async (c, next) => {
    const host = hostOf(c.req.header('host') ?? new URL(c.req.url).host);
    // A name that somebody else's DNS made point here is how a web page would reach a server on this computer.
    if (host === undefined || !(isIP(host) !== 0 || known.has(host))) {
      return c.json(
        {
          error: `The host "${host ?? ''}" is not one of this daemon's; ask by its address, or name it with --host-name`,
        },
        403,
      );
    }
    const origin = c.req.header('origin');
    if (origin !== undefined && !isOwnOrigin(origin, c.req.header('host') ?? '')) {
      return c.json({ error: `Pages of ${origin.slice(0, 100)} may not ask this daemon` }, 403);
    }
    if (OPEN_PATHS.includes(c.req.path) && READING.includes(c.req.method)) return await next();
    const role = roleOf(c.req.header('authorization'), tokens);
    if (role === undefined) {
      c.header('www-authenticate', 'Bearer');
      return c.json(
        {
          error:
            'A token is needed, as "Authorization: Bearer …"; it is in daemon.token below the home of vastdeck',
        },
        401,
      );
    }
    const isLooking = c.req.method === LOOKING.method && LOOKING.path.test(c.req.path);
    if (role === 'read' && !isLooking && !READING.includes(c.req.method)) {
      return c.json({ error: 'This token may only read; acts need the one in daemon.token' }, 403);
    }
    c.set('role', role);
    return await next();
  };
}

/** Without its port and brackets; undefined for what is no host. */
function hostOf(header: string): string | undefined {
  const host = URL.parse(`http://${header}`)?.hostname.toLowerCase();
  return host?.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

function isOwnOrigin(origin: string, host: string): boolean {
  const url = URL.parse(origin);
  return url !== null && /^https?:$/.test(url.protocol) && url.host === host.toLowerCase();
}

function roleOf(header: string | undefined, tokens: HttpTokens): Role | undefined {
  const given = /^Bearer +([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1];
  if (given === undefined) return undefined;
  // Both are compared whatever the first says, and in the same time whatever they hold.
  const isFull = isSame(given, tokens.full);
  const isRead = isSame(given, tokens.read);
  return isFull ? 'full' : isRead ? 'read' : undefined;
}

function isSame(given: string, token: Secret): boolean {
  return timingSafeEqual(digest(given), digest(token.reveal()));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
