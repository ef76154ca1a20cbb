// Keeps what was told of each run, and tells the rest: first to the store, with the events that everybody reads, then to
// whoever sends alerts. Of several processes that watch the same run one tells, and a screen that sends none leaves them
// to the daemon.
import { HOUR_MS, type Log } from '../../../base/std/index.ts';
import { appendEvents, type Store, type StoreTransaction } from '../../../base/store/index.ts';
import type { RunEvent } from '../monitor-api.ts';
import type { RunView } from '../run-view.ts';
import type { MonitorTables } from '../tables.ts';
import { ALERTING, decideEvents, type Situation, type Told } from './decide-events.ts';

export const EVENT_NOUN = 'run';

export interface TellerOptions {
  readonly account: string;
  readonly store: Store;
  readonly log: Log;
  readonly onAlert?: ((event: RunEvent, run: RunView) => Promise<unknown> | undefined) | undefined;
}

export interface Teller {
  /** Compares with what was told, and tells what is new. */
  tell(situation: Situation): Promise<void>;
}

interface Kept {
  readonly version: number;
  /** When it was read or written here. */
  readonly knownAtMs: number;
  readonly told: Told;
}

/** Whoever has not handed on for so long what it took is not there any more. */
const TAKEN_MS = 60_000;
/** What nobody handed on is looked for so often. */
const READ_EVERY_MS = 30_000;
const NEWS_MS = HOUR_MS;
const PENDING_KEPT = 20;
const TRIES = 5;

export function createTeller({ account, store, log, onAlert }: TellerOptions): Teller {
  const db = store.db.$extendTables<MonitorTables>();
  const known = new Map<string, Kept>();

  const read = async (key: string): Promise<Kept | null> => {
    const row = await db
      .selectFrom('monitor_runs')
      .selectAll()
      .where('account', '=', account)
      .where('run_key', '=', key)
      .executeTakeFirst();
    return row
      ? { version: Number(row.version), knownAtMs: store.clock.now(), told: JSON.parse(row.told) as Told }
      : null;
  };

  const present = async (key: string, nowMs: number): Promise<Kept | null> => {
    const cached = known.get(key);
    if (cached && Math.abs(nowMs - cached.knownAtMs) < READ_EVERY_MS) return cached;
    const kept = await read(key);
    if (kept) known.set(key, kept);
    return kept;
  };

  /** Only over the version that it was decided on; false when another process was quicker. */
  const write = async (
    key: string,
    before: Kept | null,
    told: Told,
    events: readonly RunEvent[],
  ): Promise<Kept | null> => {
    const next: Kept = { version: (before?.version ?? 0) + 1, knownAtMs: store.clock.now(), told };
    return await store.transaction(async (trx) => {
      if (!(await put(trx, key, before, next))) return null;
      if (events.length > 0) {
        await appendEvents(trx, {
          events: events.map(({ kind, sentence, name, atMs }) => ({
            noun: EVENT_NOUN,
            id: key,
            status: kind,
            reason: sentence,
            data: { account, name, atMs },
          })),
          clock: store.clock,
        });
      }
      return next;
    });
  };

  const put = async (
    trx: StoreTransaction,
    key: string,
    before: Kept | null,
    next: Kept,
  ): Promise<boolean> => {
    const tables = trx.$extendTables<MonitorTables>();
    const row = { version: next.version, at: Math.trunc(next.knownAtMs), told: JSON.stringify(next.told) };
    if (!before) {
      const { numInsertedOrUpdatedRows } = await tables
        .insertInto('monitor_runs')
        .values({ account, run_key: key, ...row })
        .onConflict((conflict) => conflict.columns(['account', 'run_key']).doNothing())
        .executeTakeFirstOrThrow();
      return Number(numInsertedOrUpdatedRows ?? 0) > 0;
    }
    const { numUpdatedRows } = await tables
      .updateTable('monitor_runs')
      .set(row)
      .where('account', '=', account)
      .where('run_key', '=', key)
      .where('version', '=', before.version)
      .executeTakeFirstOrThrow();
    return Number(numUpdatedRows) > 0;
  };

  const alert = async (events: readonly RunEvent[], run: RunView): Promise<void> => {
    for (const event of events) {
      try {
        await onAlert?.(event, run);
      } catch (error) {
        log.warn('an alert of a run could not be handed on', { run: run.key, kind: event.kind, error });
      }
    }
  };

  /** What was handed on is pending no more, whatever others have added meanwhile. */
  const settle = async (key: string, kept: Kept, alerts: readonly RunEvent[]): Promise<void> => {
    let before: Kept | null = kept;
    for (let tries = 0; tries < TRIES && before; tries += 1) {
      const pending = before.told.pending.filter((event) => !alerts.some((told) => isSameEvent(told, event)));
      const takenAtMs = pending.length > 0 ? before.told.takenAtMs : null;
      const done = await write(key, before, { ...before.told, pending, takenAtMs }, []);
      if (done) return void known.set(key, done);
      before = await read(key);
    }
    known.delete(key);
  };

  return {
    async tell(situation) {
      const { nowMs, run } = situation;
      for (let tries = 0; tries < TRIES; tries += 1) {
        const before = await present(run.key, nowMs);
        const { told, events } = decideEvents(before?.told ?? null, situation);
        const fresh = events.filter(({ kind }) => ALERTING.includes(kind));
        const held = told.pending.filter((event) => isNews(event, told, nowMs));
        const isTaken = told.takenAtMs !== null && nowMs - told.takenAtMs < TAKEN_MS;
        const alerts = onAlert === undefined ? [] : isTaken ? fresh : [...held, ...fresh];
        if (before && events.length === 0 && alerts.length === 0 && isSame(before.told, told)) return;
        const takenAtMs = alerts.length > 0 ? nowMs : told.takenAtMs;
        const pending = [...held, ...fresh].slice(-PENDING_KEPT);
        const kept = await write(run.key, before, { ...told, pending, takenAtMs }, events);
        if (!kept) {
          known.delete(run.key);
          continue;
        }
        known.set(run.key, kept);
        if (alerts.length === 0) return;
        await alert(alerts, run);
        await settle(run.key, kept, alerts);
        return;
      }
      log.warn('what happened to a run is told by others all the time', { run: situation.run.key });
    },
  };
}

/** An epoch of yesterday wakes nobody; what is still wrong does, however long it has been so. */
function isNews(event: RunEvent, { condition }: Told, nowMs: number): boolean {
  return event.kind === condition || nowMs - event.atMs < NEWS_MS;
}

function isSameEvent(a: RunEvent, b: RunEvent): boolean {
  return a.kind === b.kind && a.atMs === b.atMs && a.sentence === b.sentence;
}

function isSame(a: Told, b: Told): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
