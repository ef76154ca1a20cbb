// What `top` is given to show, wherever it comes from.
import type { Monitor } from '../../../rent/monitor/index.ts';
import type { RunActs, Whose } from '../../tui/index.ts';
import type { TopSettings } from './top-flags.ts';

export interface TopSource extends AsyncDisposable {
  readonly monitor: Monitor;
  /** Null: nothing can be done to what it shows. */
  readonly acts: RunActs | null;
  /** What kept it from being opened; null where it is open. */
  readonly failure: unknown;
  /** Null for sample runs. */
  readonly whose: Whose | null;
  /** A daemon runs, and what was asked for keeps it from being shown. */
  readonly isBesideDaemon: boolean;
}

export function bareSource(monitor: Monitor, failure: unknown): TopSource {
  return {
    monitor,
    acts: null,
    failure,
    whose: null,
    isBesideDaemon: false,
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Empty: everything. */
export function selectOf({ instances, group }: TopSettings): readonly string[] {
  if (instances.length > 0) return instances;
  return group === undefined ? [] : [group];
}
