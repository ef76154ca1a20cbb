// What every part of the simulated service stands on.
import type { Accounts } from './accounts/accounts.ts';
import type { Agenda } from './agenda.ts';
import type { Dice } from './dice.ts';
import type { WorldFaults } from './faults/world-faults.ts';
import type { TruthLog } from './truth-log.ts';

export interface Service {
  readonly dice: Dice;
  readonly agenda: Agenda;
  readonly truthLog: TruthLog;
  readonly faults: WorldFaults;
  readonly accounts: Accounts;
  readonly startMs: number;
  /** The simulation's time: that of the event which is being worked off, else that of the last request. */
  readonly nowMs: () => number;
}
