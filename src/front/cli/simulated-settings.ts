// What the thread of the simulated market is told.
import type { CollectSettings } from '../app/index.ts';

export interface SimulatedSettings extends CollectSettings {
  readonly seed: string;
  /** About how many offers the market lists. */
  readonly offers: number;
  /** Simulated time that is collected at full speed first. */
  readonly backfillMs: number;
  /** Simulated time between the end of that and the present, walked through at a visible pace. */
  readonly paceMs: number;
  /** When the simulated world began, for a store that goes on; undefined for a new one. */
  readonly worldStartMs: number | undefined;
}
