// What the account watcher, the only lister of instances, publishes. An empty, short or malformed listing is
// "unknown" and shows as `complete: false`; it never means that nothing is running.

export interface AccountView<Instance> {
  /** Grows by one with each listing begun. "Gone" needs two complete ones begun after the destroy. */
  readonly generation: number;
  readonly startedAtMs: number;
  /** Whether every page was read and counted up to the total that the service named. */
  readonly complete: boolean;
  /** Why it is not; empty when it is. */
  readonly reason: string;
  readonly instances: readonly Instance[];
}
