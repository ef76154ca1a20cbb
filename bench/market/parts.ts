// The parts of `bench market` by name, in the order in which they run. Each is loaded alone, so that its memory is
// its own.
import type { Report } from '../lines.ts';
import { storeDir } from './store-dir.ts';

const MONTH_PARTS = ['reference', 'store', 'reports', 'answers', 'durable', 'equal'] as const;
const YEAR_PARTS = ['year-equal', 'year', 'year-check', 'year-reports'] as const;
type PartName = (typeof MONTH_PARTS)[number] | (typeof YEAR_PARTS)[number];

/** What a part measures is made by another one. */
const MADE_BY: Readonly<Partial<Record<string, string>>> = {
  reports: 'store',
  durable: 'answers',
  'year-check': 'year',
  'year-reports': 'year',
};

/** The parts asked for, and those that make what they measure, in order. */
export function withMakers(only: readonly string[], parts: readonly string[]): readonly string[] {
  const wanted = new Set([...only, ...only.flatMap((name) => MADE_BY[name] ?? [])]);
  return parts.filter((name) => wanted.has(name));
}

/** From this many days on the store is built from the trace's changes, and only its reports are measured. */
const YEAR_FROM_DAYS = 90;

export interface PartOptions {
  readonly days: number;
  /** Where the stores of this run are; the parts find each other's by name. */
  readonly folder: string;
}

export function marketParts(days: number): readonly string[] {
  return days >= YEAR_FROM_DAYS ? YEAR_PARTS : MONTH_PARTS;
}

export async function runMarketPart(name: string, options: PartOptions, report: Report): Promise<void> {
  const { days, folder } = options;
  switch (name as PartName) {
    case 'reference':
      return await (await import('./part-reference.ts')).measureReference(options, report);
    case 'store':
      return await (await import('./as-collector.ts')).runAsCollector('store', options, report);
    case 'reports':
      return await (await import('./part-reports.ts')).measureReports(
        { days, dir: storeDir(folder, 'month') },
        report,
      );
    case 'answers':
      return (await import('./part-durable.ts')).writeAnswers(options, report);
    case 'durable':
      return await (await import('./as-collector.ts')).runAsCollector('durable', options, report);
    case 'equal':
      return await (await import('./part-equal.ts')).measureEquality(options, report);
    case 'year':
      return await (await import('./part-year.ts')).measureYear(options, report);
    case 'year-check':
      return await (await import('./part-year.ts')).checkYear(options, report);
    case 'year-equal':
      return await (await import('./part-year-equal.ts')).measureYearEquality(options, report);
    case 'year-reports':
      return await (await import('./part-reports.ts')).measureReports(
        { days, dir: storeDir(folder, 'year') },
        report,
      );
    default:
      throw new Error(`The benchmark has no part "${name}"`);
  }
}
