// The daemon of a home, as any other process finds it.
import type { Secret } from '../../../base/std/index.ts';
import { type DaemonFile, readDaemonFile } from './daemon-file.ts';
import { readToken } from './daemon-tokens.ts';
import { livenessOf } from './process-identity.ts';

export interface FoundDaemon extends DaemonFile {
  /** Undefined when the file may not be read: then the daemon is somebody else's. */
  readonly token: Secret | undefined;
  /** It is on another computer that shares this home: `address` may not be reachable from here. */
  readonly isElsewhere: boolean;
}

/** Undefined when none runs, also when one was killed and has left its file. */
export function findDaemon(home: string): FoundDaemon | undefined {
  const file = readDaemonFile(home);
  if (!file) return undefined;
  const liveness = livenessOf(file);
  if (liveness === 'dead') return undefined;
  return { ...file, token: readToken(file.tokenFile), isElsewhere: liveness === 'elsewhere' };
}
