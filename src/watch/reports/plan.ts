// Checks the options of a report and turns them into a plan; every refusal says what would be accepted.
import { parseTime } from '../../base/std/index.ts';
import { type PriceBands, parseBands } from './bands.ts';
import {
  GAP_RULES,
  type GapRule,
  GROUPINGS,
  type Grouping,
  REPORT_MODES,
  type ReportMode,
  ReportOptionError,
  type ReportOptions,
  STATE_BASES,
  type StateBasis,
} from './report.ts';

/** The original polls every 360 s, and credits its last observation with as much. */
const DEFAULT_CADENCE_SEC = 360;

export interface ReportPlan {
  readonly mode: ReportMode;
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
  /** Undefined: the mode's own rows. */
  readonly by: readonly Grouping[] | undefined;
  readonly gpus: readonly string[];
  readonly type: string | undefined;
  readonly minSamples: number;
  readonly limit: number | undefined;
  readonly state: StateBasis;
  readonly gaps: GapRule;
  readonly cadenceSec: number;
  readonly bands: PriceBands;
  readonly sort: { readonly column: string; readonly descending: boolean } | undefined;
}

/** Throws ReportOptionError for the first option that cannot be used. */
export function planReport(options: ReportOptions, nowMs: number): ReportPlan {
  const mode = oneOf('mode', options.mode ?? 'occupancy', REPORT_MODES);
  const by = planGroupings(options.by);
  const sinceMs = planTime('since', options.since, nowMs);
  const untilMs = planTime('until', options.until, nowMs);
  if (sinceMs !== undefined && untilMs !== undefined && untilMs <= sinceMs) {
    throw new ReportOptionError(
      'until',
      `--until ${String(options.until)} is not after --since ${String(options.since)}; give a later end, for example --since 7d --until yesterday`,
    );
  }
  if (options.bands !== undefined && !by?.includes('price')) {
    throw new ReportOptionError('bands', '--bands needs --by price, whose bands it sets');
  }
  return {
    mode,
    sinceMs,
    untilMs,
    by,
    gpus: listOf(options.gpu),
    type: planType(options.type),
    minSamples: planInteger('min-samples', options.minSamples, 1) ?? 1,
    limit: planInteger('limit', options.limit, 1),
    state: oneOf('state', options.state ?? 'rentable', STATE_BASES),
    gaps: oneOf('gaps', options.gaps ?? 'unknown', GAP_RULES),
    cadenceSec: planCadence(options.cadence),
    bands: parseBands(options.bands ?? 'deciles'),
    sort: planSort(options.sort),
  };
}

function planGroupings(value: ReportOptions['by']): readonly Grouping[] | undefined {
  if (value === undefined) return undefined;
  const names = listOf(value);
  if (names.length === 0) {
    throw new ReportOptionError('by', `--by needs a grouping: ${GROUPINGS.join(', ')}`);
  }
  for (const name of names) {
    if (!(GROUPINGS as readonly string[]).includes(name)) {
      throw new ReportOptionError('by', `--by does not know "${name}"; it takes ${GROUPINGS.join(', ')}`);
    }
  }
  return [...new Set(names)] as Grouping[];
}

function planTime(option: 'since' | 'until', value: string | number | undefined, nowMs: number) {
  if (value === undefined) return undefined;
  const timeMs = typeof value === 'number' ? value : timeOf(option, value, nowMs);
  if (!Number.isFinite(timeMs)) throw new ReportOptionError(option, `--${option} ${value} is not a time`);
  return Math.round(timeMs);
}

function timeOf(option: string, text: string, nowMs: number): number {
  try {
    return parseTime(text, nowMs);
  } catch (error) {
    throw new ReportOptionError(option, `--${option} ${error instanceof Error ? error.message : text}`);
  }
}

function planType(value: string | undefined): string | undefined {
  const name = value?.trim().toLowerCase();
  if (name === undefined || name === 'any' || name === 'all') return undefined;
  if (name === '')
    throw new ReportOptionError('type', '--type needs a name, for example on-demand or interruptible');
  return name === 'bid' ? 'interruptible' : name;
}

function planCadence(value: number | string | undefined): number {
  if (value === undefined) return DEFAULT_CADENCE_SEC;
  const seconds = typeof value === 'number' ? value : Number(value.trim() || Number.NaN);
  if (!Number.isFinite(seconds) || seconds <= 0) {
    throw new ReportOptionError(
      'cadence',
      `--cadence ${value} is not a number of seconds above 0, for example 360`,
    );
  }
  return seconds;
}

function planInteger(
  option: string,
  value: number | string | undefined,
  atLeast: number,
): number | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === 'number' ? value : Number(value.trim() || Number.NaN);
  if (!Number.isSafeInteger(number) || number < atLeast) {
    throw new ReportOptionError(option, `--${option} ${value} is not a whole number of ${atLeast} or more`);
  }
  return number;
}

function planSort(value: string | undefined): ReportPlan['sort'] {
  if (value === undefined) return undefined;
  const [, sign, column] = /^\s*([+-]?)(\w+)\s*$/.exec(value) ?? [];
  if (!column) {
    throw new ReportOptionError(
      'sort',
      `--sort "${value}" is not a column, for example total_hours or +gpu_name`,
    );
  }
  return { column, descending: sign !== '+' };
}

function oneOf<const Names extends readonly string[]>(
  option: string,
  value: string,
  names: Names,
): Names[number] {
  const name = names.find((candidate) => candidate === value);
  if (name === undefined) {
    throw new ReportOptionError(option, `--${option} does not know "${value}"; it takes ${names.join(', ')}`);
  }
  return name;
}

function listOf(value: string | readonly string[] | undefined): string[] {
  const parts = typeof value === 'string' ? [value] : [...(value ?? [])];
  return parts
    .flatMap((part) => part.split(','))
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
