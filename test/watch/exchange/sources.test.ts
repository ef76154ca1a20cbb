import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatIso } from '../../../src/base/std/index.ts';
import { openMarketSource } from '../../../src/watch/exchange/source/open-source.ts';
import { RefusalList } from '../../../src/watch/exchange/source/poll-rows.ts';
import {
  aRow,
  COLUMNS,
  csvText,
  FIFTEEN,
  type Row,
  START_MS,
  someRows,
  writeCsv,
  writeSqlite,
  writeThroughDuckDb,
} from './vastwatch-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vastdeck-sources-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);

async function readAll(path: string, windowRows?: number) {
  await using source = await openMarketSource({
    path,
    spoolDir: at('spool'),
    ...(windowRows ? { windowRows } : {}),
  });
  const refusals = new RefusalList();
  source.refuseUnplanned(refusals);
  const polls = [];
  for await (const poll of source.read(source.plan, refusals)) polls.push(poll);
  return { kind: source.kind, missing: source.missingColumns, plan: source.plan, polls, refusals };
}

/** What a source should give back, worked out from the rows alone. */
function expectedOf(rows: readonly Row[]): Map<string, readonly unknown[][]> {
  const byTime = new Map<string, unknown[][]>();
  for (const row of rows) {
    const list = byTime.get(String(row.ts)) ?? [];
    list.push(COLUMNS.slice(1).map((name) => row[name]));
    byTime.set(String(row.ts), list);
  }
  return byTime;
}

function foundOf(polls: Awaited<ReturnType<typeof readAll>>['polls']): Map<string, readonly unknown[][]> {
  return new Map(
    polls.map((poll) => [formatIso(poll.tsMs), poll.observations.map((row) => Object.values(row))]),
  );
}

describe('a file to be imported', () => {
  const rows = someRows({ seed: 'sources', polls: 30, offers: 40 });

  it('is read the same from SQLite, DuckDB, Parquet, CSV and gzipped CSV', async () => {
    writeSqlite(at('a.db'), rows);
    writeCsv(at('a.csv'), rows);
    writeCsv(at('a.csv.gz'), rows);
    await writeThroughDuckDb({ csv: at('a.csv'), duckdb: at('a.duckdb'), parquet: at('a.parquet') });
    const expected = expectedOf(rows);
    for (const [name, kind] of [
      ['a.db', 'vastwatch-sqlite'],
      ['a.duckdb', 'vastwatch-duckdb'],
      ['a.parquet', 'parquet'],
      ['a.csv', 'csv'],
      ['a.csv.gz', 'csv'],
    ] as const) {
      const read = await readAll(at(name));
      expect(read.kind, name).toBe(kind);
      expect(foundOf(read.polls), name).toEqual(expected);
      expect(read.refusals.count, name).toBe(0);
    }
  });

  it('is read in the order of time when its rows are in another', async () => {
    const shuffled = rows.toSorted((a, b) => Number(a.offer_id) - Number(b.offer_id));
    writeSqlite(at('indexed.db'), shuffled);
    writeSqlite(at('bare.db'), shuffled, { index: false });
    writeCsv(at('a.csv'), shuffled);
    await writeThroughDuckDb({ csv: at('a.csv'), parquet: at('a.parquet'), orderBy: 'offer_id, ts' });
    const sorted = (polls: Map<string, readonly unknown[][]>) =>
      [...polls].map(([ts, list]) => [ts, list.toSorted((a, b) => Number(a[0]) - Number(b[0]))]);
    const expected = sorted(expectedOf(rows));
    for (const name of ['indexed.db', 'bare.db', 'a.csv', 'a.parquet']) {
      const read = await readAll(at(name));
      expect(sorted(foundOf(read.polls)), name).toEqual(expected);
    }
    expect(existsSync(join(at('spool'), readdirSync(at('spool'))[0] ?? '', 'sorted.parquet'))).toBe(false);
  });

  it('is sorted into a spool first when each window would have to read all of it', async () => {
    const many = someRows({ seed: 'wide', polls: 120, offers: 40 });
    const shuffled = many.toSorted((a, b) => Number(a.offer_id) - Number(b.offer_id));
    writeCsv(at('a.csv'), shuffled);
    await writeThroughDuckDb({ csv: at('a.csv'), parquet: at('a.parquet'), orderBy: 'offer_id, ts' });
    for (const name of ['a.csv', 'a.parquet']) {
      // Two polls a window: 60 windows over the same rows.
      const { polls } = await readAll(at(name), 64);
      const [spool = ''] = readdirSync(at('spool'));
      expect(existsSync(join(at('spool'), spool, 'sorted.parquet')), name).toBe(true);
      const found = foundOf(polls);
      for (const [ts, expected] of expectedOf(shuffled))
        expect(found.get(ts), `${name} ${ts}`).toEqual(expected);
    }
  });

  it('is taken with 15 columns, the sixteenth being null', async () => {
    writeSqlite(at('a.db'), [aRow()], { columns: FIFTEEN });
    const read = await readAll(at('a.db'));
    expect(read.missing).toEqual(['availability_state']);
    expect(read.polls[0]?.observations[0]).toMatchObject({ offerId: 100, verified: 1, availability: null });
  });

  it('is refused without a column that always was there, naming it', async () => {
    writeSqlite(at('a.db'), [aRow()], { columns: COLUMNS.filter((name) => name !== 'dph_total_usd') });
    await expect(readAll(at('a.db'))).rejects.toThrow(/lacks the column dph_total_usd/);
  });

  it('may write one poll in two formats of time, and with fractions', async () => {
    const forms = ['2025-09-01T00:06:00Z', '2025-09-01 00:06:00+00:00', '2025-09-01 02:06:00.75+02:00'];
    const mixed = [
      ...forms.map((ts, i) => aRow({ ts, offer_id: i })),
      aRow({ ts: '2025-09-01 00:00:00.123456+00:00', offer_id: 9 }),
      aRow({ ts: '2025-08-31T23:54:00Z', offer_id: 8 }),
    ];
    writeSqlite(at('a.db'), mixed);
    writeSqlite(at('bare.db'), mixed, { index: false });
    writeCsv(at('a.csv'), mixed);
    for (const name of ['a.db', 'bare.db', 'a.csv']) {
      const read = await readAll(at(name));
      const found = read.polls.map((poll) => [
        formatIso(poll.tsMs),
        poll.observations.map((row) => row.offerId),
      ]);
      expect(found, name).toEqual([
        ['2025-08-31T23:54:00Z', [8]],
        ['2025-09-01T00:00:00Z', [9]],
        ['2025-09-01T00:06:00Z', [0, 1, 2]],
      ]);
    }
  });

  it('keeps the last of several rows of one offer and type in a poll, and counts the others', async () => {
    const rowsTwice = [
      aRow({ dph_total_usd: 1 }),
      aRow({ dph_total_usd: 2, type: 'interruptible' }),
      aRow({ dph_total_usd: 3 }),
      aRow({ dph_total_usd: 4, ts: formatIso(START_MS + 360_000) }),
    ];
    writeSqlite(at('a.db'), rowsTwice);
    writeCsv(at('a.csv'), rowsTwice);
    for (const name of ['a.db', 'a.csv']) {
      const { polls } = await readAll(at(name));
      expect(
        polls.map((poll) => poll.duplicates),
        name,
      ).toEqual([1, 0]);
      expect(
        polls[0]?.observations.map((row) => row.dphTotal),
        name,
      ).toEqual([3, 2]);
    }
  });

  it('has its malformed rows refused by name and number, and the others read', async () => {
    const db = new DatabaseSync(at('a.db'));
    db.exec(`CREATE TABLE offers_raw (${COLUMNS.join(', ')})`);
    const insert = db.prepare(`INSERT INTO offers_raw VALUES (${COLUMNS.map(() => '?').join(', ')})`);
    const put = (row: Partial<Row>) => insert.run(...COLUMNS.map((name) => aRow(row)[name]));
    put({ offer_id: 1 });
    put({ offer_id: 'twelve' });
    put({ machine_id: null });
    put({ ts: 'yesterday' });
    put({ offer_id: 2, rentable: 7 });
    insert.run(...COLUMNS.map((name) => (name === 'offer_id' ? 2n ** 60n : aRow()[name])));
    put({ offer_id: 3, num_gpus: 1.5 });
    put({ offer_id: 4, dph_total_usd: 'cheap' });
    put({ offer_id: 5 });
    db.close();
    const { polls, refusals } = await readAll(at('a.db'));
    expect(polls.flatMap((poll) => poll.observations.map((row) => row.offerId))).toEqual([1, 5]);
    expect(refusals.count).toBe(7);
    expect(refusals.named.map((row) => `${row.where}: ${row.reason}`)).toEqual([
      'rowid 4: ts is "yesterday", not a time like 1970-01-01T00:00:00Z',
      'rowid 2: offer_id is "twelve", not a number',
      'rowid 3: machine_id is empty',
      'rowid 5: rentable is 7, not 0, 1 or empty',
      expect.stringMatching(/^rowid 6: offer_id is 1152921504606846976, not a whole number/),
      'rowid 7: num_gpus is 1.5, not a whole number',
      'rowid 8: dph_total_usd is "cheap", not a number',
    ]);
  });

  it('has broken CSV records refused by their number, quoted newlines counting as one record', async () => {
    const good = csvText([
      aRow({ offer_id: 1, gpu_name: 'two\nlines and a "quote"' }),
      aRow({ offer_id: 2, gpu_name: '', geolocation: null }),
    ]);
    const text = `${good}too,short\n${csvText([aRow({ offer_id: 3 }), aRow({ offer_id: 'x' })])
      .split('\n')
      .slice(1)
      .join('\n')}`;
    writeFileSync(at('a.csv'), text);
    const { polls, refusals } = await readAll(at('a.csv'));
    expect(polls[0]?.observations.map((row) => [row.offerId, row.gpuName, row.geolocation])).toEqual([
      [1, 'two\nlines and a "quote"', 'Sweden, SE'],
      [2, '', null],
      [3, 'RTX 4090', 'Sweden, SE'],
    ]);
    expect(refusals.named.map((row) => row.where)).toEqual(['row 3', 'row 5']);
    expect(refusals.named[1]?.reason).toBe('offer_id is "x", not a number');
  });

  it.each([
    ['nothing there', undefined, /There is no file .*; give the path/],
    ['an empty file', '', /is empty; there is nothing to import/],
    ['text without a header', 'hello\nworld\n', /header line that names offer_id/],
    ['bytes of nobody', Buffer.from([1, 2, 0, 0, 9]), /none of Parquet, CSV, SQLite or DuckDB/],
    ['a torn Parquet file', Buffer.from('PAR1....'), /cannot be read as a table/],
    ['a torn gzip file', Buffer.from([0x1f, 0x8b, 7, 7, 7, 7]), /cannot be unpacked/],
    [
      'a torn SQLite file',
      Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(200, 7)]),
      /a\.bin .*; /,
    ],
  ])('is refused in a sentence: %s', async (_name, content, sentence) => {
    if (content !== undefined) writeFileSync(at('a.bin'), content);
    await expect(readAll(at('a.bin'))).rejects.toThrow(sentence);
    await expect(readAll(at('a.bin'))).rejects.toHaveProperty('name', 'ImportSourceError');
  });
});
