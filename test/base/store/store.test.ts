// Opening, migrating and transactions, the same on both engines.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createLog,
  type LogLine,
  SteppedClock,
  silentLog,
  systemClock,
} from '../../../src/base/std/index.ts';
import {
  appendEvents,
  CorruptStoreError,
  NewerStoreError,
  openStore,
  readEventsSince,
  StoreFullError,
  type StoreMigration,
  StoreNotWritableError,
  StoreUnreachableError,
} from '../../../src/base/store/index.ts';
import { shownAddress } from '../../../src/base/store/postgres.ts';
import { ENGINES, freshStore, freshStoreUrl, temporaryFolder } from '../../support/stores.ts';

const boxes: StoreMigration = {
  folder: 'test/boxes',
  number: 1,
  name: 'boxes',
  up: async (db) => {
    await db.schema
      .createTable('boxes')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('amount', 'bigint', (column) => column.notNull())
      .execute();
  },
};
type Boxes = { boxes: { id: string; amount: number } };

const clock = new SteppedClock();
const log = silentLog;

describe.each(ENGINES)('a store on %s', (engine) => {
  it('keeps what was committed over a close, and drops what was rolled back', async () => {
    const { store, openAgain } = await freshStore(engine, { migrations: [boxes] });
    const db = store.db.$extendTables<Boxes>();
    await db
      .insertInto('boxes')
      .values({ id: 'kept', amount: 2 ** 52 })
      .execute();
    const broken = store.transaction(async (trx) => {
      await trx.$extendTables<Boxes>().insertInto('boxes').values({ id: 'dropped', amount: 1 }).execute();
      throw new Error('the caller changed its mind');
    });
    await expect(broken).rejects.toThrow('the caller changed its mind');
    await store.close();

    const again = await openAgain();
    const rows = await again.db.$extendTables<Boxes>().selectFrom('boxes').selectAll().execute();
    expect(rows.map((row) => ({ ...row }))).toEqual([{ id: 'kept', amount: 2 ** 52 }]);
  });

  it('gives counts and sums as numbers', async () => {
    const { store } = await freshStore(engine, { migrations: [boxes] });
    const db = store.db.$extendTables<Boxes>();
    await db
      .insertInto('boxes')
      .values([
        { id: 'a', amount: 40 },
        { id: 'b', amount: 2 },
      ])
      .execute();
    const row = await db
      .selectFrom('boxes')
      .select((eb) => [eb.fn.countAll().as('count'), eb.fn.sum('amount').as('sum')])
      .executeTakeFirstOrThrow();
    expect({ ...row }).toEqual({ count: 2, sum: 42 });
  });

  it('runs a migration that came later, also one that sorts before those already run', async () => {
    const { store, openAgain } = await freshStore(engine, { migrations: [boxes] });
    await store.close();
    const earlier: StoreMigration = {
      ...boxes,
      folder: 'a/first',
      name: 'crates',
      up: (db) => db.schema.createTable('crates').addColumn('id', 'text').execute(),
    };
    const again = await openAgain({ migrations: [earlier, boxes] });
    await expect(sql`select count(*) from crates`.execute(again.db)).resolves.toBeDefined();
  });

  it('leaves nothing of a migration that fails, and runs it whole the next time', async () => {
    const { store, openAgain } = await freshStore(engine);
    await store.close();
    const failing: StoreMigration = {
      ...boxes,
      up: async (db, dialect) => {
        await boxes.up(db, dialect);
        throw new Error('half way');
      },
    };
    await expect(openAgain({ migrations: [failing] })).rejects.toThrow('half way');
    const again = await openAgain({ migrations: [boxes] });
    await expect(sql`select count(*) from boxes`.execute(again.db)).resolves.toBeDefined();
  });

  it('refuses a store of a newer version with a sentence that names what it does not know', async () => {
    const { store, openAgain } = await freshStore(engine, { migrations: [boxes] });
    await store.close();
    const opening = openAgain({ migrations: [] });
    await expect(opening).rejects.toThrow(NewerStoreError);
    await expect(opening).rejects.toThrow(/written by a newer vastdeck \(it has test\/boxes\/0001-boxes,/);
  });

  it('is opened by four processes at once, and every migration runs once', async () => {
    const url = await freshStoreUrl(engine);
    const opener = new URL('./open-store.process.ts', import.meta.url).pathname;
    const runs = await Promise.all(
      [1, 2, 3, 4].map(async (number) => {
        const child = spawn(process.execPath, [opener, url, String(number)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        let output = '';
        child.stdout.on('data', (chunk) => {
          output += chunk;
        });
        const [code] = await once(child, 'close');
        return { code, output };
      }),
    );
    expect(runs.map((run) => run.code)).toEqual([0, 0, 0, 0]);
    const store = await openStore({ url, clock, log });
    const { rows } = await sql<{ seq: number }>`select seq from events order by seq`.execute(store.db);
    await store.close();
    expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });

  it('keeps every event whose writer was told that it is stored, when the writer is killed', async () => {
    const url = await freshStoreUrl(engine);
    const opener = new URL('./open-store.process.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [opener, url, 'endless'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let told = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      told = Number(line);
      if (told >= 30) break;
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    const store = await openStore({ url, clock, log });
    onTestFinished(() => store.close());
    const seqs = (await readEventsSince(store.db, 0)).map((event) => event.seq);
    expect(seqs.length).toBeGreaterThanOrEqual(told);
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1));
    const events = [{ noun: 'box', id: '1', status: 'new', reason: '' }];
    expect(await store.transaction((trx) => appendEvents(trx, { clock, events }))).toBe(seqs.length + 1);
  });

  it('loses no update when two stores read and then write the same row', async () => {
    const { store, openAgain } = await freshStore(engine, { migrations: [boxes] });
    const other = await openAgain();
    await store.db.$extendTables<Boxes>().insertInto('boxes').values({ id: 'n', amount: 0 }).execute();
    const addOne = (target: typeof store) =>
      target.transaction(async (trx) => {
        await appendEvents(trx, { clock, events: [{ noun: 'box', id: 'n', status: 'grown', reason: '' }] });
        const boxesOf = trx.$extendTables<Boxes>();
        const { amount } = await boxesOf.selectFrom('boxes').select('amount').executeTakeFirstOrThrow();
        await boxesOf
          .updateTable('boxes')
          .set({ amount: amount + 1 })
          .execute();
      });
    for (let round = 0; round < 10; round += 1) await Promise.all([addOne(store), addOne(store)]);
    for (let round = 0; round < 10; round += 1) {
      await addOne(other);
      await addOne(store);
    }
    const row = await store.db.$extendTables<Boxes>().selectFrom('boxes').selectAll().executeTakeFirst();
    expect(row?.amount).toBe(40);
  });
});

describe('a store in a file', () => {
  it('takes booleans and dates as values', async () => {
    const { store } = await freshStore('sqlite');
    const { rows } = await sql`select ${true} as t, ${false} as f, ${new Date(1234)} as d`.execute(store.db);
    expect({ ...(rows[0] as object) }).toEqual({ t: 1, f: 0, d: 1234 });
  });

  it('commits to the disk itself, waits for other writers, and is for its owner only', async () => {
    const { store, url } = await freshStore('sqlite');
    const pragma = async (name: string) =>
      Object.values((await sql.raw(`pragma ${name}`).execute(store.db)).rows[0] as object)[0];
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('synchronous')).toBe(2);
    expect(await pragma('busy_timeout')).toBe(5_000);
    expect(statSync(url).mode & 0o777).toBe(0o600);
  });

  it('says that a file of something else is not a store, and leaves it as it is', async () => {
    const path = join(temporaryFolder(), 'state.db');
    const text = 'these are my notes, and not a database at all. '.repeat(200);
    writeFileSync(path, text);
    const opening = openStore({ url: path, clock, log });
    await expect(opening).rejects.toThrow(CorruptStoreError);
    await expect(opening).rejects.toThrow(/state\.db is damaged or not a vastdeck store/);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('says that a store is damaged when pages of it are gone', async () => {
    const { store, url, openAgain } = await freshStore('sqlite');
    await store.transaction((trx) =>
      appendEvents(trx, {
        clock,
        events: Array.from({ length: 500 }, (_, n) => ({
          noun: 'box',
          id: `${n}`,
          status: 'new',
          reason: '',
        })),
      }),
    );
    await store.close();
    truncateSync(url, 4096 * 2);
    const damaged = openAgain().then((again) =>
      sql`select sum(seq), max(noun) from events`.execute(again.db),
    );
    await expect(damaged).rejects.toThrow(CorruptStoreError);
  });

  it('says that the disk is full, keeps what was there, and goes on when there is room again', async () => {
    const { store } = await freshStore('sqlite');
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(store.db);
    await sql.raw(`pragma max_page_count = ${(rows[0]?.page_count ?? 0) + 2}`).execute(store.db);
    const events = [{ noun: 'box', id: '1', status: 'new', reason: 'x'.repeat(100_000) }];
    const writing = store.transaction((trx) => appendEvents(trx, { clock, events }));
    await expect(writing).rejects.toThrow(StoreFullError);
    await expect(writing).rejects.toThrow(/The disk of .*state\.db is full; free some space/);
    await sql`pragma max_page_count = 1000000`.execute(store.db);
    await expect(store.transaction((trx) => appendEvents(trx, { clock, events }))).resolves.toBe(1);
  });

  it('says that a folder cannot be written', async () => {
    const folder = join(temporaryFolder(), 'closed');
    mkdirSync(folder);
    chmodSync(folder, 0o555);
    const becomes = asOrdinaryUser();
    try {
      const opening = openStore({ url: join(folder, 'state.db'), clock, log });
      await expect(opening).rejects.toThrow(StoreNotWritableError);
      await expect(opening).rejects.toThrow(/state\.db cannot be written .*make its folder writable/);
    } finally {
      becomes.rootAgain();
    }
  });

  it('says that a store of somebody else cannot be written', async () => {
    const { store, url } = await freshStore('sqlite');
    await store.close();
    chmodSync(dirname(url), 0o555);
    chmodSync(url, 0o444);
    const becomes = asOrdinaryUser();
    try {
      await expect(openStore({ url, clock, log })).rejects.toThrow(StoreNotWritableError);
    } finally {
      becomes.rootAgain();
    }
  });

  it('makes the folders above it', async () => {
    const url = join(temporaryFolder(), 'home', 'deeper', 'state.db');
    const store = await openStore({ url, clock, log });
    await store.close();
    expect(statSync(dirname(url)).mode & 0o777).toBe(0o700);
  });
});

describe('a store on a server', () => {
  it.runIf(ENGINES.includes('postgres'))('goes on after the server has cut its connections', async () => {
    const lines: LogLine[] = [];
    const { store, openAgain } = await freshStore('postgres', {
      log: createLog({ clock, write: (line) => lines.push(line) }),
    });
    const other = await openAgain();
    await readEventsSince(store.db, 0);
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(other.db);
    // Each connection that was cut fails at most one query, and then the pool makes another.
    let answer: unknown;
    for (let tries = 0; tries < 10 && answer === undefined; tries += 1) {
      answer = await readEventsSince(store.db, 0).catch(() => undefined);
    }
    expect(answer).toEqual([]);
    expect(lines.every((line) => line.level === 'warn' && line.message === 'database connection lost')).toBe(
      true,
    );
  });

  it('says that nobody answers, without the password', async () => {
    const opening = openStore({ url: 'postgres://me:hunter2@127.0.0.1:1/x', clock: systemClock(), log });
    await expect(opening).rejects.toThrow(StoreUnreachableError);
    await expect(opening).rejects.toThrow(/The database at postgres:\/\/me@127\.0\.0\.1:1\/x cannot be used/);
  });

  it.each([
    ['postgres://me:hunter2@db.example:5432/x?sslmode=require', 'postgres://me@db.example:5432/x'],
    ['postgresql://me:a%40b@db/x', 'postgresql://me@db/x'],
    ['postgres://db/x', 'postgres://db/x'],
    ['postgres://me@db/x?password=hunter2', 'postgres://me@db/x'],
    ['postgres://me:hunt@er2@db/x', 'postgres://me@db/x'],
    ['postgres://me:hunt/er2@db/x', 'postgres://me@db/x'],
  ])('shows %s as %s', (url, shown) => expect(shownAddress(url)).toBe(shown));
});

/** Permissions stop nobody who is root. */
function asOrdinaryUser(): { rootAgain(): void } {
  if (process.getuid?.() !== 0) return { rootAgain: () => {} };
  process.seteuid?.(65_534);
  return { rootAgain: () => process.seteuid?.(0) };
}
