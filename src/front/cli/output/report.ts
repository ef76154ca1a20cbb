// A report on screen, and for programs.
import { formatDuration, formatIso, formatUsd, HOUR_MS, wrapText } from '../../../base/std/index.ts';
import {
  type Cell,
  type ColumnKind,
  dataBatches,
  dataColumns,
  type Report,
  type Column as ReportColumn,
  type Row as ReportRow,
} from '../../../watch/reports/index.ts';
import { type Context, formatOf, hiddenText, type OutputFlags } from '../context.ts';
import type { Column } from './column.ts';
import { plural, shortNumber } from './number.ts';
import { dataStream } from './row-stream.ts';
import { type ScreenTable, screenTable } from './screen-table.ts';

/** Rows on stdout; title, window, warnings and the line that reproduces it on stderr. */
export function printReport(context: Context, report: Report, flags: OutputFlags): void {
  const { terminal } = context;
  const words = [...report.warnings, ...report.notes];
  const format = formatOf(flags, terminal);
  if (format !== 'table') {
    const stream = dataStream(terminal, dataColumns(report).map(plainColumn), format);
    for (const rows of dataBatches(report)) stream.write(rows);
    stream.end();
    for (const line of words) terminal.err(`${line}\n`);
    terminal.err(`again: ${report.reproduce}\n`);
    return;
  }
  const width = terminal.columns;
  const tables = [report, ...report.also].map((part) => ({
    title: `${part.title} · ${windowText(part)}`,
    table: reportTable(part, width),
    notes: part === report ? [] : part.notes.filter((note) => !words.includes(note)),
  }));
  const say = (text: string) => terminal.out(`${wrapText(text, width).join('\n')}\n`);
  tables.forEach(({ title, table, notes }, at) => {
    if (at > 0) terminal.out('\n');
    say(title);
    terminal.out(table.text);
    for (const note of notes) say(note);
  });
  for (const line of words) say(line);
  const hidden = new Map(tables.flatMap(({ table }) => table.hidden).map((column) => [column.name, column]));
  if (hidden.size > 0) say(hiddenText([...hidden.values()]));
  // Never broken: it is there to be copied.
  terminal.out(`again: ${report.reproduce}\n`);
}

/** The table of a report without the words around it; `only` keeps the columns of those names. */
export function reportTable(report: Report, width: number, only?: readonly string[]): ScreenTable {
  const columns = report.columns.filter(
    (column) => !column.dataOnly && (only === undefined || only.includes(column.name)),
  );
  if (report.rows.length === 0) return { text: '', hidden: [] };
  const totals = report.totals.filter((row) =>
    columns.some(({ name, kind }) => kind !== 'text' && hasValue(row[name])),
  );
  const rows = [...report.rows, ...totals.map((row) => totalRow(row, columns))];
  return screenTable(rows, columns.map(screenColumn), width);
}

export function windowText({ header }: Report): string {
  if (header.since === undefined || header.until === undefined) return `${header.origin}, no polls`;
  // A window that begins before the store does not make its polls reach further back.
  const fromMs = Math.max(Date.parse(header.since), Date.parse(header.firstPollAt ?? header.since));
  const length = formatDuration(Date.parse(header.until) - fromMs);
  const holes = header.holes > 0 ? `, ${formatDuration(header.holeHours * HOUR_MS)} not watched` : '';
  return `${plural(header.polls, 'poll')}, ${length} to ${formatIso(Date.parse(header.until))}${holes} · ${header.origin}`;
}

function hasValue(cell: Cell | undefined): boolean {
  return cell !== null && cell !== undefined;
}

function totalRow(row: ReportRow, columns: readonly ReportColumn[]): ReportRow {
  const label = columns.find(({ name, kind }) => kind === 'text' && (row[name] ?? null) === null)?.name;
  return label === undefined ? row : { ...row, [label]: 'total' };
}

const plainColumn = ({ name }: ReportColumn): Column => ({ name });

function screenColumn({ name, title, unit, kind }: ReportColumn): Column {
  const heading = unit && !title.includes(unit) ? `${title} ${unit}` : title;
  const lost = LOST_FIRST.indexOf(name);
  return {
    name,
    title: heading,
    format: FORMATS[kind],
    align: LEFT.includes(kind) ? 'left' : 'right',
    isWhole: kind === 'time' || kind === 'date' || name === 'type',
    importance: lost < 0 ? undefined : lost,
  };
}

/** What a narrow window loses, in this order: first what other columns already say, then what few ask for. */
const LOST_FIRST: readonly string[] = [
  'unknown_pct',
  'api_rented_pct',
  'unknown_hours',
  'offer_count_utilization_pct',
  'gpu_frac_weighted_utilization_pct',
  'assumed_rented_hours',
  'available_hours',
  'api_rented_hours',
  'available_p25',
  'utilized_p25',
  'available_p75',
  'utilized_p75',
  'available_mean',
  'utilized_mean',
  'p25_hours',
  'p75_hours',
  'unknown',
  'rented_raw',
  'available_p10',
  'utilized_p10',
  'available_p90',
  'utilized_p90',
  'unseen_before_hours',
  'p10_price_avail',
  'p90_price_avail',
  'samples',
  'p10_hours',
  'unseen_hours',
  'mean_hours',
  'machine_id',
  'machines',
  'available_pct',
  'utilized_observations',
  'available_observations',
  'rented_offers',
  'available_offers',
  'gpu_weighted_utilization_pct',
  'util_pct',
  'p90_hours',
  'total_hours',
  'assumed_utilized',
  'available',
  'avg_price_utilized',
  'avg_price_available',
];

const LEFT: readonly ColumnKind[] = ['text', 'date', 'time'];

const FORMATS: Readonly<Record<ColumnKind, (value: unknown) => string>> = {
  text: String,
  id: String,
  date: String,
  time: String,
  flag: (value) => (value ? 'yes' : 'no'),
  count: (value) => Number(value).toLocaleString('en-US', { maximumFractionDigits: 1 }),
  hours: shortNumber,
  percent: (value) => `${Number(value).toFixed(1)}`,
  usd: (value) => formatUsd(Number(value)),
};
