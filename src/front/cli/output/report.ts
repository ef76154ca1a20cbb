// A report on screen, and for programs.
import { formatDuration, formatIso, formatUsd, HOUR_MS } from '../../../base/std/index.ts';
import {
  type ColumnKind,
  dataColumns,
  dataRows,
  type Report,
  type Column as ReportColumn,
  type Row as ReportRow,
} from '../../../watch/reports/index.ts';
import { type Context, formatOf, type OutputFlags } from '../context.ts';
import { shortNumber } from './number.ts';
import { type Column, renderRows } from './table.ts';

/** Rows on stdout; title, window, warnings and the line that reproduces it on stderr. */
export function printReport(context: Context, report: Report, flags: OutputFlags): void {
  const { terminal } = context;
  if (formatOf(flags, terminal) !== 'table') {
    context.print(dataRows(report), dataColumns(report).map(plainColumn), flags);
    for (const line of [...report.warnings, ...report.notes]) terminal.err(`${line}\n`);
    terminal.err(`again: ${report.reproduce}\n`);
    return;
  }
  terminal.out(reportText(report, terminal.columns));
  for (const other of report.also) terminal.out(`\n${reportText(other, terminal.columns)}`);
  for (const line of [...report.warnings, ...report.notes]) terminal.out(`${line}\n`);
  terminal.out(`again: ${report.reproduce}\n`);
}

/** Title, window and table, without warnings: what a screen repeats. */
export function reportText(report: Report, width: number): string {
  const columns = report.columns.filter((column) => !column.dataOnly).map(screenColumn);
  const rows = [...report.rows, ...report.totals.map((row) => totalRow(row, report.columns))];
  const table = report.rows.length > 0 ? renderRows(rows, columns, { format: 'table', width }) : '';
  return `${report.title} · ${windowText(report)}\n${table}`;
}

export function windowText({ header }: Report): string {
  if (header.since === undefined || header.until === undefined) return `${header.origin}, no polls`;
  // A window that begins before the store does not make its polls reach further back.
  const fromMs = Math.max(Date.parse(header.since), Date.parse(header.firstPollAt ?? header.since));
  const length = formatDuration(Date.parse(header.until) - fromMs);
  const holes = header.holes > 0 ? `, ${formatDuration(header.holeHours * HOUR_MS)} not watched` : '';
  return `${header.polls} polls, ${length} to ${formatIso(Date.parse(header.until))}${holes} · ${header.origin}`;
}

function totalRow(row: ReportRow, columns: readonly ReportColumn[]): ReportRow {
  const label = columns.find(({ name, kind }) => kind === 'text' && (row[name] ?? null) === null)?.name;
  return label === undefined ? row : { ...row, [label]: 'total' };
}

const plainColumn = ({ name }: ReportColumn): Column => ({ name });

function screenColumn({ name, title, unit, kind }: ReportColumn): Column {
  const heading = unit && !title.includes(unit) ? `${title} ${unit}` : title;
  return { name, title: heading, format: FORMATS[kind], align: LEFT.includes(kind) ? 'left' : 'right' };
}

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
