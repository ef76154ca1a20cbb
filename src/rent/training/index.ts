export type { RunMetric } from './run-metric.ts';
