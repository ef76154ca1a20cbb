// A machine as jobs work on it: its pooled connection, its detached runs, transfers and artifacts, made once an instance.
import type { Clock, Log, Random } from '../../../base/std/index.ts';
import {
  type Artifacts,
  createArtifacts,
  createDetachedRuns,
  createTransfers,
  type DetachedRuns,
  type OpenSshAccess,
  type RemoteTarget,
  type ShellPool,
  type Transfers,
} from '../../remote/index.ts';

export interface Workplace {
  readonly target: RemoteTarget;
  readonly runs: DetachedRuns;
  readonly transfers: Transfers;
  readonly artifacts: Artifacts;
  /** Why it takes no new connection, where that was tried last; undefined while it does. */
  readonly refusal: () => string | undefined;
}

export interface Workplaces {
  of(instanceId: number): Workplace;
  /** Its connection is closed; to be called when the machine is given back. */
  forget(instanceId: number): Promise<void>;
}

export interface WorkplacesOptions {
  readonly pool: ShellPool<number>;
  readonly openSsh?: (instanceId: number) => OpenSshAccess | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Closing is left to whoever made the pool. */
export function createWorkplaces({ pool, clock, random, log, ...options }: WorkplacesOptions): Workplaces {
  const known = new Map<number, Workplace>();
  return {
    of(instanceId) {
      const present = known.get(instanceId);
      if (present) return present;
      const target: RemoteTarget = { open: pool.opener(instanceId), clock, random, log };
      const plain = createTransfers(target);
      // What OpenSSH's programs need is known once the machine has been entered.
      const transfers = () => {
        const openSsh = options.openSsh?.(instanceId);
        return openSsh ? createTransfers(target, { openSsh }) : plain;
      };
      const made: Workplace = {
        target,
        runs: createDetachedRuns(target),
        refusal: () => {
          const health = pool.health(instanceId);
          return health?.handshake === 'refused' ? health.reason : undefined;
        },
        get transfers() {
          return transfers();
        },
        get artifacts() {
          return createArtifacts(target, transfers());
        },
      };
      known.set(instanceId, made);
      return made;
    },
    async forget(instanceId) {
      known.delete(instanceId);
      await pool.forget(instanceId);
    },
  };
}
