// A scenario: a simulated marketplace and what goes wrong in it when, as a YAML file that people write. It is checked
// as a whole: all mistakes come at once, each with its line.
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { parseDuration, parseTime } from '../../base/std/index.ts';
import { FAULTS, type FaultPlan } from '../faults/fault-plan.ts';
import type { FaultEvent } from '../types.ts';

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly seed: string | undefined;
  readonly offers: number | undefined;
  readonly speed: number | undefined;
  readonly startMs: number | undefined;
  /** Dollars that the first account has. */
  readonly credit: number | undefined;
  readonly searchesPerMinute: number | undefined;
  readonly cap: readonly number[] | undefined;
  readonly intervalFactor: number | undefined;
  readonly faults: FaultPlan;
  /** In order of their time. */
  readonly events: readonly FaultEvent[];
}

/** A scenario that cannot be run, with every reason. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

const duration = z.string().transform((text, context) => {
  try {
    return parseDuration(text);
  } catch {
    return invalid(context, `"${text}" is no length of time; write it like 10m, 2h or 1d`);
  }
});

const time = z.string().transform((text, context) => {
  try {
    return parseTime(text, 0);
  } catch {
    return invalid(context, `"${text}" is no time; write it like 2026-01-01T00:00:00Z`);
  }
});

const route = z.string().transform((text, context) => {
  try {
    return new RegExp(text);
  } catch {
    return invalid(context, `"${text}" is no regular expression for a route, like PUT .*asks`);
  }
});

const faultName = z.enum(FAULTS, {
  error: ({ input }) => `"${String(input)}" is not a fault; there are ${FAULTS.join(', ')}`,
});

const rule = z
  .strictObject({
    probability: z.number().min(0).max(1),
    route: route.optional(),
    from: duration.optional(),
    until: duration.optional(),
  })
  .transform(({ from, until, ...rest }) => ({
    probability: rest.probability,
    ...(rest.route && { route: rest.route }),
    ...(from !== undefined && { fromMs: from }),
    ...(until !== undefined && { untilMs: until }),
  }));

/** A bare number is a probability; a union of the two would hide what is wrong with the longer form. */
const probabilityOrRule = z.preprocess(
  (value) => (typeof value === 'number' ? { probability: value } : value),
  rule,
);

const event = z
  .strictObject({
    at: duration,
    fault: faultName,
    times: z.int().min(1).default(1),
    route: route.optional(),
    id: z.int().optional(),
  })
  .transform(({ at, ...rest }) => ({
    atMs: at,
    fault: rest.fault,
    times: rest.times,
    route: rest.route,
    id: rest.id,
  }));

const scenario = z.strictObject({
  name: z.string(),
  about: z.string().default(''),
  seed: z.union([z.string(), z.number()]).optional(),
  offers: z.int().min(1).optional(),
  speed: z.number().positive().optional(),
  start: time.optional(),
  credit: z.number().optional(),
  searches_per_minute: z.int().min(0).optional(),
  cap: z.union([z.int().min(1), z.array(z.int().min(1)).min(1)]).optional(),
  intervals: z.enum(['published', 'off']).optional(),
  faults: z.partialRecord(faultName, probabilityOrRule).default({}),
  events: z.array(event).default([]),
});

/** Reads a scenario's text; throws ScenarioError, which names the file and every mistake with its line. */
export function parseScenario(text: string, file: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    throw new ScenarioError(
      `${file} is no YAML: ${document.errors.map(({ message }) => message).join('; ')}`,
    );
  }
  const parsed = scenario.safeParse(document.toJS());
  if (!parsed.success) {
    const lineOf = (path: readonly PropertyKey[]): number => {
      const node = document.getIn(path, true) as { readonly range?: readonly number[] } | undefined;
      if (node?.range) return lines.linePos(node.range[0] as number).line;
      return path.length === 0 ? 1 : lineOf(path.slice(0, -1));
    };
    const mistakes = parsed.error.issues.map(
      ({ path, message }) => `line ${lineOf(path)}: ${path.join('.') || 'the file'}: ${message}`,
    );
    throw new ScenarioError(`${file} is no scenario:\n  ${mistakes.join('\n  ')}`);
  }
  const { seed, start, cap, intervals, searches_per_minute: searches, ...rest } = parsed.data;
  return {
    name: rest.name,
    about: rest.about,
    seed: seed === undefined ? undefined : String(seed),
    offers: rest.offers,
    speed: rest.speed,
    startMs: start,
    credit: rest.credit,
    searchesPerMinute: searches === 0 ? Number.POSITIVE_INFINITY : searches,
    cap: typeof cap === 'number' ? [cap] : cap,
    intervalFactor: intervals === 'off' ? 0 : intervals && 1,
    faults: rest.faults,
    events: rest.events.toSorted((a, b) => a.atMs - b.atMs),
  };
}

function invalid(context: z.core.$RefinementCtx, message: string): never {
  context.issues.push({ code: 'custom', message, input: undefined });
  return z.NEVER;
}
