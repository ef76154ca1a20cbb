// What a benchmark says: lines of a name, a value, its unit and, where there is one, the budget it must keep.
import { cpus, loadavg, totalmem } from 'node:os';

const UNITS = [
  'ms',
  's',
  'MB',
  'kB',
  'kB/s',
  'B/obs',
  'obs',
  'polls',
  'events',
  'jobs',
  '%',
  'rows',
  'differences',
] as const;
type Unit = (typeof UNITS)[number];

export interface BenchLine {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  /** At most this much; null where nothing is promised. */
  readonly budget: number | null;
}

/** Adds a line. Whoever measures is given one of these and prints nothing itself. */
export type Report = (name: string, value: number, unit: Unit, budget?: number | null) => void;

const BUDGET_VERDICTS = ['within', 'over', ''] as const;

export function verdict({ value, budget }: BenchLine): (typeof BUDGET_VERDICTS)[number] {
  if (budget === null) return '';
  return value <= budget ? 'within' : 'over';
}

/** `Intel(R) Xeon(R) CPU, 2 cores, 24 GB, Node 24.21.0, linux x64, load 0.4`. */
export function describeMachine(): string {
  const [cpu] = cpus();
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  return `${cpu?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${memoryGb} GB, Node ${process.versions.node}, ${process.platform} ${process.arch}, load ${loadavg()[0]?.toFixed(1)}`;
}

/**
 * A sentence when other programs want the cores too: times are then worth nothing. What is measured here keeps
 * about two busy by itself.
 */
export function busyWarning(): string {
  const load = loadavg()[0] ?? 0;
  const allowed = Math.max(2.5, cpus().length);
  if (load <= allowed) return '';
  return `The load is ${load.toFixed(1)} on ${cpus().length} cores: the times here say more about other programs than about this one\n`;
}

export function formatTable(lines: readonly BenchLine[]): string {
  const rows = lines.map((line) => [
    line.name,
    formatValue(line.value),
    line.unit,
    line.budget === null ? '' : formatValue(line.budget),
    verdict(line),
  ]);
  const all = [['what', 'value', 'unit', 'budget', ''], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column === 1 || column === 3 ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function formatValue(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3);
}
