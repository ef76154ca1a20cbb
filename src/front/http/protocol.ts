// What is spoken between the daemon and its clients: schemas and their types, and nothing else, so that a browser can have
// them too. Times are epoch milliseconds (UTC), money is dollars unless its name says otherwise.
export { type EventRow, type EventsAnswer, eventsSchema } from './protocol/events.ts';
export {
  faultSchema,
  type HealthAnswer,
  healthSchema,
  type StatusAnswer,
  statusSchema,
} from './protocol/health.ts';
export {
  type InstanceRow,
  type InstancesAnswer,
  instancesSchema,
  type RentalRow,
  rentalsSchema,
} from './protocol/instances.ts';
export {
  type JobDetail,
  type JobRow,
  jobDetailSchema,
  jobSchema,
  jobsSchema,
  type SubmitRequest,
} from './protocol/jobs.ts';
export { type MarketAnswer, marketSchema } from './protocol/market.ts';
export { type BudgetAnswer, budgetSchema, type HaltAnswer, haltSchema } from './protocol/money.ts';
export {
  linesSchema,
  type RunRow,
  type RunsAnswer,
  runsSchema,
  seriesSchema,
} from './protocol/runs.ts';
