// One check before anything is spent: what was found, in a sentence.

/** `unknown`: could not be told from here; `warning`: may cost time or money; `fault`: the job cannot succeed so. */
export const VERDICTS = ['ok', 'unknown', 'warning', 'fault'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Check {
  /** What was looked at, like `setup` or `gpu memory`. */
  readonly name: string;
  readonly verdict: Verdict;
  /** With the values in it, and for all but ok what to do. */
  readonly sentence: string;
}
