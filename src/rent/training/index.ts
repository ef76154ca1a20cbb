// From the lines of a training log to figures, health and the time it will end. Knows nothing of where lines come from.
export {
  AGGREGATIONS,
  type Aggregation,
  type CustomMetric,
  GOOD_DIRECTIONS,
  type GoodDirection,
  type LogTemplate,
  type MetricSource,
} from './custom/custom-reader.ts';
export { JsonPathError } from './custom/json-path.ts';
export { TemplateError } from './custom/line-template.ts';
export { PatternError } from './custom/pattern-syntax.ts';
export {
  adviseCheckpoints,
  type CheckpointAdvice,
  type CheckpointQuestion,
  type CheckpointTerms,
} from './finish/checkpoint-advice.ts';
export {
  estimateFinish,
  FINISH_BASES,
  type Finish,
  type FinishBasis,
  type FinishQuestion,
  type Hazard,
  type Range,
} from './finish/estimate-finish.ts';
export { type OutsideFacts, outsidePace } from './finish/outside-pace.ts';
export { type Progress, progressOf, remainingStepsOf } from './finish/progress.ts';
export {
  createStepTimes,
  PAUSE_KINDS,
  type PauseKind,
  type PauseTimes,
  paceOf,
  type StepTimes,
  type StepTimeWatch,
} from './finish/step-times.ts';
export { createWorkedSteps, type WorkedSteps, type WorkedStepsWatch } from './finish/worked-steps.ts';
export { LOG_FORMATS } from './formats/all-formats.ts';
export {
  HEALTH_COLOURS,
  HEALTH_STATUSES,
  type Health,
  type HealthColour,
  type HealthQuestion,
  type HealthStatus,
  judgeHealth,
} from './health/health.ts';
export { HEALTH_LIMITS, type HealthLimits } from './health/health-limits.ts';
export {
  createLossWatch,
  LOSS_LIMITS,
  type LossLimits,
  type LossVerdict,
  type LossWatch,
} from './health/loss-watch.ts';
export { NO_FACTS, noteEvent, noteLine, type RunFacts } from './health/run-facts.ts';
export { createLineLook, type LineLook, type OddLines } from './lines/line-look.ts';
export { createLineReader, type LineEnding, type LineReader, type LogLine } from './lines/line-reader.ts';
export type { KeptPoint } from './metrics/kept-points.ts';
export {
  type AttemptSpan,
  createMetricStore,
  type MetricStore,
  RETENTION,
  type Retention,
} from './metrics/metric-store.ts';
export { createMetricNumbering, METRIC_NAMES, type MetricNumbering } from './metrics/metrics-of.ts';
export { trainingMigrations } from './metrics/migrations.ts';
export type { Series, SeriesPoint, SeriesQuestion } from './metrics/series.ts';
export type { Resolution } from './metrics/tables.ts';
export {
  type TrainingOptions,
  type TrainingThresholds,
  trainingOptionsSchema,
  trainingThresholdsSchema,
} from './options.ts';
export type { Figures, StepScope, ThroughputUnit } from './parser/figures.ts';
export type { LogEvent, Pause, ReadingEvent } from './parser/log-events.ts';
export type { LogFormat } from './parser/log-format.ts';
export { createLogParser, type LogParser, type LogParserOptions } from './parser/log-parser.ts';
export type { RunState } from './parser/run-state.ts';
export type { RunMetric } from './run-metric.ts';
export { createLogSummary, type LogSummary, type RunSummary, summarizeLog } from './summarize-log.ts';
