// What the user adds to the parser: metrics by regular expression or JSON path, and templates of lines.
import { parseRecord } from '../parser/json-record.ts';
import type { Finding, LogFormat } from '../parser/log-format.ts';
import { numberOf } from '../parser/numbers.ts';
import { parseJsonPath, valueAt } from './json-path.ts';
import { compileTemplate, type LogTemplate } from './line-template.ts';
import { matchPattern } from './pattern-match.ts';
import { compilePattern } from './pattern-syntax.ts';

export type { LogTemplate } from './line-template.ts';

export const AGGREGATIONS = ['last', 'mean', 'min', 'max', 'sum'] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];
export const GOOD_DIRECTIONS = ['up', 'down', 'none'] as const;
export type GoodDirection = (typeof GOOD_DIRECTIONS)[number];

export interface CustomMetric {
  readonly name: string;
  /** Shown behind the value. */
  readonly unit?: string;
  /** How several values are made one, in charts and tables. Default 'last'. */
  readonly aggregation?: Aggregation;
  /** Which way is better. Default 'none'. */
  readonly good?: GoodDirection;
  readonly from: MetricSource;
}

export type MetricSource =
  /** The value is the group named `value`, else the first group, else the whole match. */
  | { readonly kind: 'pattern'; readonly pattern: string; readonly ignoreCase?: boolean }
  /** Of lines that are JSON objects: `$.eval.acc`. */
  | { readonly kind: 'json-path'; readonly path: string };

export interface CustomReader {
  /** A format for each template, under its name. */
  readonly formats: readonly LogFormat[];
  /** The custom metrics of a line; undefined where it has none. */
  valuesOf(line: string): Readonly<Record<string, number>> | undefined;
  /** Names of the patterns that were given up since the last call. */
  newlySlow(): readonly string[];
}

/** Steps over one line above which a pattern is dear: some 5 ms. */
const STEPS_MAX = 100_000;
/** So many dear lines, and the pattern is not tried any more. */
const DEAR_LINES_MAX = 20;

type Metric = {
  readonly name: string;
  readonly read: (line: string, record: () => unknown) => number | undefined;
};

/**
 * Throws a `PatternError`, `JsonPathError` or `TemplateError` for what cannot be read. A pattern's work over a line is
 * bounded by its length times the line's (4,096 characters at most), and a pattern that comes near that is given up.
 */
export function createCustomReader({
  custom,
  templates,
}: {
  readonly custom: readonly CustomMetric[];
  readonly templates: readonly LogTemplate[];
}): CustomReader {
  let slow: string[] = [];
  const metrics: readonly Metric[] = custom.map(({ name, from }) => ({ name, read: reader(name, from) }));

  function reader(name: string, from: MetricSource): Metric['read'] {
    if (from.kind === 'json-path') {
      const steps = parseJsonPath(from.path);
      return (_, record) => asNumber(valueAt(record(), steps));
    }
    const program = compilePattern(from.pattern, from.ignoreCase);
    let dearLines = 0;
    return (line) => {
      if (dearLines >= DEAR_LINES_MAX) return undefined;
      const { value, steps } = matchPattern(program, line);
      if (steps > STEPS_MAX) {
        dearLines += 1;
        if (dearLines === DEAR_LINES_MAX) slow.push(name);
      }
      return value === undefined ? undefined : asNumber(value);
    };
  }

  return {
    formats: templates.map(templateFormat),
    valuesOf(line) {
      let record: unknown;
      let isParsed = false;
      const recordOf = () => {
        if (!isParsed) record = line.startsWith('{') ? parseRecord(line) : null;
        isParsed = true;
        return record;
      };
      let values: Record<string, number> | undefined;
      for (const { name, read } of metrics) {
        const value = read(line, recordOf);
        if (value === undefined) continue;
        values ??= {};
        values[name] = value;
      }
      return values;
    },
    newlySlow() {
      if (slow.length === 0) return slow;
      const told = slow;
      slow = [];
      return told;
    },
  };
}

function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? numberOf(value) : undefined;
}

function templateFormat(template: LogTemplate): LogFormat {
  const read = compileTemplate(template);
  return {
    name: template.name,
    rank: 'own',
    start:
      () =>
      (line): Finding | null => {
        const figures = read(line);
        return figures && { kind: 'figures', figures };
      },
  };
}
