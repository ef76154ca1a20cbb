// The simulator of the marketplace: the market half.
export { createSim } from './create-sim.ts';
export {
  FAULTS,
  type FaultName,
  type FaultPlan,
  type FaultRule,
  faultSummary,
} from './faults/fault-plan.ts';
export { loadReplay } from './replay/read-recording.ts';
export { REPLAY_POLL_HEADER, REPLAY_TIME_HEADER } from './replay/replay-market.ts';
export { parseScenario, type Scenario, ScenarioError } from './scenario/scenario.ts';
export type {
  RentalTruth,
  ReplaySource,
  Sim,
  SimAccountOptions,
  SimAccounts,
  SimOptions,
  SimServer,
  SimTruth,
  SlotTruth,
  WebhookOptions,
} from './types.ts';
