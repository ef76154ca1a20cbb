// The proof must notice what is wrong with spans, or it proves nothing.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLog } from '../../../../src/base/std/index.ts';
import type { FacetName } from '../../../../src/watch/history/journal/schema.ts';
import { type MarketReader, openMarketReader } from '../../../../src/watch/history/reader/open-reader.ts';
import { comparePolls } from '../../../../src/watch/history/segments/compare-polls.ts';
import { keyColumn } from '../../../../src/watch/history/segments/parquet-layout.ts';
import { sweepSpans } from '../../../../src/watch/history/segments/span-sweep.ts';
import { readPolls } from '../../../../src/watch/history/segments/verify-folder.ts';
import { makeTestStore, randomPolls, type TestStore } from './random-market.ts';

const POLLS = 12;
let store: TestStore;
let reader: MarketReader;

beforeAll(async () => {
  store = makeTestStore();
  const market = randomPolls(4, 6);
  for (let i = 0; i < POLLS; i += 1) store.append(market.next().value);
  reader = await openMarketReader({ dir: store.dir, clock: store.clock, log: silentLog });
});

afterAll(async () => {
  await reader.close();
  store[Symbol.dispose]();
});

/** Faults and differences of the store's spans with one facet's replaced by another query. */
async function prove(
  changed?: FacetName,
  query: (spans: string) => string = (spans) => spans,
): Promise<string> {
  const { connection } = reader;
  const spans = (facet: FacetName) => {
    const all = `FROM ${facet}_spans`;
    return `FROM (${facet === changed ? query(all) : all}) ORDER BY ${keyColumn(facet)}, f`;
  };
  const { sums, faults } = await sweepSpans({ connection, spans, firstPoll: 1, lastPoll: POLLS });
  const stored = await readPolls(connection, 'FROM polls ORDER BY poll');
  const differences = comparePolls({ stored, computed: sums.totals(), firstPoll: 1, lastPoll: POLLS });
  return [...faults, ...differences].join('\n');
}

it('finds nothing in spans as they are', async () => {
  expect(await prove()).toBe('');
});

const FIRST = 'row_number() OVER (ORDER BY line, f) = 1';

it.each<[string, FacetName, (spans: string) => string, RegExp]>([
  ['a span that is missing', 'quote', (s) => `${s} QUALIFY NOT ${FIRST}`, /no quote span/],
  ['a span that is too short', 'terms', (s) => `SELECT * REPLACE (1 AS dur) ${s}`, /no terms span/],
  [
    'a span that is there twice',
    'price',
    (s) => `${s} UNION ALL (${s} LIMIT 1)`,
    /price spans of offer .* overlap/,
  ],
  [
    'a line that is missing',
    'attr',
    (s) => `${s} WHERE line <> (SELECT min(line) FROM attr_spans)`,
    /no attr span/,
  ],
  [
    'a price that differs in its last bit',
    'price',
    (s) => `SELECT * REPLACE (nextafter(dph_total, 1e9) AS dph_total) ${s}`,
    /values of poll/,
  ],
  [
    'another state',
    'state',
    (s) => `SELECT * REPLACE (CASE WHEN s < 254 THEN 44 - s ELSE s END AS s) ${s}`,
    /values of/,
  ],
  ['a state that is missing', 'state', (s) => `${s} QUALIFY NOT ${FIRST}`, /had \d+ offers and now has/],
  ['a machine without reliability', 'rel', (s) => `${s} WHERE machine_id <> 2`, /no rel span|values of poll/],
  ['exceptions that are forgotten', 'rel_x', (s) => `${s} WHERE false`, /values of poll/],
  [
    'a span beyond the last poll',
    'capacity',
    (s) => `SELECT * REPLACE (dur + 1 AS dur) ${s}`,
    /out of range|overlap/,
  ],
])('finds %s', async (_, facet, query, sentence) => {
  expect(await prove(facet, query)).toMatch(sentence);
});

it('says which poll is missing from its place', () => {
  const polls = [1, 2, 4].map((poll) => ({ poll, n: 0, hash: '' }));
  expect(comparePolls({ stored: polls, computed: polls, firstPoll: 1, lastPoll: 4 })).toEqual([
    'polls 1 to 4 should be there, and poll 3 is not where it belongs',
  ]);
});
