// What can be known before anything is spent.
export {
  CHEAP_HOUR_WINDOW_MS,
  type CheapHour,
  type CheapHourFigures,
  type CheapHourQuestion,
  decideCheapHour,
  type HourlyPrice,
} from './cheap-hour.ts';
export { type Check, VERDICTS, type Verdict } from './check.ts';
export { checkDataset } from './check-dataset.ts';
export { checkEnvironment, checkRecovery } from './check-environment.ts';
export { checkSources } from './check-folders.ts';
export { checkGpuMemory, checkGpuNames } from './check-gpu.ts';
export { checkImageName, checkImageSize } from './check-image.ts';
export { checkBudget, checkCredit } from './check-money.ts';
export { checkScript } from './check-script.ts';
export { firstLease } from './first-lease.ts';
export { type JobPlan, type PlannedMarket, planJob } from './plan-job.ts';
export type { HistoryQuestion, PlanJobOptions, PriceHistory } from './plan-options.ts';
