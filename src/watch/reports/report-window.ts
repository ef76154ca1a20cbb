// The polls that a report covers, and what is told about them.

/** A poll belongs to the window when its time is in [sinceMs, untilMs]; nothing is credited after `untilMs`. */
export interface ReportWindow {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly firstPoll: number;
  readonly lastPoll: number;
  /** The store's, whether in the window or not. */
  readonly newestPoll: number;
  readonly polls: number;
  readonly firstPollMs: number;
  readonly lastPollMs: number;
  readonly holes: number;
  readonly holeMs: number;
  readonly incompletePolls: number;
  readonly lastPollComplete: boolean;
  /** How many different collection filters were used in it. */
  readonly filters: number;
}
