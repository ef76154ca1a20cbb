// Readers beside a writer: one consistent state, whatever is written, sealed and replaced meanwhile.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { silentLog, systemClock } from '../../../../src/base/std/index.ts';
import { openMarketReader } from '../../../../src/watch/history/reader/open-reader.ts';
import { sealPeriod } from '../../../../src/watch/history/segments/seal-period.ts';
import { writeSnapshot } from '../../../../src/watch/history/segments/write-snapshot.ts';
import {
  anObservation,
  aPoll,
  INTERVAL_MS,
  makeTestStore,
  randomPolls,
  START_MS,
} from '../segments/random-market.ts';

it('sees whole polls only while polls are appended, snapshot and sealed beside it', async () => {
  using store = makeTestStore();
  const market = randomPolls(21, 5);
  // The wall's clock: replaced files stay for minutes of the reader's time, and the polls' clock runs far ahead.
  const files = { dir: store.dir, journal: store.journal, clock: systemClock(), log: silentLog };
  store.append(market.next().value);
  let isWriting = true;
  const write = async () => {
    for (let i = 0; i < 5; i += 1) {
      for (let j = 0; j < 2; j += 1) store.append(market.next().value);
      await writeSnapshot(files);
      store.append(market.next().value);
      if (i % 2 === 1) await sealPeriod({ ...files, throughPoll: store.polls.length - 1 });
    }
    isWriting = false;
  };
  const read = async () => {
    let reads = 0;
    while (isWriting) {
      await using reader = await openMarketReader(files);
      const rows = await reader.rows(
        `SELECT polls.poll, n, count(o.poll) AS found FROM polls LEFT JOIN offers_all o USING (poll)
         GROUP BY polls.poll, n ORDER BY polls.poll`,
      );
      const expected = rows.map((_, index) => {
        const n = store.polls[index]?.observations.length;
        return { poll: index + 1, n, found: n };
      });
      expect(rows).toEqual(expected);
      reads += 1;
    }
    return reads;
  };
  const [, reads] = await Promise.all([write(), read()]);
  expect(reads).toBeGreaterThan(1);
});

it('gives spans that cover what was seen, stay open while an offer is missed, and end where it is gone', async () => {
  using store = makeTestStore();
  const [seen, other] = [anObservation({ offerId: 7 }), anObservation({ offerId: 8, dphTotal: 2 })];
  const sweeps = [[seen, other], [other], [seen, other], [other], [other], [other]];
  for (const [index, observations] of sweeps.entries()) {
    store.append(aPoll({ tsMs: START_MS + index * INTERVAL_MS, observations }));
  }
  await using reader = await openMarketReader({ dir: store.dir, clock: store.clock, log: silentLog });
  const line = 7 * 16 + 1;
  const available = 9 + 1;
  expect(
    await reader.rows('SELECT f, dur, s FROM state_spans WHERE line = $line ORDER BY f', { line }),
  ).toEqual([
    { f: 1, dur: 1, s: available },
    { f: 2, dur: 1, s: 254 },
    { f: 3, dur: 1, s: available },
    { f: 4, dur: 1, s: 254 },
  ]);
  expect(await reader.rows('SELECT f, dur, dph_total FROM price_spans WHERE line = $line', { line })).toEqual(
    [{ f: 1, dur: 4, dph_total: 0.41234567890123 }],
  );
  expect(await reader.rows('SELECT f, dur, reliability2 FROM rel_spans')).toEqual([
    { f: 1, dur: 6, reliability2: 0.9983217 },
  ]);
  expect(await reader.rows('SELECT line FROM state_now')).toEqual([{ line: 8 * 16 + 1 }]);
});

it('credits a hole between polls with one and a half intervals, and carries it in full beside', async () => {
  using store = makeTestStore();
  for (const at of [0, 1, 5]) store.append(aPoll({ tsMs: START_MS + at * INTERVAL_MS }));
  await using reader = await openMarketReader({ dir: store.dir, clock: store.clock, log: silentLog });
  const columns = 'poll, next_ms - ts_ms AS carry_ms, credit_ms, cum_carry_ms, cum_credit_ms, complete';
  expect(await reader.rows(`SELECT ${columns} FROM polls ORDER BY poll`)).toEqual([
    {
      poll: 1,
      carry_ms: INTERVAL_MS,
      credit_ms: INTERVAL_MS,
      cum_carry_ms: 0,
      cum_credit_ms: 0,
      complete: true,
    },
    {
      poll: 2,
      carry_ms: 4 * INTERVAL_MS,
      credit_ms: 1.5 * INTERVAL_MS,
      cum_carry_ms: INTERVAL_MS,
      cum_credit_ms: INTERVAL_MS,
      complete: true,
    },
    {
      poll: 3,
      carry_ms: INTERVAL_MS,
      credit_ms: INTERVAL_MS,
      cum_carry_ms: 5 * INTERVAL_MS,
      cum_credit_ms: 2.5 * INTERVAL_MS,
      complete: true,
    },
  ]);
});

it('gives the rows of one poll, of a range, and by verification', async () => {
  using store = makeTestStore();
  const offers = [
    anObservation({ offerId: 1, verified: 1, deverified: 0 }),
    anObservation({ offerId: 2, verified: 0, deverified: 1 }),
    anObservation({ offerId: 3, verified: 0, deverified: 0 }),
    anObservation({ offerId: 4, verified: null, deverified: null }),
  ];
  for (const at of [0, 1, 2]) {
    store.append(aPoll({ tsMs: START_MS + at * INTERVAL_MS, observations: offers.slice(0, at + 2) }));
  }
  await writeSnapshot({ dir: store.dir, journal: store.journal, clock: store.clock, log: silentLog });
  await using reader = await openMarketReader({ dir: store.dir, clock: store.clock, log: silentLog });
  const count = async (from: string) => (await reader.rows(`SELECT count(*) AS n FROM ${from}`))[0]?.n;
  expect(await count('offers_at(2)')).toBe(3);
  expect(await count('offers_between(2, 3)')).toBe(7);
  expect(await count('offers_between(4, 9)')).toBe(0);
  expect(await count('offers_verified')).toBe(3);
  expect(await count('offers_deverified')).toBe(3);
  expect(await count('offers_unverified')).toBe(3);
  expect(await count('offers_raw WHERE ts = (SELECT max(ts) FROM offers_raw)')).toBe(4);
});

it('returns numbers, also for sums, and a bigint only where a number would be wrong', async () => {
  using store = makeTestStore();
  await using reader = await openMarketReader({ dir: store.dir, clock: store.clock, log: silentLog });
  const sql = `SELECT sum(i) AS total, 9007199254740993::BIGINT AS big, 1.50::DECIMAL(9, 2) AS money,
    DATE '2026-11-22' AS day, TIMESTAMP '2026-11-22 10:00:00' AS at, [1, 2] AS list, NULL AS nothing, $x AS given
    FROM range(10) t(i)`;
  expect(await reader.rows(sql, { x: 'it' })).toEqual([
    {
      total: 45,
      big: 9007199254740993n,
      money: 1.5,
      day: '2026-11-22',
      at: '2026-11-22T10:00:00Z',
      list: [1, 2],
      nothing: null,
      given: 'it',
    },
  ]);
});

it('reads no file outside the store, loads no extension, and cannot be talked out of either', async () => {
  using store = makeTestStore();
  await using reader = await openMarketReader({ dir: store.dir, clock: store.clock, log: silentLog });
  await expect(reader.rows(`SELECT * FROM read_csv('${join(store.dir, '..', 'x.csv')}')`)).rejects.toThrow(
    /disabled/,
  );
  await expect(reader.rows('SET enable_external_access = true')).rejects.toThrow(
    /Cannot enable external access/,
  );
  await expect(reader.rows("SET allowed_directories = ['/']")).rejects.toThrow(/Cannot change/);
  await expect(reader.rows('INSTALL httpfs')).rejects.toThrow();
});

it('leaves errors of the query itself as they are', async () => {
  using store = makeTestStore();
  await using reader = await openMarketReader({ dir: store.dir, clock: store.clock, log: silentLog });
  await expect(reader.rows('SELECT nonsense FROM polls')).rejects.toThrow(/Binder Error/);
});
