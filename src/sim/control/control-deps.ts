// What the control port reaches of a running simulation.
import type { Clock } from '../../base/std/index.ts';
import type { Faults } from '../faults/faults.ts';
import type { GpuLoad } from '../machine/index.ts';
import type { SimAccounts, SimTruth } from '../types.ts';

export interface ControlDeps {
  readonly truth: SimTruth;
  readonly faults: Faults;
  readonly accounts: SimAccounts;
  /** Throws RangeError for an unknown instance, and where nothing shows it. */
  readonly setGpuLoad: (instanceId: number, load: GpuLoad) => void;
  readonly clock: Clock;
  /** Brings the simulation to the clock's time. */
  readonly step: () => void;
  /** When the service has something to do next; Infinity when nothing is planned. */
  readonly nextAtMs: () => number;
  readonly startMs: number;
}
