// What a report is: its options as people give them, and its answer as data. Rendering is somebody else's.

export const REPORT_MODES = ['occupancy', 'latest', 'both', 'ttr', 'prices', 'daily', 'whole-gpu'] as const;
export type ReportMode = (typeof REPORT_MODES)[number];

export const GROUPINGS = [
  'gpu',
  'family',
  'count',
  'region',
  'type',
  'vram',
  'price',
  'verified',
  'datacenter',
  'host',
] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** `rentable`: an offer that cannot be rented counts as rented. `rented`: only the API's flag counts. */
export const STATE_BASES = ['rentable', 'rented'] as const;
export type StateBasis = (typeof STATE_BASES)[number];

/** `unknown`: nobody is credited with hours that nobody watched. `carry`: the last state lasts until the next sight. */
export const GAP_RULES = ['unknown', 'carry'] as const;
export type GapRule = (typeof GAP_RULES)[number];

/** Options in the form in which a command line has them; `planReport` checks every one. */
export interface ReportOptions {
  /** Default `occupancy`. */
  readonly mode?: string | undefined;
  /** `7d`, `yesterday`, ISO 8601, or epoch milliseconds; default the first poll. */
  readonly since?: string | number | undefined;
  /** As `since`; default the end of the last poll's credit. */
  readonly until?: string | number | undefined;
  /** Groupings, as a list or joined by commas; default one row an offer, or what the mode says. */
  readonly by?: string | readonly string[] | undefined;
  /** GPU names, as a list or joined by commas; spelling of case, spaces, `_` and `-` does not matter. */
  readonly gpu?: string | readonly string[] | undefined;
  /** `on-demand`, `interruptible` (or `bid`), `reserved`, …; default all, never added together. */
  readonly type?: string | undefined;
  /** Rows with fewer observations are left out; default 1. */
  readonly minSamples?: number | string | undefined;
  /** At most so many rows; default all. */
  readonly limit?: number | string | undefined;
  readonly state?: string | undefined;
  readonly gaps?: string | undefined;
  /** Seconds that `carry` credits to an offer's last observation; default 360, the original's poll interval. */
  readonly cadence?: number | string | undefined;
  /** Upper bounds of price bands in $/h, joined by commas, or `deciles` (default). */
  readonly bands?: string | undefined;
  /** A column, biggest first; `+column` for smallest first. */
  readonly sort?: string | undefined;
  /** Whether `also` is made: worth its time on a screen, and not for data. Default `show`; `both` always has it. */
  readonly companion?: 'show' | 'skip' | undefined;
}

/** How a value is meant to be shown; values themselves are never rounded for display. */
export type ColumnKind = 'text' | 'id' | 'count' | 'hours' | 'percent' | 'usd' | 'time' | 'date' | 'flag';

export interface Column {
  /** Key in every row, snake_case. */
  readonly name: string;
  /** Heading for people. */
  readonly title: string;
  /** `h`, `%`, `$/h`, `polls`, …; empty where there is none. */
  readonly unit: string;
  readonly kind: ColumnKind;
  /** Shown only in data formats (json, tsv, csv), because the screen says it elsewhere. */
  readonly dataOnly?: true;
}

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

export interface ReportHeader {
  readonly mode: ReportMode;
  /** The window as used: ISO 8601 UTC; undefined when the store holds no poll at all. */
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly polls: number;
  readonly firstPollAt: string | undefined;
  readonly lastPollAt: string | undefined;
  /** Stretches longer than 1.5 intervals without a poll, and how long in all nobody looked. */
  readonly holes: number;
  readonly holeHours: number;
  readonly incompletePolls: number;
  readonly state: StateBasis;
  readonly gaps: GapRule;
  /** `live https://…`, `simulated seed 7`, …. */
  readonly origin: string;
  readonly simulated: boolean;
}

export interface Report {
  readonly title: string;
  readonly header: ReportHeader;
  readonly columns: readonly Column[];
  /** Made when first read; `dataBatches` keeps none of them. */
  readonly rows: readonly Row[];
  /** Rows before `limit`. */
  readonly rowCount: number;
  /** Sums over all rows, one a type, under the same keys; empty where adding makes no sense. */
  readonly totals: readonly Row[];
  /** What a reader must know to not be misled. */
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
  /** The command line that gives this report again. */
  readonly reproduce: string;
  /** Shown beneath on a screen: the latest snapshot under occupancy, the summary under time-to-rent. */
  readonly also: readonly Report[];
}

/** An option that cannot be used; the message says which values can. */
export class ReportOptionError extends Error {
  override name = 'ReportOptionError';
  readonly option: string;

  constructor(option: string, sentence: string) {
    super(sentence);
    this.option = option;
  }
}

type MakeBatches = () => Iterable<readonly Row[]>;

/** Where a report's rows come from. A copy with rows of its own is not in it. */
const makers = new WeakMap<Report, MakeBatches>();

/** A report whose `rows` are made when they are first read. */
export function withRows(makeBatches: MakeBatches, words: Omit<Report, 'rows'>): Report {
  let rows: readonly Row[] | undefined;
  const report: Report = {
    ...words,
    get rows() {
      rows ??= [...makeBatches()].flat();
      return rows;
    },
  };
  makers.set(report, makeBatches);
  return report;
}

/**
 * The rows of a report for data formats, about a thousand at a time, made when asked for and kept by nobody: a
 * year by days has half a million. For `both`, occupancy and snapshot in one list, told apart by `report`.
 */
export function* dataBatches(report: Report): Generator<readonly Row[]> {
  const batchesOf = (part: Report) => makers.get(part)?.() ?? [part.rows];
  if (report.header.mode !== 'both') {
    yield* batchesOf(report);
    return;
  }
  const parts = [report, ...report.also].map((part, at) => ({
    part,
    name: at === 0 ? 'occupancy' : 'latest',
  }));
  for (const { part, name } of parts)
    for (const rows of batchesOf(part)) yield rows.map((row) => ({ report: name, ...row }));
}

/** The columns of `dataBatches`, in order. */
export function dataColumns(report: Report): readonly Column[] {
  if (report.header.mode !== 'both') return report.columns;
  const all = [report.columns, ...report.also.map(({ columns }) => columns)].flat();
  const first: Column = { name: 'report', title: 'Report', unit: '', kind: 'text' };
  return [first, ...all.filter((column, at) => all.findIndex(({ name }) => name === column.name) === at)];
}
