// What a person can have done to runs from the screen. The screen only asks; whoever opens it gives the functions, the
// same that the commands call.
import type { RunView } from '../../rent/monitor/index.ts';

export const RUN_ACTS = ['stop', 'destroy', 'label', 'fetch', 'attach-key'] as const;
export type RunAct = (typeof RUN_ACTS)[number];

export interface ActPlan {
  /** `refused`: it cannot be done to this run, and the sentence says why and what to do instead. */
  readonly kind: 'possible' | 'refused';
  /** What would be done, to what, and what it costs or saves. */
  readonly sentence: string;
  /** What an hour costs less after it; null where nobody knows. */
  readonly savesPerHour: number | null;
}

export interface RunActs {
  /** Asks and changes nothing; a plan for each of the runs, in their order. */
  plan(act: RunAct, runs: readonly RunView[], signal: AbortSignal): Promise<readonly ActPlan[]>;
  /** Resolves to what was done, in a sentence; rejects with what went wrong. `label` is the new name. */
  act(
    act: RunAct,
    run: RunView,
    options: { readonly label?: string | undefined; readonly signal: AbortSignal },
  ): Promise<string>;
}
