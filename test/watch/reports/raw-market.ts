// An independent reference for reports: a market as raw rows, one an offer and poll, and the same market as the
// span views that reports read, made by the plainest code that could be right.
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { createRandom } from '../../../src/base/std/index.ts';
import type { Origin } from '../../../src/watch/history/index.ts';
import type { ReportSource } from '../../../src/watch/reports/index.ts';

export interface RawOffer {
  readonly offerId: number;
  readonly type: string | null;
  readonly machineId: number;
  readonly gpuName: string | null;
  readonly numGpus: number | null;
  readonly gpuFrac: number | null;
  readonly gpuTotalRamGb: number | null;
  readonly price: number | null;
  readonly geolocation: string | null;
  readonly rentable: 0 | 1 | null;
  readonly rented: 0 | 1 | null;
  readonly verified: 0 | 1 | null;
  readonly deverified: 0 | 1 | null;
  readonly hostId: number | null;
  readonly hostingType: number | null;
  readonly gpuRamMb: number | null;
}

export interface RawPoll {
  readonly tsMs: number;
  readonly intervalMs: number;
  readonly complete: boolean;
  readonly filter: string;
  readonly offers: readonly RawOffer[];
}

export const START_MS = Date.UTC(2026, 0, 1);
export const INTERVAL_MS = 360_000;

export function anOffer(overrides: Partial<RawOffer> = {}): RawOffer {
  return {
    offerId: 1,
    type: 'on-demand',
    machineId: 100,
    gpuName: 'RTX 4090',
    numGpus: 1,
    gpuFrac: 1,
    gpuTotalRamGb: 23.99,
    price: 0.4,
    geolocation: 'Sweden, SE',
    rentable: 1,
    rented: 0,
    verified: 1,
    deverified: 0,
    hostId: 7,
    hostingType: 0,
    gpuRamMb: 24_564,
    ...overrides,
  };
}

/** Polls at the given minutes after the start, with what each saw. */
export function pollsAt(
  ...polls: readonly (readonly [minute: number, offers: readonly RawOffer[], complete?: boolean])[]
): RawPoll[] {
  return polls.map(([minute, offers, complete = true]) => ({
    tsMs: START_MS + minute * 60_000,
    intervalMs: INTERVAL_MS,
    complete,
    filter: '',
    offers,
  }));
}

type SqlCell = string | number | boolean | null;

export interface TestMarket extends ReportSource, Disposable {
  readonly connection: DuckDBConnection;
  rows(sql: string): Promise<Record<string, unknown>[]>;
}

const TYPES = [null, 'on-demand', 'interruptible', 'reserved'];
const MISSING = 254;
const NO_STATE_AVAILABILITY = 4;

interface Span {
  readonly line: number;
  readonly f: number;
  dur: number;
  readonly values: readonly SqlCell[];
}

/** The facets as the views have them: columns, their SQL types, and where their values come from. */
const FACETS: Readonly<
  Record<string, { readonly columns: string; readonly of: (offer: RawOffer) => readonly SqlCell[] }>
> = {
  state_spans: {
    columns: 's UTINYINT',
    of: (o) => [flag(o.rentable) + 3 * flag(o.rented) + 9 * NO_STATE_AVAILABILITY],
  },
  price_spans: { columns: 'dph_total DOUBLE', of: (o) => [o.price] },
  attr_spans: {
    columns:
      'machine_id BIGINT, gpu_name VARCHAR, geolocation VARCHAR, num_gpus INTEGER, gpu_frac DOUBLE, gpu_total_ram_gb DOUBLE, verified INTEGER, deverified INTEGER',
    of: (o) => [
      o.machineId,
      o.gpuName,
      o.geolocation,
      o.numGpus,
      o.gpuFrac,
      o.gpuTotalRamGb,
      o.verified,
      o.deverified,
    ],
  },
  hardware_spans: {
    columns: 'host_id BIGINT, hosting_type INTEGER, gpu_ram_mb DOUBLE',
    of: (o) => [o.hostId, o.hostingType, o.gpuRamMb],
  },
};

function flag(value: 0 | 1 | null): number {
  return value ?? 2;
}

/** Opens an in-memory DuckDB that has the raw table and the span views of these polls. */
export async function openTestMarket(
  polls: readonly RawPoll[],
  origin: Origin = { kind: 'replay', name: 'test' },
): Promise<TestMarket> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  await createPolls(connection, polls);
  await createTable(
    connection,
    'types',
    'code INTEGER, type VARCHAR',
    TYPES.map((type, code) => [code, type]),
  );
  await createTable(
    connection,
    'offers_raw',
    'ts VARCHAR, offer_id BIGINT, machine_id BIGINT, gpu_name VARCHAR, num_gpus INTEGER, gpu_frac DOUBLE, gpu_total_ram_gb DOUBLE, dph_total_usd DOUBLE, reliability2 DOUBLE, geolocation VARCHAR, type VARCHAR, rentable INTEGER, rented INTEGER, verified INTEGER, deverified INTEGER, availability_state VARCHAR',
    polls.flatMap((poll) => poll.offers.map((offer) => rawRow(poll, offer))),
  );
  for (const [table, { columns, of }] of Object.entries(FACETS)) {
    const spans = spansOf(polls, of, table === 'state_spans');
    await createTable(
      connection,
      table,
      `line BIGINT, f INTEGER, dur INTEGER, ${columns}`,
      spans.map((span) => [span.line, span.f, span.dur, ...span.values]),
    );
    await connection.run(
      `CREATE VIEW ${table.replace('spans', 'now')} AS SELECT * FROM ${table} WHERE f + dur = ${polls.length + 1}`,
    );
  }
  return {
    origin,
    connection,
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS() as Record<string, unknown>[],
    [Symbol.dispose]() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

export function rawRow(poll: RawPoll, o: RawOffer): (string | number | null)[] {
  return [
    isoSeconds(poll.tsMs),
    o.offerId,
    o.machineId,
    o.gpuName,
    o.numGpus,
    o.gpuFrac,
    o.gpuTotalRamGb,
    o.price,
    null,
    o.geolocation,
    o.type,
    o.rentable,
    o.rented,
    o.verified,
    o.deverified,
    null,
  ];
}

export function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

export function lineOf(offer: RawOffer): number {
  return offer.offerId * 16 + TYPES.indexOf(offer.type);
}

/**
 * Every line's spans: the first poll that lacks it makes it MISSING, the second ends it, and a line that comes
 * back starts anew. Only the state has MISSING spans; other facets stay open through them.
 */
function spansOf(
  polls: readonly RawPoll[],
  of: (offer: RawOffer) => readonly SqlCell[],
  isState: boolean,
): Span[] {
  const spans: Span[] = [];
  const lines = new Set(polls.flatMap((poll) => poll.offers.map(lineOf)));
  for (const line of lines) {
    let open: Span | undefined;
    let misses = 0;
    for (const [at, poll] of polls.entries()) {
      const offer = poll.offers.find((candidate) => lineOf(candidate) === line);
      misses = offer ? 0 : misses + 1;
      if (misses > 1) {
        open = undefined;
        continue;
      }
      if (!offer && !open) continue;
      const values = offer ? of(offer) : isState ? [MISSING] : (open as Span).values;
      if (open && JSON.stringify(open.values) === JSON.stringify(values)) open.dur += 1;
      else {
        open = { line, f: at + 1, dur: 1, values };
        spans.push(open);
      }
    }
  }
  return spans;
}

async function createPolls(connection: DuckDBConnection, polls: readonly RawPoll[]): Promise<void> {
  let carry = 0;
  let credit = 0;
  const rows = polls.map((poll, at) => {
    const nextMs = polls[at + 1]?.tsMs ?? poll.tsMs + poll.intervalMs;
    const creditMs = Math.min(nextMs - poll.tsMs, 1.5 * poll.intervalMs);
    const row = [
      at + 1,
      poll.tsMs,
      isoSeconds(poll.tsMs),
      poll.intervalMs,
      poll.filter,
      poll.offers.length,
      poll.complete,
      0,
      '',
      nextMs,
      creditMs,
      carry,
      credit,
    ];
    carry += nextMs - poll.tsMs;
    credit += creditMs;
    return row;
  });
  await createTable(
    connection,
    'polls',
    'poll INTEGER, ts_ms BIGINT, ts VARCHAR, interval_ms BIGINT, filter VARCHAR, n INTEGER, complete BOOLEAN, duplicates INTEGER, hash VARCHAR, next_ms BIGINT, credit_ms BIGINT, cum_carry_ms BIGINT, cum_credit_ms BIGINT',
    rows,
  );
}

async function createTable(
  connection: DuckDBConnection,
  name: string,
  columns: string,
  rows: readonly (readonly SqlCell[])[],
): Promise<void> {
  await connection.run(`CREATE TABLE ${name}(${columns})`);
  for (let at = 0; at < rows.length; at += 500) {
    const values = rows.slice(at, at + 500).map((row) => `(${row.map(literal).join(', ')})`);
    await connection.run(`INSERT INTO ${name} VALUES ${values.join(', ')}`);
  }
}

function literal(value: SqlCell): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  if (typeof value === 'number' && !Number.isInteger(value)) return value.toExponential();
  return String(value);
}

export interface RandomMarketOptions {
  readonly seed: string;
  readonly polls?: number;
  readonly offers?: number;
  /** Types that an offer may have; each offer keeps one. */
  readonly types?: readonly (string | null)[];
  /** Whether GPU names and machines may change under an offer. */
  readonly moves?: boolean;
}

/** Holes, missed offers, gone and returning offers, null flags and prices, changing prices and places. */
export function randomMarket({
  seed,
  polls = 50,
  offers = 18,
  types = ['on-demand'],
  moves = true,
}: RandomMarketOptions): RawPoll[] {
  const random = createRandom(seed);
  const lines = Array.from({ length: offers }, (_, at) =>
    anOffer({
      offerId: 1000 + at,
      type: random.pick(types),
      machineId: 100 + Math.floor(at / 3),
      gpuName: random.pick(['RTX 4090', 'RTX 3090', 'A100 SXM4', 'H100 SXM', null]),
      numGpus: random.pick([1, 1, 2, 4, 8, 12]),
      gpuFrac: random.pick([1, 0.5, 0.25, null]),
      geolocation: random.pick(['Sweden, SE', ', CN', 'Texas, US', null]),
      hostId: Math.floor(at / 5),
      hostingType: random.pick([0, 1, null]),
      gpuTotalRamGb: random.pick([10.99, 23.99, 79.65, 140.4]),
      gpuRamMb: random.pick([24_564, 81_559, null]),
    }),
  );
  let now: { offer: RawOffer; there: boolean }[] = lines.map((offer) => ({
    offer,
    there: random.chance(0.8),
  }));
  let minute = 0;
  return Array.from({ length: polls }, () => {
    minute += random.chance(0.05) ? random.int(10, 600) : random.pick([6, 6, 6, 7]);
    now = now.map(({ offer, there }) => ({
      there: random.chance(0.1) ? !there : there,
      offer: {
        ...offer,
        ...(random.chance(0.2)
          ? {
              rentable: random.pick([0, 1, 0, 1, null] as const),
              rented: random.pick([0, 0, 1, null] as const),
            }
          : {}),
        ...(random.chance(0.1)
          ? { price: random.pick([0.1, 0.25, 0.333333333, 1.7, 2.000000001, null]) }
          : {}),
        ...(random.chance(0.05)
          ? { geolocation: random.pick(['Sweden, SE', 'Norway, NO']), verified: random.pick([0, 1] as const) }
          : {}),
        ...(moves && random.chance(0.02)
          ? { gpuName: random.pick(['RTX 4090', 'L40S']), machineId: random.int(200, 203) }
          : {}),
      },
    }));
    return {
      tsMs: START_MS + minute * 60_000,
      intervalMs: INTERVAL_MS,
      complete: true,
      filter: '',
      offers: now.filter(({ there }) => there).map(({ offer }) => offer),
    };
  });
}
