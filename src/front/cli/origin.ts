// Whether an address is the live service or a simulator: simulators say so in a header of every answer.
import type { Clock } from '../../base/std/index.ts';
import type { Origin } from '../../watch/history/index.ts';
import { UnreachableError } from './errors.ts';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const ORIGIN_HEADER = 'x-vastdeck-origin';
const SEARCH_LIMIT_HEADER = 'x-vastdeck-searches-per-minute';

/** A simulator may have been told to fail now and then, or may still be starting. */
const TRIES = 3;
const TRY_TIMEOUT_MS = 5_000;
const BETWEEN_TRIES_MS = 500;

/** Whether the address is on this machine, where only simulators and recordings are served. */
function isLoopback(baseUrl: string): boolean {
  return LOOPBACK.test(new URL(baseUrl).hostname);
}

export interface Address {
  readonly origin: Origin;
  /** The search limit of a simulator that has one; undefined for everybody else. */
  readonly searchesPerMinute: number | undefined;
}

/**
 * Asks only addresses on this machine; everything else is taken for the live service. Throws UnreachableError when
 * nobody answers here: what is not known to be a simulator must not begin a store of the live market.
 */
export async function askAddress(baseUrl: string, { clock }: { readonly clock: Clock }): Promise<Address> {
  const live: Origin = { kind: 'live', url: baseUrl };
  if (!isLoopback(baseUrl)) return { origin: live, searchesPerMinute: undefined };
  for (let tries = 1; ; tries += 1) {
    try {
      const headers = await askHeaders(baseUrl);
      return { origin: originIn(headers) ?? live, searchesPerMinute: limitIn(headers) };
    } catch (error) {
      if (tries >= TRIES) throw unreachable(baseUrl, error);
      await clock.sleep(BETWEEN_TRIES_MS);
    }
  }
}

async function askHeaders(baseUrl: string): Promise<Headers> {
  const response = await globalThis.fetch(`${baseUrl}/gpu_types/`, {
    signal: AbortSignal.timeout(TRY_TIMEOUT_MS),
  });
  await response.body?.cancel();
  return response.headers;
}

function originIn(headers: Headers): Origin | undefined {
  const [kind, ...rest] = (headers.get(ORIGIN_HEADER) ?? '').split(' ');
  const name = decodeURIComponent(rest.join(' '));
  if (kind === 'simulated') return { kind, seed: name };
  return kind === 'replay' ? { kind, name } : undefined;
}

function limitIn(headers: Headers): number | undefined {
  const limit = Number(headers.get(SEARCH_LIMIT_HEADER));
  return Number.isInteger(limit) && limit > 0 ? limit : undefined;
}

function unreachable(baseUrl: string, error: unknown): UnreachableError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : String(cause);
  return new UnreachableError(
    `Nothing answers at ${baseUrl} (${why}); start a simulator there ("vastdeck sim --port ${new URL(baseUrl).port || 80}"), or set VAST_BASE_URL to another address`,
    { cause: error },
  );
}
