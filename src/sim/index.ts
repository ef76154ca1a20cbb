// The simulator of the marketplace: the market half.
export { createSim } from './create-sim.ts';
export { loadReplay } from './replay/read-recording.ts';
export { REPLAY_POLL_HEADER, REPLAY_TIME_HEADER } from './replay/replay-market.ts';
export {
  FAULTS,
  type FaultName,
  type FaultPlan,
  type RentalTruth,
  type ReplaySource,
  type Sim,
  type SimOptions,
  type SimServer,
  type SimTruth,
  type SlotTruth,
} from './types.ts';
