// What a user may say of training in `vastdeck.yaml`: metrics and templates of his own, and from where on a run is not
// well. Everything is checked here, all faults at once.
import { z } from 'zod';
import { parseDuration } from '../../base/std/index.ts';
import {
  AGGREGATIONS,
  type CustomMetric,
  GOOD_DIRECTIONS,
  type LogTemplate,
} from './custom/custom-reader.ts';
import { parseJsonPath } from './custom/json-path.ts';
import { compileTemplate } from './custom/line-template.ts';
import { compilePattern } from './custom/pattern-syntax.ts';
import { HEALTH_LIMITS, type HealthLimits } from './health/health-limits.ts';
import { LOSS_LIMITS, type LossLimits } from './health/loss-watch.ts';

const name = z
  .string()
  .regex(/^[A-Za-z_][\w./-]{0,63}$/, 'must be up to 64 letters, digits, dots, slashes and dashes');

const metric = z
  .strictObject({
    name,
    /** A regular expression without look-around and back-references: the group `value`, or the first one. */
    pattern: z.string().min(1).max(500).optional(),
    ignoreCase: z.boolean().optional(),
    /** Of lines that are JSON objects: `$.eval.acc`. */
    path: z.string().min(1).max(200).optional(),
    unit: z.string().max(16).optional(),
    aggregation: z.enum(AGGREGATIONS).optional(),
    good: z.enum(GOOD_DIRECTIONS).optional(),
  })
  .transform((value, context): CustomMetric => {
    const { pattern, path, ignoreCase = false, unit, aggregation, good } = value;
    const shown = {
      name: value.name,
      ...(unit === undefined ? {} : { unit }),
      ...(aggregation === undefined ? {} : { aggregation }),
      ...(good === undefined ? {} : { good }),
    };
    if (pattern !== undefined && path === undefined) {
      tried(context, 'pattern', () => compilePattern(pattern, ignoreCase));
      return { ...shown, from: { kind: 'pattern', pattern, ignoreCase } };
    }
    if (path !== undefined && pattern === undefined) {
      tried(context, 'path', () => parseJsonPath(path));
      return { ...shown, from: { kind: 'json-path', path } };
    }
    context.addIssue({ code: 'custom', message: 'must have either a pattern or a path' });
    return z.NEVER;
  });

const templates = z
  .record(name, z.string().min(1).max(500))
  .transform((byName, context): readonly LogTemplate[] =>
    Object.entries(byName).map(([key, template]) => {
      tried(context, key, () => compileTemplate({ name: key, template }));
      return { name: key, template };
    }),
  );

const duration = z.string().transform((text, context) => {
  try {
    return parseDuration(text);
  } catch {
    // Its sentence would repeat the value.
    context.addIssue({ code: 'custom', message: 'must be a duration like 5m or 1h' });
    return z.NEVER;
  }
});

const percent = z.number().min(0).max(100);

const health = z
  .strictObject({
    /** A GPU that does less has too little to do. Default 10. */
    gpuLowPercent: percent.optional(),
    /** Default 95. */
    gpuHighPercent: percent.optional(),
    /** An idle GPU and no line for so long. Default 5m. */
    hungAfter: duration.optional(),
    /** No step for so long. Default 10m. */
    stalledAfter: duration.optional(),
    /** An evaluation or a checkpoint excuses for so long. Default 1h. */
    pauseAtMost: duration.optional(),
    /** Steps so many times as long as usual are slow. Default 1.5. */
    slowFactor: z.number().min(1).optional(),
    /** Hung and stalled runs have been so for at least so many usual steps. Default 10. */
    stepsOfPatience: z.number().min(0).optional(),
  })
  .transform(
    ({ hungAfter, stalledAfter, pauseAtMost, ...rest }): Partial<HealthLimits> =>
      given({
        ...rest,
        hungAfterMs: hungAfter,
        stalledAfterMs: stalledAfter,
        pauseAtMostMs: pauseAtMost,
      }),
  );

const loss = z
  .strictObject({
    /** Losses that a new one is compared with. Default 200. */
    window: z.int().min(20).max(10_000).optional(),
    /** Robust standard deviations above their median. Default 3. */
    zMax: z.number().positive().optional(),
    /** Readings in a row above it. Default 3. */
    readings: z.int().min(1).max(1_000).optional(),
  })
  .transform((value): Partial<LossLimits> => given(value));

/** Without the fields that are not set, so that they hide nothing when they are laid over others. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** From where on some runs are not well, where that differs from what holds for all: only what is written. */
export const trainingThresholdsSchema = z.strictObject({
  health: health.default({}),
  loss: loss.default({}),
});

export type TrainingThresholds = z.output<typeof trainingThresholdsSchema>;

export const trainingOptionsSchema = z.strictObject({
  /** Default none. */
  metrics: z.array(metric).max(100).default([]),
  /** By the name under which the format is shown. Default none. */
  templates: templates.default([]),
  /** Default `HEALTH_LIMITS`. */
  health: health.transform((over): HealthLimits => ({ ...HEALTH_LIMITS, ...over })).default(HEALTH_LIMITS),
  /** Default `LOSS_LIMITS`. */
  loss: loss.transform((over): LossLimits => ({ ...LOSS_LIMITS, ...over })).default(LOSS_LIMITS),
});

export type TrainingOptions = z.output<typeof trainingOptionsSchema>;

/** The sentence of what throws becomes a fault at this place. */
function tried(context: z.RefinementCtx, place: string, attempt: () => unknown): void {
  try {
    attempt();
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    context.addIssue({ code: 'custom', path: [place], message: cause.message });
  }
}
