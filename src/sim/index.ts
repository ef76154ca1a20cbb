// The simulator of the marketplace: its API, accounts, money, instances and what runs inside them.
export { createSim } from './create-sim.ts';
export {
  FAULTS,
  type FaultName,
  type FaultPlan,
  type FaultRule,
  faultSummary,
} from './faults/fault-plan.ts';
export type { Inside } from './inside.ts';
export { type RealInsideOptions, realInside } from './real-containers.ts';
export { loadReplay } from './replay/read-recording.ts';
export { REPLAY_POLL_HEADER, REPLAY_TIME_HEADER } from './replay/replay-market.ts';
export { parseScenario, type Scenario, ScenarioError } from './scenario/scenario.ts';
export { isLoopback } from './serve-options.ts';
export type { TruthEvent } from './truth-log.ts';
export { type TwinInsideOptions, twinInside } from './twin-containers.ts';
export type {
  AccountTruth,
  ChargesFilter,
  InstanceTruth,
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
