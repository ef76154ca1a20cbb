// A sign of life to a dead man's switch such as healthchecks.io: it tells people when the signs stop coming, which this
// program cannot do once its computer is off.
import type { Clock, Secret } from '../../../base/std/index.ts';
import type { Part, PartHealth } from './part.ts';

export interface HeartbeatOptions {
  /** Whoever knows it can send the sign: it is in no log and no answer. Undefined: nobody is told. */
  readonly url: Secret | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Of all parts, at this moment. */
  readonly health: () => readonly PartHealth[];
  /** Default 60,000. */
  readonly everyMs?: number;
}

const TIMEOUT_MS = 20_000;
/** A service that is away for some minutes is no reason to wake anybody. */
const FAILING_FOR_MS = 10 * 60_000;
/** While these do not work, machines cost money that nobody looks after. */
const VITAL = ['rentals', 'jobs'];

/**
 * Asks for the address once a minute; for `<address>/fail` instead while a part that money depends on has been failing for
 * ten minutes. Who does not know that path answers 404, and so gets no sign either.
 */
export function heartbeatPart(options: HeartbeatOptions): Part {
  const { url, clock, health, everyMs = 60_000 } = options;
  const base = { name: 'heartbeat', what: 'tells a dead man’s switch that it lives' } as const;
  if (url === undefined) {
    return { ...base, offBecause: 'no heartbeat_url is set', run: () => Promise.resolve() };
  }
  return {
    ...base,
    tellsEveryMs: everyMs,
    run: async (signal, tell) => {
      while (!signal.aborted) {
        const sick = health().find(
          ({ name, status, sinceMs }) =>
            VITAL.includes(name) && status === 'failing' && clock.now() - sinceMs >= FAILING_FOR_MS,
        );
        const address = sick ? failAddress(url.reveal()) : url.reveal();
        const fault = await beat(address, { ...options, signal });
        if (fault !== undefined) tell.ill(fault);
        else if (sick) tell.well(`told that ${sick.name} fails`);
        else tell.well('');
        await clock.sleep(everyMs, signal).catch(() => {});
      }
    },
  };
}

/** A sentence when it was not taken; it never holds the address. */
async function beat(
  url: string,
  options: Pick<HeartbeatOptions, 'fetch' | 'clock'> & { readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { clock, signal } = options;
  const patience = new AbortController();
  const timer = clock.setTimer(TIMEOUT_MS, () => patience.abort());
  try {
    const answer = await options.fetch(url, { signal: AbortSignal.any([signal, patience.signal]) });
    await answer.body?.cancel();
    return answer.ok ? undefined : `the heartbeat was answered with ${answer.status}`;
  } catch {
    if (signal.aborted) return undefined;
    return patience.signal.aborted
      ? `the heartbeat was not answered within ${TIMEOUT_MS / 1_000} s`
      : 'the heartbeat could not be sent: nobody answers at its address';
  } finally {
    timer.cancel();
  }
}

function failAddress(url: string): string {
  const address = new URL(url);
  address.pathname = `${address.pathname.replace(/\/$/, '')}/fail`;
  return address.href;
}
