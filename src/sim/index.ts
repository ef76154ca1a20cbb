// The simulator of the marketplace: the market half.
export { createSim } from './create-sim.ts';
export { FAULTS, type FaultName, type FaultPlan, type FaultRule } from './faults/fault-plan.ts';
export { loadReplay } from './replay/read-recording.ts';
export { REPLAY_POLL_HEADER, REPLAY_TIME_HEADER } from './replay/replay-market.ts';
export type {
  RentalTruth,
  ReplaySource,
  Sim,
  SimOptions,
  SimServer,
  SimTruth,
  SlotTruth,
} from './types.ts';
