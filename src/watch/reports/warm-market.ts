// What reports keep of a store between one report and the next: polls, states and prices in typed arrays, and
// which group each line belonged to. A reader never changes once it is open, so nothing here becomes wrong.
import type { DuckDBConnection } from '@duckdb/node-api';
import { freeArray } from './free-array.ts';
import {
  createLineIndex,
  type LineIndex,
  type LineSpans,
  loadLineSpans,
  offerIdOf,
  type SpanValues,
  TYPE_CODES,
} from './line-spans.ts';
import type { ReportWindow } from './report-window.ts';
import { giveMemoryBack, queryRows, type ReportSource } from './source.ts';
import { facetTable, type SpanScope } from './span-sql.ts';
import { streamLineSpans } from './stream-spans.ts';

/** Prices by rank: equal ones share it, and comparing ranks compares prices. */
export interface PriceSpans {
  /** -1 where the price is not known. */
  readonly spans: LineSpans<Int32Array>;
  readonly prices: Float64Array;
}

/** Names of rental types, and the order in which they are listed; by code, or by line. */
export interface RentalTypes {
  readonly nameOf: (lineOrCode: number) => string | null;
  readonly placeOf: (lineOrCode: number) => number;
}

interface Loaded<Spans> {
  readonly firstPoll: number;
  readonly lastPoll: number;
  readonly spans: Promise<Spans>;
}

interface WarmMarket {
  readonly index: LineIndex;
  /** Loads one after the other: each numbers lines. */
  queue: Promise<unknown>;
  /** By the tables that they come from: all spans, or those of the newest poll. */
  readonly states: Map<string, Loaded<LineSpans<Uint8Array>>>;
  readonly prices: Map<string, Loaded<PriceSpans>>;
  types: Promise<RentalTypes> | undefined;
  /** The latest few, by their queries. */
  readonly answers: Map<string, Promise<unknown>>;
  /** The same of roll-ups, apart, so that looking at GPU after GPU does not make reports load again. */
  readonly histories: Map<string, Promise<unknown>>;
}

/** A month: what one query brings, before it becomes typed arrays. */
const POLLS_AT_ONCE = 8_192;

/** Enough for a report and its companion over several windows. */
const ANSWERS_KEPT = 8;

const markets = new WeakMap<DuckDBConnection, WarmMarket>();

function warmMarket({ connection }: ReportSource): WarmMarket {
  let market = markets.get(connection);
  if (!market) {
    market = {
      index: createLineIndex(),
      queue: Promise.resolve(),
      states: new Map(),
      prices: new Map(),
      types: undefined,
      answers: new Map(),
      histories: new Map(),
    };
    markets.set(connection, market);
  }
  return market;
}

export function lineIndex(source: ReportSource): LineIndex {
  return warmMarket(source).index;
}

/** State codes of every line over at least the scope's window, MISSING included, GONE not. */
export function stateSpans(source: ReportSource, scope: SpanScope): Promise<LineSpans<Uint8Array>> {
  const { index, states } = warmMarket(source);
  return covering(source, states, scope, 'state', (froms) =>
    loadSpans(source, index, {
      queries: froms.map((from) => `SELECT line::DOUBLE AS line, f, f + dur, s ${from} AND s < 255`),
      makeValues: (length) => new Uint8Array(length),
    }),
  );
}

export function priceSpans(source: ReportSource, scope: SpanScope): Promise<PriceSpans> {
  const { index, prices } = warmMarket(source);
  return covering(source, prices, scope, 'price', async (froms) =>
    ranked(
      await loadSpans(source, index, {
        queries: froms.map((from) => `SELECT line::DOUBLE AS line, f, f + dur, dph_total ${from}`),
        makeValues: (length) => new Float64Array(length),
      }),
    ),
  );
}

function loadSpans<Value extends SpanValues>(
  source: ReportSource,
  index: LineIndex,
  {
    queries,
    makeValues,
  }: { readonly queries: readonly string[]; readonly makeValues: (length: number) => Value },
): Promise<LineSpans<Value>> {
  const [sql = '', ...more] = queries;
  return more.length === 0
    ? loadLineSpans(source, index, { sql, makeValues })
    : streamLineSpans(source, index, { queries, makeValues });
}

/** What is loaded, where it covers the window; otherwise exactly what the window needs. */
function covering<Spans>(
  source: ReportSource,
  loaded: Map<string, Loaded<Spans>>,
  scope: SpanScope,
  facet: 'state' | 'price',
  load: (froms: readonly string[]) => Promise<Spans>,
): Promise<Spans> {
  const { firstPoll, lastPoll } = scope.window;
  const table = facetTable(scope, facet);
  const present = loaded.get(table);
  if (present && present.firstPoll <= firstPoll && lastPoll <= present.lastPoll) return present.spans;
  const froms: string[] = [];
  for (let poll = firstPoll; poll <= lastPoll; poll += POLLS_AT_ONCE) {
    const begins = poll === firstPoll ? `f + dur > ${firstPoll}` : `f >= ${poll}`;
    froms.push(`FROM ${table} WHERE ${begins} AND f <= ${Math.min(lastPoll, poll + POLLS_AT_ONCE - 1)}`);
  }
  const spans = inTurn(warmMarket(source), async () => {
    const all = await load(froms);
    await giveMemoryBack(source);
    return all;
  });
  loaded.set(table, { firstPoll, lastPoll, spans });
  // What could not be read now may be read next time.
  spans.catch(() => loaded.delete(table));
  return spans;
}

/** Whether it is brought in parts. */
export function isLong({ firstPoll, lastPoll }: ReportWindow): boolean {
  return lastPoll - firstPoll >= POLLS_AT_ONCE;
}

function inTurn<Value>(market: WarmMarket, load: () => Promise<Value>): Promise<Value> {
  const loaded = market.queue.then(load);
  market.queue = loaded.catch(() => undefined);
  return loaded;
}

/** Takes the spans' memory: their prices are empty afterwards. */
function ranked({ value, ...places }: LineSpans<Float64Array<ArrayBuffer>>): PriceSpans {
  const sorted = value.slice().sort();
  let length = 0;
  for (let at = 0; at < sorted.length; at += 1) {
    const price = sorted[at] as number;
    // NaN, which stands for null, sorts last and equals nothing.
    if (Number.isNaN(price)) break;
    if (length === 0 || price !== sorted[length - 1]) {
      sorted[length] = price;
      length += 1;
    }
  }
  const prices = sorted.slice(0, length);
  freeArray(sorted);
  const ranks = new Int32Array(value.length);
  // Not by Int32Array.from, whose iterator leaves garbage by the hundred megabytes.
  for (let at = 0; at < ranks.length; at += 1) ranks[at] = rankOf(prices, value[at] as number);
  freeArray(value);
  return { spans: { ...places, value: ranks }, prices };
}

function rankOf(prices: Float64Array, price: number): number {
  let low = 0;
  let high = prices.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((prices[middle] as number) < price) low = middle + 1;
    else high = middle;
  }
  return prices[low] === price ? low : -1;
}

/** The answer to a query over the store, kept for the next report that asks the same. */
export function kept<Answer>(
  source: ReportSource,
  sql: string,
  load: (index: LineIndex) => Promise<Answer>,
  among: 'answers' | 'histories' = 'answers',
): Promise<Answer> {
  const market = warmMarket(source);
  const answers = market[among];
  const answer =
    (answers.get(sql) as Promise<Answer> | undefined) ?? inTurn(market, () => load(market.index));
  // The one used longest ago is the first to go.
  answers.delete(sql);
  answers.set(sql, answer);
  for (const old of answers.keys()) {
    if (answers.size <= ANSWERS_KEPT) break;
    answers.delete(old);
  }
  answer.catch(() => answers.delete(sql));
  return answer;
}

export function rentalTypes(source: ReportSource): Promise<RentalTypes> {
  const market = warmMarket(source);
  market.types ??= loadTypes(source);
  return market.types;
}

/** A number of each line by which lines sort by offer, then by the order of types. */
export function placesOf({ lines }: LineIndex, { placeOf }: RentalTypes): Float64Array {
  const places = new Float64Array(lines.length);
  for (let number = 0; number < places.length; number += 1) {
    const line = lines[number] as number;
    places[number] = offerIdOf(line) * TYPE_CODES + placeOf(line);
  }
  return places;
}

async function loadTypes(source: ReportSource): Promise<RentalTypes> {
  const rows = await queryRows(
    source,
    'SELECT code::INTEGER AS code, type FROM types ORDER BY type NULLS LAST, code',
  );
  const places = new Uint8Array(TYPE_CODES).fill(rows.length);
  const names: (string | null)[] = [];
  for (const [place, row] of rows.entries()) {
    places[Number(row.code)] = place;
    names[Number(row.code)] = row.type as string | null;
  }
  return {
    nameOf: (lineOrCode) => names[lineOrCode % TYPE_CODES] ?? null,
    placeOf: (lineOrCode) => places[lineOrCode % TYPE_CODES] as number,
  };
}
