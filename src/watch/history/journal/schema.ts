// The journal's tables, and the facets of an offer that it follows, as data: what is written, sealed, hashed and
// shown as views all comes from the lists below.
import type { Observation } from '../observation.ts';

/** `PRAGMA user_version` of journal.db and `format` of store.json; a store of a later one is refused. */
export const STORE_FORMAT = 1;

/**
 * Events have no poll column: their rowid is `poll * 2^20 + position`, so that a range of polls is a range of rowids
 * without any index, and an event takes about 16 bytes. One poll can hold 2^20 events of one facet.
 */
export const EVENTS_PER_POLL = 2 ** 20;

/** Types of columns by their names in DuckDB. */
export type ColumnType = 'UTINYINT' | 'INTEGER' | 'BIGINT' | 'DOUBLE' | 'VARCHAR';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Where the value comes from; the state code is made of three fields and has none. */
  readonly field?: keyof Observation;
}

export const FACET_NAMES = [
  'state',
  'price',
  'rel',
  'rel_x',
  'attr',
  'quote',
  'terms',
  'hardware',
  'capacity',
] as const;
export type FacetName = (typeof FACET_NAMES)[number];

export const DICTIONARY_NAMES = ['attrs', 'terms', 'hardware'] as const;
export type DictionaryName = (typeof DICTIONARY_NAMES)[number];

/** A group of columns that change together, kept as one stream of change events. */
export interface Facet {
  readonly name: FacetName;
  /** What an event is about: one offer and type, or a whole machine. */
  readonly key: 'line' | 'machine';
  /** The values, in the order in which they are hashed. */
  readonly columns: readonly Column[];
  /** Table of events in the journal. */
  readonly table: string;
  /** Name of the key column in that table; spans call a machine `machine_id`. */
  readonly keyColumn: 'line' | 'machine';
  /** Value columns of that table: the columns themselves, or the number of a row of the dictionary. */
  readonly eventColumns: readonly string[];
  readonly dictionary?: DictionaryName;
}

const bigint = (name: string, field: keyof Observation): Column => ({ name, type: 'BIGINT', field });
const integer = (name: string, field: keyof Observation): Column => ({ name, type: 'INTEGER', field });
const double = (name: string, field: keyof Observation): Column => ({ name, type: 'DOUBLE', field });
const text = (name: string, field: keyof Observation): Column => ({ name, type: 'VARCHAR', field });

const RELIABILITY = double('reliability2', 'reliability');

function direct(name: FacetName, columns: readonly Column[], key: 'line' | 'machine' = 'line'): Facet {
  return {
    name,
    key,
    columns,
    table: `${name}_ev`,
    keyColumn: key,
    eventColumns: columns.map((column) => column.name),
  };
}

function interned(name: FacetName, dictionary: DictionaryName, columns: readonly Column[]): Facet {
  return {
    name,
    key: 'line',
    columns,
    table: `${name}_ev`,
    keyColumn: 'line',
    eventColumns: [name],
    dictionary,
  };
}

/**
 * All facets. An event holds until the next one of its key; a state event with code GONE ends every facet of its
 * line. `rel` is by machine; an event of `rel_x` overrides it for one line until one with `NO_EXCEPTION`.
 */
export const FACETS: Readonly<Record<FacetName, Facet>> = {
  state: direct('state', [{ name: 's', type: 'UTINYINT' }]),
  price: direct('price', [double('dph_total', 'dphTotal')]),
  rel: direct('rel', [RELIABILITY], 'machine'),
  rel_x: direct('rel_x', [RELIABILITY]),
  attr: interned('attr', 'attrs', [
    bigint('machine_id', 'machineId'),
    text('gpu_name', 'gpuName'),
    text('geolocation', 'geolocation'),
    integer('num_gpus', 'numGpus'),
    double('gpu_frac', 'gpuFrac'),
    double('gpu_total_ram_gb', 'gpuTotalRamGb'),
    integer('verified', 'verified'),
    integer('deverified', 'deverified'),
  ]),
  quote: direct('quote', [
    double('dph_base', 'dphBase'),
    double('min_bid', 'minBid'),
    double('reserved_price', 'reservedPrice'),
  ]),
  terms: interned('terms', 'terms', [
    double('storage_cost', 'storageCost'),
    double('inet_up_cost', 'inetUpCost'),
    double('inet_down_cost', 'inetDownCost'),
    double('end_date', 'endDate'),
  ]),
  hardware: interned('hardware', 'hardware', [
    bigint('host_id', 'hostId'),
    text('gpu_ids', 'gpuIds'),
    bigint('bundle_id', 'bundleId'),
    double('gpu_ram_mb', 'gpuRamMb'),
    text('cpu_name', 'cpuName'),
    double('cpu_cores', 'cpuCores'),
    double('cpu_ram_mb', 'cpuRamMb'),
    double('dlperf', 'dlperf'),
    double('total_flops', 'totalFlops'),
    double('cuda_max', 'cudaMax'),
    integer('compute_cap', 'computeCap'),
    text('driver', 'driver'),
    integer('hosting_type', 'hostingType'),
    integer('static_ip', 'staticIp'),
  ]),
  capacity: direct('capacity', [
    double('disk_space_gb', 'diskSpaceGb'),
    integer('direct_port_count', 'directPortCount'),
  ]),
};

/**
 * Value of a `rel_x` event that ends the exception: the line follows its machine again. No source can send it,
 * since values that are not finite are kept as null.
 */
export const NO_EXCEPTION = Number.NEGATIVE_INFINITY;

const SQLITE_TYPES: Readonly<Record<ColumnType, string>> = {
  UTINYINT: 'INTEGER',
  INTEGER: 'INTEGER',
  BIGINT: 'INTEGER',
  DOUBLE: 'REAL',
  VARCHAR: 'TEXT',
};

function eventTable(facet: Facet): string {
  const values = facet.dictionary
    ? [`${facet.name} INTEGER NOT NULL`]
    : facet.columns.map((column) => `${column.name} ${SQLITE_TYPES[column.type]}`);
  const columns = ['id INTEGER PRIMARY KEY', `${facet.keyColumn} INTEGER NOT NULL`, ...values];
  return `CREATE TABLE ${facet.table} (${columns.join(', ')}, poll INTEGER GENERATED ALWAYS AS (id >> 20) VIRTUAL);`;
}

function dictionaryTable(facet: Facet): string {
  const columns = facet.columns.map((column) => `${column.name} ${SQLITE_TYPES[column.type]}`);
  return `CREATE TABLE ${facet.dictionary} (${facet.name} INTEGER PRIMARY KEY, ${columns.join(', ')});`;
}

const ALL_FACETS = FACET_NAMES.map((name) => FACETS[name]);

/** Creates an empty journal; run in one transaction together with setting `user_version`. */
export const JOURNAL_DDL: readonly string[] = [
  'CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;',
  `CREATE TABLE polls (poll INTEGER PRIMARY KEY, ts_ms INTEGER NOT NULL, interval_ms INTEGER NOT NULL,
    filter TEXT NOT NULL, n INTEGER NOT NULL, complete INTEGER NOT NULL, duplicates INTEGER NOT NULL,
    hash TEXT NOT NULL);`,
  // What repeats from poll to poll is kept once, and times are relative to the poll: 20 bytes a slice, not 80.
  `CREATE TABLE slice_kinds (kind INTEGER PRIMARY KEY, type TEXT NOT NULL, search TEXT NOT NULL,
    predicate TEXT NOT NULL, complete INTEGER NOT NULL, reason TEXT NOT NULL);`,
  `CREATE TABLE slice_ev (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, start_ms INTEGER NOT NULL,
    took_ms INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL);`,
  `CREATE VIEW slices AS SELECT id, id >> 20 AS poll, id & 1048575 AS slice, type, search, predicate,
    ts_ms + start_ms AS started_ms, ts_ms + start_ms + took_ms AS finished_ms, rows, bytes, slice_kinds.complete,
    reason FROM slice_ev JOIN slice_kinds USING (kind) JOIN polls ON polls.poll = id >> 20;`,
  'CREATE TABLE types (code INTEGER PRIMARY KEY, type TEXT);',
  "INSERT INTO types VALUES (0, NULL), (1, 'on-demand'), (2, 'interruptible'), (3, 'reserved');",
  'CREATE TABLE fields (name TEXT PRIMARY KEY, first_poll INTEGER NOT NULL, last_poll INTEGER) WITHOUT ROWID;',
  // How often in a row a missing line was absent where it was looked for; lost, a restart would forget a miss.
  `CREATE TABLE miss_ev (id INTEGER PRIMARY KEY, line INTEGER NOT NULL, misses INTEGER NOT NULL,
    poll INTEGER GENERATED ALWAYS AS (id >> 20) VIRTUAL);`,
  ...ALL_FACETS.map(eventTable),
  ...ALL_FACETS.filter((facet) => facet.dictionary).map(dictionaryTable),
];

/** The smallest rowid that an event of this poll can have. */
export function firstEventId(poll: number): number {
  return poll * EVENTS_PER_POLL;
}
