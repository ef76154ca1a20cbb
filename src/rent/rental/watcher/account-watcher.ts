// The only lister of instances. It turns listings into generations that everybody else reads, tells apart what is
// gone from what is merely not listed, and says what changed.
import { type Clock, createId, type Log, type Priority, type Random } from '../../../base/std/index.ts';
import { createTerms, type Store } from '../../../base/store/index.ts';
import {
  type Instance,
  type InstanceListing,
  MalformedAnswerError,
  RateLimitedError,
  UnavailableError,
  type VastClient,
} from '../../../net/vast/index.ts';
import type { AccountView } from '../account-view.ts';
import { type AccountBook, createAccountBook, type Generation } from './account-book.ts';
import { judgeListing, type ListingVerdict } from './judge-listing.ts';

export interface AccountWatcherOptions {
  readonly account: string;
  readonly client: Pick<VastClient, 'instances'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Between listings of `run`; default 30,000. */
  readonly intervalMs?: number;
}

export interface RefreshOptions {
  /** The view must have begun at this time or later; default now. */
  readonly startedAfterMs?: number;
  /** At the limiter; default that of the client. */
  readonly priority?: Priority;
  readonly signal?: AbortSignal | undefined;
}

export interface AccountWatcher {
  /**
   * A view that was begun late enough: one that another process has just taken, or a listing of our own. It may be
   * incomplete, which is said in it; failures of the service are such views too, other errors reject.
   */
  refresh(options?: RefreshOptions): Promise<AccountView<Instance>>;
  /** A complete view begun late enough; lists again until there is one. Rejects when the signal ends. */
  complete(options?: RefreshOptions): Promise<AccountView<Instance>>;
  /** By its id; undefined when the service says that there is none. */
  lookup(instanceId: number, signal?: AbortSignal): Promise<Instance | undefined>;
  /** Complete generations that were begun at this time or later, oldest first. */
  completeSince(startedAfterMs: number): Promise<readonly Generation[]>;
  /** The instance that has ever been seen with the label and is not known to be gone. */
  seenWithLabel(label: string): Promise<Instance | undefined>;
  /** Complete generations in a row, begun at `sinceMs` or later, up to the last one, that do not hold it. */
  missesOf(instanceId: number, sinceMs: number): Promise<number>;
  /** Lists at the interval until the signal ends. */
  run(signal: AbortSignal): Promise<void>;
}

/** A leader that has not ended a listing for so long is taken for dead: 1,000 instances take 40 s. */
const TERM_MS = 120_000;
const HELD_POLL_MS = 1_000;
const BETWEEN_TRIES_MS = 5_000;

export function createAccountWatcher(options: AccountWatcherOptions): AccountWatcher {
  const { account, client, store, clock, log, intervalMs = 30_000 } = options;
  const book: AccountBook = createAccountBook({ store, account });
  const terms = createTerms(store);
  const holder = createId('watcher', { clock, random: options.random });
  const termName = `account-watcher:${account}`;
  let latest: AccountView<Instance> | undefined;
  let underWay: Promise<AccountView<Instance> | 'held'> | undefined;

  const list = async ({ priority, signal }: RefreshOptions): Promise<AccountView<Instance>> => {
    const begun = await book.begin();
    let listing: InstanceListing;
    try {
      listing = await client.instances.list({ priority, signal });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await book.fail(begun, reason);
      if (!isPassing(error)) throw error;
      log.warn('the account could not be listed', { account, reason });
      return { ...begun, complete: false, reason, instances: [] };
    }
    const verdict = await judge(listing, signal);
    if (verdict.kind !== 'complete') {
      const reason = verdict.kind === 'unknown' ? verdict.reason : 'an empty listing';
      log.warn('a listing cannot be believed', { account, reason });
      await book.fail(begun, reason, listing);
      return { ...begun, complete: false, reason, instances: listing.instances };
    }
    await book.keep(begun, listing);
    await settleMissing(signal);
    return { ...begun, complete: true, reason: '', instances: listing.instances };
  };

  const judge = async (listing: InstanceListing, signal?: AbortSignal): Promise<ListingVerdict> => {
    const verdict = judgeListing(listing, await book.expectation());
    if (verdict.kind !== 'ask') return verdict;
    for (const id of verdict.ids) {
      if (await client.instances.get(id, { signal })) {
        return { kind: 'unknown', reason: `an empty listing, though instance ${id} answers to its id` };
      }
    }
    return { kind: 'complete' };
  };

  /** What two complete generations did not hold is asked for by its id; only then it is gone. */
  const settleMissing = async (signal?: AbortSignal): Promise<void> => {
    for (const id of await book.missingTwice()) {
      const found = await client.instances.get(id, { signal });
      if (found) await book.foundAgain(found);
      else await book.gone(id);
    }
  };

  const lead = async (asked: RefreshOptions): Promise<AccountView<Instance> | 'held'> => {
    const result = await terms.acquire(termName, holder, TERM_MS);
    if (result.kind === 'held') return 'held';
    try {
      latest = await list(asked);
      return latest;
    } finally {
      await terms.release(result.term);
    }
  };

  const refresh = async (asked: RefreshOptions = {}): Promise<AccountView<Instance>> => {
    const wantedMs = asked.startedAfterMs ?? clock.now();
    for (;;) {
      asked.signal?.throwIfAborted();
      const known = await book.latestSince(wantedMs, latest);
      if (known) return known;
      // One at a time in this process, whoever asked; and one process at a time.
      const isTaken = underWay !== undefined;
      underWay ??= lead(asked).finally(() => {
        underWay = undefined;
      });
      const view = await underWay.catch((error: unknown) => {
        // Whoever began it gave up, or met what this caller meets by itself in the next round.
        if (isTaken) return 'held' as const;
        throw error;
      });
      if (view === 'held') await clock.sleep(HELD_POLL_MS, asked.signal);
      else if (view.startedAtMs >= wantedMs) return view;
    }
  };

  return {
    refresh,
    async complete(asked = {}) {
      const startedAfterMs = asked.startedAfterMs ?? clock.now();
      let view = await refresh({ ...asked, startedAfterMs });
      while (!view.complete) {
        await clock.sleep(BETWEEN_TRIES_MS, asked.signal);
        view = await refresh({ ...asked, startedAfterMs: clock.now() });
      }
      return view;
    },
    lookup: (instanceId, signal) => client.instances.get(instanceId, { signal }),
    completeSince: (startedAfterMs) => book.completeSince(startedAfterMs),
    seenWithLabel: (label) => book.seenWithLabel(label),
    missesOf: (instanceId, sinceMs) => book.missesOf(instanceId, sinceMs),
    async run(signal) {
      while (!signal.aborted) {
        try {
          await refresh({ startedAfterMs: clock.now() - intervalMs / 2, signal, priority: 'controller' });
        } catch (error) {
          if (signal.aborted) return;
          log.error('the account cannot be watched', { account, reason: String(error) });
        }
        await clock.sleep(intervalMs, signal).catch(() => {});
      }
    },
  };
}

/** What the service does on a bad day; everything else needs a person. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof UnavailableError ||
    error instanceof MalformedAnswerError ||
    error instanceof RateLimitedError
  );
}
