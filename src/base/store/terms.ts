// Who acts: a term is a controller's leadership, with a number that grows with each new leader. A write carries
// the number, so that a leader which slept through its own end changes nothing (M. Kleppmann, "How to do
// distributed locking", 2016).
import type { Store } from './store.ts';
import type { StoreTransaction } from './tables.ts';

export interface Term {
  readonly name: string;
  /** The fencing number. */
  readonly number: number;
  /** Unique to one incarnation of a process. */
  readonly holder: string;
}

export type AcquireTermResult =
  | { readonly kind: 'leading'; readonly term: Term }
  | { readonly kind: 'held'; readonly by: string; readonly untilMs: number };

/** The writer no longer leads: it stops what it does and acquires anew. */
export class TermLostError extends Error {
  override name = 'TermLostError';
  readonly term: Term;

  constructor(term: Term, leader: string) {
    super(
      `${term.holder} no longer leads ${term.name} (its term was ${term.number}${leader && `, now ${leader} leads`}); nothing was written`,
    );
    this.term = term;
  }
}

export interface Terms {
  /**
   * Takes the term when it is free, over, ours already (then its time begins anew and its number stays), or was taken by a
   * process that has surely died.
   */
  acquire(name: string, holder: string, ttlMs: number): Promise<AcquireTermResult>;
  /** Begins the term's time anew; false when somebody else has led since. */
  renew(term: Term, ttlMs: number): Promise<boolean>;
  /** Lets others lead at once; harmless when the term is lost already. */
  release(term: Term): Promise<void>;
}

/**
 * Terms in the store. A term is over when the wall clock says so, or when its holder has not renewed it while
 * this process's monotonic clock counted `ttlMs`: a wall clock that is set back blocks nobody for longer. The term of a
 * process that is known to have died is over at once; one that sleeps, hangs or is stopped keeps its time.
 */
export function createTerms({
  db,
  clock,
  processes,
  transaction,
}: Pick<Store, 'db' | 'clock' | 'processes' | 'transaction'>): Terms {
  const watched = new Map<string, { beat: number; sinceMs: number }>();

  const stillFor = (name: string, beat: number): number => {
    const known = watched.get(name);
    if (known?.beat === beat) return clock.monotonic() - known.sinceMs;
    watched.set(name, { beat, sinceMs: clock.monotonic() });
    return 0;
  };

  return {
    acquire: (name, holder, ttlMs) =>
      transaction(async (trx) => {
        // Written first, so that the row is there and locked on PostgreSQL too.
        const row = await trx
          .insertInto('terms')
          .values({ name, number: 0, holder: '', beat: 0, expires_at: 0, process: '' })
          .onConflict((conflict) =>
            conflict.column('name').doUpdateSet((eb) => ({ name: eb.ref('excluded.name') })),
          )
          .returningAll()
          .executeTakeFirstOrThrow();
        const nowMs = Math.trunc(clock.now());
        const isOurs = row.holder === holder;
        const isOver = row.holder === '' || nowMs >= row.expires_at || stillFor(name, row.beat) >= ttlMs;
        // Asked last: it may take a process of its own.
        if (!isOurs && !isOver && !processes.isGone(row.process))
          return { kind: 'held', by: row.holder, untilMs: row.expires_at };
        const number = isOurs ? row.number : row.number + 1;
        await trx
          .updateTable('terms')
          .set({
            number,
            holder,
            beat: row.beat + 1,
            expires_at: nowMs + Math.ceil(ttlMs),
            process: processes.own,
          })
          .where('name', '=', name)
          .execute();
        return { kind: 'leading', term: { name, number, holder } };
      }),
    renew: async (term, ttlMs) => {
      const { numUpdatedRows } = await db
        .updateTable('terms')
        .set((eb) => ({ beat: eb('beat', '+', 1), expires_at: Math.ceil(clock.now() + ttlMs) }))
        .where('name', '=', term.name)
        .where('number', '=', term.number)
        .where('holder', '=', term.holder)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },
    release: async (term) => {
      await db
        .updateTable('terms')
        .set((eb) => ({ beat: eb('beat', '+', 1), holder: '', expires_at: 0 }))
        .where('name', '=', term.name)
        .where('number', '=', term.number)
        .where('holder', '=', term.holder)
        .execute();
    },
  };
}

/**
 * Throws TermLostError unless `term` is the present one, and keeps it so until the transaction ends: called first
 * in every transaction that a leader writes. A term whose time is over but that nobody has taken still passes.
 */
export async function assertTerm(
  trx: StoreTransaction,
  term: Term,
  dialect: Store['dialect'],
): Promise<void> {
  let query = trx.selectFrom('terms').select(['number', 'holder']).where('name', '=', term.name);
  // SQLite's transactions hold the write lock from their start.
  if (dialect === 'postgres') query = query.forShare();
  const row = await query.executeTakeFirst();
  if (row?.number !== term.number || row.holder !== term.holder) {
    throw new TermLostError(term, row?.holder ?? '');
  }
}
