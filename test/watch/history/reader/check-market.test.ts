// Damage of every kind is said in a sentence, and a reader refuses what it cannot trust.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLog, systemClock } from '../../../../src/base/std/index.ts';
import { CorruptStoreError, NewerStoreError } from '../../../../src/watch/history/journal/errors.ts';
import { checkMarket } from '../../../../src/watch/history/reader/check-market.ts';
import { openMarketReader } from '../../../../src/watch/history/reader/open-reader.ts';
import { sealPeriod } from '../../../../src/watch/history/segments/seal-period.ts';
import { writeSnapshot } from '../../../../src/watch/history/segments/write-snapshot.ts';
import { makeTestStore, randomPolls, type TestStore } from '../segments/random-market.ts';

let whole: TestStore;

/** A store with a segment, an open snapshot, and a poll that only the journal has. */
beforeAll(async () => {
  whole = makeTestStore();
  const market = randomPolls(5, 6);
  const files = { ...filesOf(whole), journal: whole.journal };
  for (let i = 0; i < 4; i += 1) whole.append(market.next().value);
  await sealPeriod(files);
  for (let i = 0; i < 2; i += 1) whole.append(market.next().value);
  await writeSnapshot(files);
  whole.append(market.next().value);
  whole.journal.close();
});

afterAll(() => whole[Symbol.dispose]());

interface Copy extends Disposable {
  readonly dir: string;
}

function aStore(): Copy {
  const dir = mkdtempSync(join(tmpdir(), 'vastdeck-check-'));
  cpSync(whole.dir, dir, { recursive: true });
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

function filesOf({ dir }: { readonly dir: string }) {
  return { dir, clock: systemClock(), log: silentLog };
}

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] as number) ^ 0x10;
  writeFileSync(path, bytes);
}

const SEGMENT = join('segments', '1-4');

it('finds nothing wrong with a whole store', async () => {
  using store = aStore();
  const result = await checkMarket(filesOf(store));
  expect(result).toMatchObject({ findings: [], isWhole: true, polls: 7, segments: 1 });
  expect(result.spans).toBeGreaterThan(0);
});

it.each(readdirNames())('finds a flipped byte in the middle of %s', async (name) => {
  using store = aStore();
  const path = join(store.dir, SEGMENT, name);
  flipByte(path, Math.floor(readFileSync(path).length / 2));
  const { isWhole, findings } = await checkMarket(filesOf(store));
  expect(isWhole).toBe(false);
  expect(findings.join('\n')).toContain(`segments/1-4/${name} is not as it was written`);
});

function readdirNames(): string[] {
  return ['state.parquet', 'attr.parquet', 'rel.parquet', 'polls.parquet', 'slices.parquet', 'types.parquet'];
}

it('finds a deleted file, and no reader opens without it', async () => {
  using store = aStore();
  rmSync(join(store.dir, SEGMENT, 'price.parquet'));
  expect((await checkMarket(filesOf(store))).findings).toContain('segments/1-4/price.parquet is not there');
  const opened = openMarketReader(filesOf(store));
  await expect(opened).rejects.toThrow(CorruptStoreError);
  await expect(opened).rejects.toThrow(
    /segments\/1-4\/price\.parquet is not there; run `vastdeck market check`/,
  );
});

it('finds a file that is shorter than written, and no reader opens with it', async () => {
  using store = aStore();
  const [open] = readdirSync(join(store.dir, 'open'));
  const name = `open/${open}/attr-open.parquet`;
  truncateSync(join(store.dir, name), 100);
  const { findings } = await checkMarket(filesOf(store));
  expect(findings.join('\n')).toMatch(/open\/5-6\/attr-open\.parquet has 100 bytes, and \d+ were written/);
  await expect(openMarketReader(filesOf(store))).rejects.toThrow(CorruptStoreError);
});

it('tells a query that meets damage behind an unchanged size that the store is corrupt', async () => {
  using store = aStore();
  const path = join(store.dir, SEGMENT, 'quote.parquet');
  const size = readFileSync(path).length;
  writeFileSync(path, Buffer.alloc(size, 7));
  const failing = async () => {
    await using reader = await openMarketReader(filesOf(store));
    return reader.rows('SELECT sum(min_bid) FROM quote_spans');
  };
  await expect(failing()).rejects.toThrow(CorruptStoreError);
});

it.each([
  [
    'cut in the middle',
    (text: string) => text.slice(0, text.length / 2),
    /its manifest\.json cannot be understood/,
  ],
  ['emptied', () => '', /its manifest\.json cannot be understood \(its 0 characters are not JSON\)/],
  ['of another shape', () => '{"format": 1}', /its generation is not a number/],
  [
    'without its segment',
    (text: string) => withoutSegments(text),
    /open\/5-6 holds polls 5 to 6 where poll 1 should/,
  ],
])('says so when the manifest is %s', async (_, damage, sentence) => {
  using store = aStore();
  const path = join(store.dir, 'manifest.json');
  writeFileSync(path, damage(readFileSync(path, 'utf8')));
  expect((await checkMarket(filesOf(store))).findings.join('\n')).toMatch(sentence);
  await expect(openMarketReader(filesOf(store))).rejects.toThrow(CorruptStoreError);
});

function withoutSegments(text: string): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), segments: [] });
}

it('refuses a manifest of a newer version, and says that it is newer', async () => {
  using store = aStore();
  const path = join(store.dir, 'manifest.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"format": 1', '"format": 2'));
  await expect(openMarketReader(filesOf(store))).rejects.toThrow(NewerStoreError);
});

it('finds a lost manifest when the journal no longer holds the beginning', async () => {
  using store = aStore();
  rmSync(join(store.dir, 'manifest.json'));
  expect((await checkMarket(filesOf(store))).findings).toEqual([
    'the journal holds what follows poll 4, and sealed segments end at poll 0',
  ]);
  await expect(openMarketReader(filesOf(store))).rejects.toThrow(CorruptStoreError);
});

it('finds a change that somebody made to the journal', async () => {
  using store = aStore();
  const db = new DatabaseSync(join(store.dir, 'journal.db'));
  db.exec('UPDATE price_ev SET dph_total = 99 WHERE id = (SELECT min(id) FROM price_ev)');
  db.close();
  const { findings } = await checkMarket(filesOf(store));
  expect(findings.join('\n')).toMatch(/journal\.db: the values of poll 5 are not those appended/);
});

it('says of a folder without a store what it is not', async () => {
  using store = aStore();
  const { findings } = await checkMarket({ ...filesOf(store), dir: join(store.dir, 'nothing') });
  expect(findings).toEqual([expect.stringContaining('has no store.json, so it is no market store')]);
});
