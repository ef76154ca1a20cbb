// Where the jobs of a process rent: one after another, since the service takes one create in some seconds anyway, and with
// one search for all that ask the market the same within a short time.
import type { Clock } from '../../../base/std/index.ts';
import type { VastClient } from '../../../net/vast/index.ts';

export interface RentDesk {
  /** The market, where the same question within a short time has the same answer. */
  readonly client: Pick<VastClient, 'offers'>;
  /** Runs when its turn has come. Rejects with the signal's reason while it waits, and as `onWait` and `work` do. */
  takeTurn<T>(options: TurnOptions, work: () => Promise<T>): Promise<T>;
}

export interface TurnOptions {
  readonly signal: AbortSignal;
  /** Told once, by whoever has to wait. */
  readonly onWait: (before: number) => Promise<void>;
}

/** A good offer is gone in a minute; a create takes 4.5 s of its interval. */
const SAME_ANSWER_MS = 15_000;

/** While one waits for its create the next one searches and claims. */
const AT_ONCE = 2;

export function createRentDesk({
  client,
  clock,
}: {
  readonly client: Pick<VastClient, 'offers'>;
  readonly clock: Clock;
}): RentDesk {
  let inside = 0;
  const queue: (() => void)[] = [];
  /** Whoever is next has the place at once: nobody slips in between. */
  const leave = () => {
    const next = queue.shift();
    if (next) next();
    else inside -= 1;
  };
  return {
    client: { offers: sharedOffers(client.offers, clock) },
    async takeTurn({ signal, onWait }, work) {
      signal.throwIfAborted();
      if (inside < AT_ONCE) inside += 1;
      else {
        const before = inside + queue.length;
        const turn = comeToTurn(queue, signal);
        try {
          await onWait(before);
        } catch (error) {
          // The place in the queue goes on to the next.
          turn.then(leave, () => {});
          throw error;
        }
        await turn;
      }
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}

function comeToTurn(queue: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const enter = () => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    };
    const giveUp = () => {
      const at = queue.indexOf(enter);
      if (at >= 0) queue.splice(at, 1);
      reject(signal.reason);
    };
    queue.push(enter);
    signal.addEventListener('abort', giveUp, { once: true });
  });
}

type Offers = VastClient['offers'];
type Found = ReturnType<Offers['search']>;

function sharedOffers(offers: Offers, clock: Clock): Offers {
  const known = new Map<string, { readonly atMs: number; readonly found: Found }>();
  return {
    ...offers,
    search: (query, options = {}) => {
      const nowMs = clock.monotonic();
      for (const [key, { atMs }] of known) if (nowMs - atMs > SAME_ANSWER_MS) known.delete(key);
      const key = JSON.stringify(query);
      const same = known.get(key);
      if (same) return same.found;
      // Without the asker's signal: its end must not be everybody's.
      const found = offers.search(
        query,
        options.priority === undefined ? {} : { priority: options.priority },
      );
      known.set(key, { atMs: nowMs, found });
      // Whoever comes next asks anew.
      found.catch(() => known.delete(key));
      return found;
    },
  };
}
