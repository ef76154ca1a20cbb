// Every act that came over HTTP leaves an event that says who asked for it: before it is tried, so that a crash in the middle
// hides none, and once more when it failed.
import type { Context } from 'hono';
import { appendEvents } from '../../../base/store/index.ts';
import type { HttpDeps } from '../deps.ts';
import type { HttpEnv } from './http-env.ts';

export interface Act {
  /** `job cancel`, `halt`. */
  readonly verb: string;
  /** What it is done to. */
  readonly target: string;
}

/** What the person at the other end calls themselves; whoever holds the token could write anything. */
const WHO_HEADER = 'x-vastdeck-who';

/** Who asks, as the ledger writes it beside what they set. */
export function askerOf(c: Context<HttpEnv>): string {
  const name = decoded(c.req.header(WHO_HEADER) ?? '')
    .replaceAll(/[^\p{L}\p{N}@._ -]/gu, '')
    .trim();
  return name.slice(0, 64) || 'somebody over HTTP';
}

/** Headers hold no letters beyond ASCII; those of a name come percent-encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export async function audited<T>(
  { store, clock }: Pick<HttpDeps, 'store' | 'clock'>,
  { c, act: { verb, target } }: { readonly c: Context<HttpEnv>; readonly act: Act },
  perform: (who: string) => Promise<T>,
): Promise<T> {
  const who = askerOf(c);
  const from = c.env.incoming?.socket.remoteAddress ?? 'this process';
  const note = (status: string, reason: string) =>
    store.transaction((trx) =>
      appendEvents(trx, {
        clock,
        events: [{ noun: 'act', id: target, status, reason, data: { verb, who, from } }],
      }),
    );
  await note('asked', `${who} asked for: ${verb}`);
  try {
    return await perform(who);
  } catch (error) {
    await note('failed', error instanceof Error ? error.message : String(error));
    throw error;
  }
}
