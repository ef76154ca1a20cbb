// The SQLite dialect means in DuckDB what it means in SQLite; only reading queries run; faults have a place.
import { DatabaseSync } from 'node:sqlite';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSql, SqlError, type SqlParams } from '../../../src/watch/queries/index.ts';
import { anOffer, openTestMarket, pollsAt, START_MS, type TestMarket } from '../reports/raw-market.ts';

let market: TestMarket;
const sqlite = new DatabaseSync(':memory:');

beforeAll(async () => {
  market = await openTestMarket(
    pollsAt([0, [anOffer({ rented: 1 })]], [6, [anOffer(), anOffer({ offerId: 2, price: 0.1 })]]),
  );
});

afterAll(() => {
  market[Symbol.dispose]();
  sqlite.close();
});

const run = (text: string, params: SqlParams = {}) =>
  runSql(market.connection, text, { params, nowMs: START_MS });

async function refusal(text: string, params?: SqlParams): Promise<SqlError> {
  const error = await run(text, params).catch((thrown: unknown) => thrown);
  expect(error, text).toBeInstanceOf(SqlError);
  return error as SqlError;
}

describe('the dialect', () => {
  it.each([
    "julianday('2026-01-01T00:06:00Z')",
    "JulianDay ( '2026-11-22 13:05:59' )",
    "julianday(replace('2026-01-01T00:06:01Z', 'T', ' ')) - julianday('2026-01-01')",
    "julianday('nonsense')",
    'julianday(NULL)',
    "datetime('2026-01-01T00:06:00Z')",
    "datetime('2026-01-01T00:06:00Z', '+360 seconds')",
    "datetime('2026-03-01 12:00:00', '-1 day', 'start of day')",
    "datetime('2026-03-15', 'start of month', '-1 month', '+2 hours')",
    "datetime(1767225600, 'unixepoch')",
    "DATE('2026-01-01T23:59:59Z')",
    "date('2026-01-31', '+1 day')",
    "time('2026-01-01T23:59:58Z')",
    "strftime('%Y/%m/%d %H', '2026-01-01T23:59:58Z')",
    "strftime('%s', '2026-01-01T23:59:58Z')",
    'MAX(1, 2)',
    'min(3, 1, 2)',
    'max(1, NULL)',
    "MAX('2026-01-01T00:00:00Z', '2026-01-01 23:00:00')",
    'CAST(0.1 AS REAL) * 3',
    'cast(1 as float) / 3',
    '\'max(1, 2) AS REAL :x -- no comment\' || "a"',
    "max(length('a,b'), /* , */ 2) -- , :x",
    "replace('a''b', '''', ':y')",
    'max((SELECT max(a) FROM (SELECT 7 AS a)), 3)',
  ])('%s is what it is in SQLite', async (expression) => {
    const text = `SELECT ${expression}\n AS x FROM (SELECT 'q' AS a) t`;
    const expected = sqlite.prepare(text).get()?.x;
    expect((await run(text)).rows).toEqual([{ x: expected }]);
  });

  it('takes :name, $name and slices for what they are', async () => {
    const text = "SELECT :a AS a, $b::VARCHAR AS b, [1, 2, 3][1:2] AS c, {'k': 1} AS d, (SELECT :a) AS e";
    expect((await run(text, { a: 5, b: 'x' })).rows).toEqual([
      { a: 5, b: 'x', c: [1, 2], d: { k: 1 }, e: 5 },
    ]);
  });

  it('keeps aggregates, casts and names that only look alike', async () => {
    const text =
      'SELECT max(price) AS real, min(price) AS float FROM (SELECT dph_total_usd AS price FROM offers_raw) t';
    expect((await run(text)).rows).toEqual([{ real: 0.4, float: 0.1 }]);
  });

  it("reads 'now' from the given time, and only in date functions", async () => {
    expect((await run("SELECT datetime('now', '-1 day') AS t, 'now' AS n")).rows).toEqual([
      { t: '2025-12-31 00:00:00', n: 'now' },
    ]);
  });

  it('keeps 64 bits where DuckDB alone would keep 32', async () => {
    expect((await run('SELECT CAST(0.1 AS FLOAT) AS x, 0.1::REAL AS y')).rows).toEqual([{ x: 0.1, y: 0.1 }]);
  });
});

describe('a query', () => {
  it('may begin with WITH, FROM, VALUES, a parenthesis or DESCRIBE, and end with semicolons', async () => {
    for (const text of [
      'WITH c AS (SELECT 1 AS x) SELECT * FROM c;',
      'FROM polls ; ;  -- end',
      'VALUES (1)',
      '(SELECT 1)',
      'DESCRIBE offers_raw',
    ]) {
      expect((await run(text)).rows.length, text).toBeGreaterThan(0);
    }
  });

  it('gives integers as numbers, large ones as text, times as ISO 8601', async () => {
    const text =
      "SELECT count(*) AS n, 9007199254740993 AS big, '2026-01-02 03:04:05'::TIMESTAMP AS t, '2026-01-02'::DATE AS d, 1.50 AS p, true AS b, NULL AS z, 1 AS a, 2 AS a";
    expect((await run(`${text} FROM offers_raw`)).rows).toEqual([
      {
        n: 3,
        big: '9007199254740993',
        t: '2026-01-02T03:04:05Z',
        d: '2026-01-02',
        p: 1.5,
        b: true,
        z: null,
        a: 1,
        'a:1': 2,
      },
    ]);
  });

  it('finds agg_gpu_daily filled', async () => {
    expect((await run('SELECT date, rented_offers, available_offers FROM agg_gpu_daily')).rows).toEqual([
      { date: '2026-01-01', rented_offers: 1, available_offers: 2 },
    ]);
  });

  it('may fill agg_gpu_daily itself, with its columns named or not', async () => {
    const insert =
      'INSERT INTO agg_gpu_daily (date, gpu_name)\n SELECT DATE(ts), gpu_name FROM offers_raw WHERE ts > :since';
    const { rows } = await run(insert, { since: '2026-01-01T00:01:00Z' });
    expect(rows.map(({ date, gpu_name, type }) => [date, gpu_name, type])).toEqual([
      ['2026-01-01', 'RTX 4090', null],
      ['2026-01-01', 'RTX 4090', null],
    ]);
  });
});

describe('what does more than read', () => {
  it.each([
    ['SELECT 1; DROP TABLE polls', 'a second statement begins here'],
    ['DROP TABLE polls', 'this is DROP'],
    ["COPY polls TO 'x.csv'", 'this is COPY'],
    ["ATTACH 'x.db'", 'this is ATTACH'],
    ['PRAGMA database_list', 'this is PRAGMA'],
    ['SET threads = 1', 'this is SET'],
    ["INSTALL 'httpfs'", 'this is INSTALL'],
    ['CREATE TABLE t AS SELECT 1', 'this is CREATE'],
    ['INSERT INTO polls SELECT * FROM polls', 'this is INSERT'],
    ['WITH c AS (SELECT 1) DELETE FROM polls', 'only SELECT is run here'],
    ['WITH c AS (SELECT 1) INSERT INTO polls SELECT * FROM polls', 'only SELECT is run here'],
    ["SELECT * FROM read_csv('/etc/passwd')", 'read_csv() is not run here'],
    ["SELECT * FROM READ_TEXT('/etc/passwd')", 'read_text() is not run here'],
    ["SELECT 1 WHERE EXISTS (SELECT * FROM glob('*'))", 'glob() is not run here'],
    ["WITH c AS (SELECT * FROM parquet_scan('x')) SELECT * FROM c", 'parquet_scan() is not run here'],
    ["SELECT * FROM query('DROP TABLE polls')", 'query() is not run here'],
    ["SELECT getenv('HOME')", 'getenv() is not run here'],
    ["SELECT * FROM '/etc/passwd'", 'there is no table "/etc/passwd"'],
    ['SELECT * FROM "x.parquet"', 'there is no table "x.parquet"'],
    ["INSERT INTO agg_gpu_daily SELECT * FROM read_csv('x')", 'read_csv() is not run here'],
    ['INSERT INTO agg_gpu_daily VALUES (1); DROP TABLE polls', 'a second statement begins here'],
    ['', 'there is no query'],
    ['-- nothing', 'there is no query'],
  ])('%s is refused', async (text, sentence) => {
    expect((await refusal(text)).message).toContain(sentence);
    expect((await market.rows('SELECT count(*)::INTEGER AS n FROM polls'))[0]?.n).toBe(2);
  });
});

describe('a fault', () => {
  it.each([
    ['SELECT\n  price\nFROM offers_raw', 2, 3, 'Referenced column "price" not found'],
    ['SELECT a,, b FROM offers_raw', 1, 10, 'syntax error at or near ","'],
    ['SELECT *\nFROM offer', 2, 6, 'there is no table "offer"; the store has agg_gpu_daily, attr_'],
    ["SELECT 'open FROM polls", 1, 8, 'not closed'],
    ['SELECT 1 /* open', 1, 10, 'not closed'],
    ['SELECT "open', 1, 8, 'not closed'],
    ["SELECT julianday('2026-01-01'), max(1, 2), nosuch FROM polls", 1, 44, 'nosuch'],
    ['SELECT datetime(ts, 1, 2, 3, 4) FROM polls', 1, 8, 'datetime()'],
    ['SELECT max(1, 2, 3, 4, 5, 6, 7)', 1, 8, 'up to 6 arguments'],
    ["SELECT 'é', x FROM polls", 1, 13, '"x"'],
    [`SELECT ${'1 + '.repeat(60)}here FROM polls`, 1, 248, '"here"'],
    ["SELECT CAST('x' AS INTEGER) FROM polls", 1, 8, "Could not convert string 'x'"],
  ])('in %j is told with its place', async (text, line, column, sentence) => {
    const error = await refusal(text);
    expect(error.message).toContain(sentence);
    expect(error.message).not.toMatch(/vd_|\n/);
    expect(error.place).toEqual({ line, column });
    expect(error.message.startsWith(`Line ${line}, column ${column}: `)).toBe(true);
  });

  it('of a value that is missing or has no place names it', async () => {
    expect((await refusal('SELECT :since, :until', { since: 1 })).message).toContain(
      'asks for :until, and no value is given for it',
    );
    expect((await refusal('SELECT :since', { since: 1, untill: 2 })).message).toContain(
      'no :untill in the query; it has :since',
    );
  });

  it('leaves the connection usable', async () => {
    await refusal('SELECT nosuch FROM polls');
    expect((await run('SELECT 1 AS x')).rows).toEqual([{ x: 1 }]);
  });

  it('on a store without the raw table does not take the daily table for filled', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const bare = await instance.connect();
    await expect(runSql(bare, 'SELECT * FROM agg_gpu_daily')).rejects.toThrow(
      'there is no table "offers_raw"',
    );
    bare.closeSync();
    instance.closeSync();
  });
});
