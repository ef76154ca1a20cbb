// What is spoken between the daemon and its clients: schemas and their types, and nothing else, so that a browser can have
// them too. Times are epoch milliseconds (UTC), money is dollars unless its name says otherwise.
export { type CostAnswer, costSchema } from './protocol/cost.ts';
export { type EventRow, type EventsAnswer, eventsSchema } from './protocol/events.ts';
export {
  type DaemonAnswer,
  daemonSchema,
  faultSchema,
  type HealthAnswer,
  healthSchema,
  type StatusAnswer,
  statusSchema,
} from './protocol/health.ts';
export {
  type KeptRunDetail,
  type KeptRunRow,
  keptRunDetailSchema,
  keptRunsSchema,
  keptSeriesSchema,
  runConfigSchema,
} from './protocol/history.ts';
export {
  type InstanceRow,
  type InstancesAnswer,
  instancesSchema,
  type RentalRow,
  type RoundAnswer,
  rentalsSchema,
  roundSchema,
} from './protocol/instances.ts';
export {
  type JobDetail,
  type JobRow,
  type JobStory,
  type JobWord,
  jobDetailSchema,
  jobSchema,
  jobStorySchema,
  jobsSchema,
  type SubmitRequest,
} from './protocol/jobs.ts';
export { type MarketAnswer, marketSchema } from './protocol/market.ts';
export {
  type BudgetAnswer,
  budgetSchema,
  type CapRequest,
  type CapRow,
  capSchema,
  type HaltAnswer,
  type HaltChangeAnswer,
  haltChangeSchema,
  type LimitRequest,
  type LimitRow,
  limitSchema,
  removedSchema,
} from './protocol/money.ts';
export {
  linesSchema,
  type RunRow,
  type RunsAnswer,
  runsSchema,
  seriesSchema,
} from './protocol/runs.ts';
export { type WhyAnswer, whySchema } from './protocol/why.ts';
