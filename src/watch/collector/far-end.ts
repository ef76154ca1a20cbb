// The way to the service, and what is done when it fails: wait and try again, say since when nothing is
// seen, give up a slice or the sweep in time. What no repetition mends is thrown.
import { backoffMs, type Clock, type Log, type Random } from '../../base/std/index.ts';
import {
  InvalidRequestError,
  MalformedAnswerError,
  type Offer,
  RateLimitedError,
  UnauthorizedError,
  UnavailableError,
  type VastClient,
  VastError,
} from '../../net/vast/index.ts';
import type { Answer, Ask, AskMarket } from './answer.ts';
import { observe } from './observe.ts';
import { makeSearchBody, type Scope } from './slice-query.ts';

/** The client has tried several times already whenever a try of ours fails. */
const MOST_TRIES = 3;
const BACKOFF = { baseMs: 2_000, capMs: 5 * 60_000 } as const;
/** Blind for so long in the middle of a sweep, what it has seen is stored before it is too old. */
const PATIENCE_MS = 2 * 60_000;
/** Ids are kept together with a type code in one safe integer. */
const LARGEST_OFFER_ID = Math.floor(Number.MAX_SAFE_INTEGER / 16);

export interface Blindness {
  /** When the first of the searches began that have failed since. */
  readonly sinceMs: number;
  readonly reason: string;
}

export interface FarEndDeps {
  readonly client: Pick<VastClient, 'offers'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly scope: Scope;
  readonly onBlind: (blindness: Blindness) => void;
  readonly onSeeing: (blindness: Blindness) => void;
}

export interface FarEnd {
  readonly ask: AskMarket;
  /** Undefined while searches succeed. */
  blindness(): Blindness | undefined;
  /** Time spent on failed searches and on waiting after them, in all. */
  failingMs(): number;
  /** How long to wait before the next try, from what has failed so far. */
  backoffMs(): number;
}

export function createFarEnd({ client, clock, random, log, scope, onBlind, onSeeing }: FarEndDeps): FarEnd {
  let blindness: Blindness | undefined;
  let failures = 0;
  let failingMs = 0;
  let hasSucceeded = false;

  const waitMs = () => backoffMs(Math.max(1, failures), { random, ...BACKOFF });

  const failed = (startedAtMs: number, reason: string) => {
    failures += 1;
    if (blindness) {
      blindness = { ...blindness, reason };
    } else {
      blindness = { sinceMs: startedAtMs, reason };
      onBlind(blindness);
    }
  };

  const succeeded = () => {
    failures = 0;
    hasSucceeded = true;
    if (!blindness) return;
    const ended = blindness;
    blindness = undefined;
    onSeeing(ended);
  };

  const ask: AskMarket = async (what, signal) => {
    for (let tries = 1; ; tries += 1) {
      signal.throwIfAborted();
      const startedAtMs = clock.now();
      const startedMs = clock.monotonic();
      try {
        const answer = await search(client, what, { scope, signal, startedAtMs });
        succeeded();
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof VastError) || error instanceof UnauthorizedError) throw error;
        const reason = reasonOf(error);
        const isOurFault = error instanceof InvalidRequestError;
        // A plain search that was never accepted will not be; later it is a fault of theirs, and may pass.
        if (isOurFault && !hasSucceeded) throw error;
        log.warn('search failed', { reason, error: error.message, tries });
        const outcome = { kind: 'failed', reason, startedAtMs, finishedAtMs: clock.now() } as const;
        if (isOurFault && isNarrowed(what)) return { ...outcome, isBlind: false };
        failed(startedAtMs, reason);
        const isBlind = clock.now() - (blindness?.sinceMs ?? startedAtMs) >= PATIENCE_MS;
        if (!isBlind && tries < MOST_TRIES) {
          const toldMs =
            error instanceof RateLimitedError ? (error.retryAfterMs ?? error.thresholdMs ?? 0) : 0;
          await clock.sleep(Math.max(toldMs, waitMs()), signal);
        }
        failingMs += clock.monotonic() - startedMs;
        if (isBlind || tries >= MOST_TRIES) return { ...outcome, isBlind };
      }
    }
  };

  return { ask, blindness: () => blindness, failingMs: () => failingMs, backoffMs: waitMs };
}

interface SearchOptions {
  readonly scope: Scope;
  readonly signal: AbortSignal;
  readonly startedAtMs: number;
}

async function search(
  client: Pick<VastClient, 'offers'>,
  what: Ask,
  { scope, signal, startedAtMs }: SearchOptions,
): Promise<Answer> {
  const { slice } = what;
  const found = await client.offers.searchBody(makeSearchBody(what, scope), {
    signal,
    priority: 'collector',
  });
  const best = new Map<number, Offer>();
  let tooLarge = 0;
  for (const offer of found.offers) {
    if (offer.id > LARGEST_OFFER_ID) {
      tooLarge += 1;
      continue;
    }
    const before = best.get(offer.id);
    if (!before || (offer.score ?? 0) >= (before.score ?? 0)) best.set(offer.id, offer);
  }
  return {
    kind: 'answer',
    observations: [...best.values()].map((offer) => observe(offer, slice.type, slice.search)),
    rows: found.offers.length + found.faults.length,
    duplicates: found.offers.length - tooLarge - best.size,
    unreadable: found.faults.length + tooLarge,
    bytes: found.bytes,
    startedAtMs,
    finishedAtMs: found.receivedAtMs,
    fieldNames: found.fieldNames,
    replayAtMs: found.replayAtMs,
  };
}

/** Whether the search had conditions of its own, which may be what the service refuses. */
function isNarrowed({ slice, offerIds }: Ask): boolean {
  const { gpuName, numGpus, region, price, machineId } = slice;
  return [gpuName, numGpus, region, price, machineId, offerIds].some((condition) => condition !== undefined);
}

function reasonOf(error: VastError): string {
  if (error instanceof RateLimitedError) return 'rate limited';
  if (error instanceof MalformedAnswerError) return 'unreadable answer';
  if (error instanceof InvalidRequestError) return 'search refused';
  if (error instanceof UnavailableError) {
    return error.status === undefined ? 'no answer' : `status ${error.status}`;
  }
  return error.name;
}
