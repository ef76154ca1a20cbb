// Whether the process that a file names still lives. A process id alone proves nothing: after a crash or a restart of the
// computer another program may have it. Id and start time together are never given out twice.
import { hostname } from 'node:os';
import { processExists, processStart } from '../../../base/store/index.ts';

export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, in the system's own words; empty where the system does not say. */
  readonly startedAs: string;
  readonly host: string;
}

/** `alive`, `dead`, or `elsewhere`: on another computer, of which nothing can be said from here. */
export type Liveness = 'alive' | 'dead' | 'elsewhere';

export function identify(pid: number): ProcessIdentity {
  return { pid, startedAs: processStart(pid), host: hostname() };
}

export function livenessOf({ pid, startedAs, host }: ProcessIdentity): Liveness {
  if (host !== hostname()) return 'elsewhere';
  if (!processExists(pid)) return 'dead';
  return processStart(pid) === startedAs ? 'alive' : 'dead';
}
