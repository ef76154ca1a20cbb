// Acts on the world that must not happen twice: a key is journalled before the act and its result after. Callers
// with one key, in one process or several, wait for the one that runs; it holds the key's row and counts its beat
// up while it lives.
import { DAY_MS, type Log, silentLog, type Timer } from '../std/index.ts';
import type { Store } from '../store/index.ts';
import { beatOnce, type Claim, claimEffect, finishEffect, giveBackEffect } from './effect-rows.ts';
import type { LedgerTables } from './tables.ts';
import type { Effect } from './types.ts';

/**
 * A holder is dead when its beat stood still for this long by the watcher's monotonic clock. No wall clock takes
 * part: a laptop that wakes up or a clock that is set must not let a second process repeat an act under way.
 */
const HELD_MS = 15_000;
const BEATS_PER_HELD = 5;
const WAIT_MS = 250;

export interface EffectsOptions {
  readonly store: Store;
  readonly log?: Log;
  /** How long a holder may be silent before its key is taken over; default 15 s. */
  readonly heldMs?: number;
}

export interface UnresolvedEffect {
  readonly key: string;
  readonly begunAtMs: number;
  /** How often it has been taken up. */
  readonly attempts: number;
  /** Whether somebody ran it when the store last heard: alive or crashed. False: it threw `lastError`. */
  readonly isHeld: boolean;
  /** Empty when there is none. */
  readonly lastError: string;
}

export interface Effects {
  readonly effect: Effect;
  /** Effects without a result, oldest first: what a recovery calls `effect` for again. */
  unresolved(): Promise<UnresolvedEffect[]>;
  /** Deletes effects that ended more than `keepMs` (default 90 days) ago; returns how many. Their keys may run again. */
  prune(options?: { readonly keepMs?: number }): Promise<number>;
}

/** This process lost the key while its act ran, and who took it has found no result yet. */
export class EffectTakenError extends Error {
  override name = 'EffectTakenError';
  readonly key: string;

  constructor(key: string) {
    super(
      `Another process has taken over ${key}, because this one was silent for too long while it ran; ask for it again to get what the other finds`,
    );
    this.key = key;
  }
}

export function createEffects({ store, log = silentLog, heldMs = HELD_MS }: EffectsOptions): Effects {
  const { clock, transaction } = store;
  const running = new Map<string, Promise<unknown>>();

  /** Waits until the key has a result, or is ours to run. */
  const claim = async (key: string): Promise<Exclude<Claim, { kind: 'held' }>> => {
    let watched: { number: number; beat: number; sinceMs: number } | undefined;
    for (;;) {
      const mayTake = watched && clock.monotonic() - watched.sinceMs >= heldMs ? watched : undefined;
      const claimed = await transaction((trx) => claimEffect(trx, { key, mayTake, store }));
      if (claimed.kind !== 'held') return claimed;
      const { number, beat } = claimed;
      if (watched?.number !== number || watched.beat !== beat) {
        watched = { number, beat, sinceMs: clock.monotonic() };
      }
      await clock.sleep(WAIT_MS);
    }
  };

  /** Others need not wait for the silence of who has ended. If this cannot be written, they wait. */
  const giveBack = async (key: string, number: number, error: unknown) => {
    try {
      await transaction((trx) => giveBackEffect(trx, { key, number, error, clock }));
    } catch (giveBackError) {
      log.warn('effect could not be given back', { key, error: giveBackError });
    }
  };

  const run = async <T>(
    key: string,
    fn: Parameters<Effect>[1],
    resolve: Parameters<Effect>[2],
  ): Promise<T> => {
    const claimed = await claim(key);
    if (claimed.kind === 'done') return parseResult<T>(claimed.result);
    const { number, isFirst } = claimed;
    const lost = new AbortController();
    const stopBeating = startBeating({ store, log, key, number, heldMs, lost });
    try {
      const found = isFirst ? ({ kind: 'did-not-happen' } as const) : await resolve();
      // Another process took the key while we looked: it decides.
      if (lost.signal.aborted) throw new EffectTakenError(key);
      const result = formatResult(found.kind === 'happened' ? found.result : await fn(lost.signal));
      const stored = await transaction((trx) =>
        finishEffect(trx, {
          key,
          number,
          result,
          clock,
          status: found.kind === 'happened' ? 'found' : 'done',
        }),
      );
      if (stored === undefined) throw new EffectTakenError(key);
      return parseResult<T>(stored);
    } catch (error) {
      if (!(error instanceof EffectTakenError)) {
        await giveBack(key, number, error);
      }
      throw error;
    } finally {
      stopBeating();
    }
  };

  return {
    effect: async <T>(key: string, fn: Parameters<Effect>[1], resolve: Parameters<Effect>[2]) => {
      const mine = (running.get(key) ?? Promise.resolve())
        // The one before may have failed: it told its own caller, and this one resolves what it left.
        .catch(() => {})
        .then(() => run<T>(key, fn, resolve));
      running.set(key, mine);
      try {
        return await mine;
      } finally {
        if (running.get(key) === mine) running.delete(key);
      }
    },
    unresolved: async () => {
      const rows = await store.db
        .$extendTables<LedgerTables>()
        .selectFrom('ledger_effects')
        .selectAll()
        .where('is_done', '=', 0)
        .orderBy('begun_at')
        .orderBy('key')
        .execute();
      return rows.map((row) => ({
        key: row.key,
        begunAtMs: row.begun_at,
        attempts: row.number,
        isHeld: row.is_held === 1,
        lastError: row.last_error,
      }));
    },
    prune: async ({ keepMs = 90 * DAY_MS } = {}) => {
      const { numDeletedRows } = await store.db
        .$extendTables<LedgerTables>()
        .deleteFrom('ledger_effects')
        .where('is_done', '=', 1)
        .where('ended_at', '<', Math.trunc(clock.now() - keepMs))
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}

interface Heartbeat {
  readonly store: Store;
  readonly log: Log;
  readonly key: string;
  readonly number: number;
  readonly heldMs: number;
  /** Aborted when the key is somebody else's, or may be because no beat could be written for so long. */
  readonly lost: AbortController;
}

/** Returns what stops it. */
function startBeating({ store, log, key, number, heldMs, lost }: Heartbeat): () => void {
  const { clock } = store;
  let beatenAtMs = clock.monotonic();
  let isStopped = false;
  const beat = async () => {
    try {
      if (await beatOnce(store.db, key, number)) beatenAtMs = clock.monotonic();
      else lost.abort(new EffectTakenError(key));
    } catch (error) {
      log.warn('effect heartbeat failed', { key, error });
      if (clock.monotonic() - beatenAtMs >= heldMs) lost.abort(new EffectTakenError(key));
    }
    if (!isStopped && !lost.signal.aborted) timer = schedule();
  };
  // The beat catches whatever goes wrong.
  const schedule = (): Timer => clock.setTimer(heldMs / BEATS_PER_HELD, () => void beat());
  let timer = schedule();
  return () => {
    isStopped = true;
    timer.cancel();
  };
}

/** Empty text stands for undefined, which JSON has not. */
function formatResult(result: unknown): string {
  return JSON.stringify(result) ?? '';
}

function parseResult<T>(text: string): T {
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
