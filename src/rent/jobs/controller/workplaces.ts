// A machine as jobs work on it: its pooled connection, detached runs, transfers and artifacts, made once an instance.
import type { Clock, Log, Random } from '../../../base/std/index.ts';
import { ConnectRefusedError } from '../../../net/ssh/index.ts';
import {
  type Artifacts,
  createArtifacts,
  createDetachedRuns,
  createShellPool,
  createTransfers,
  type DetachedRuns,
  type OpenSshAccess,
  type RemoteTarget,
  type Transfers,
} from '../../remote/index.ts';
import type { AccountWatcher, ConnectInstance } from '../../rental/index.ts';

export interface Workplace {
  readonly target: RemoteTarget;
  readonly runs: DetachedRuns;
  readonly transfers: Transfers;
  readonly artifacts: Artifacts;
}

export interface Workplaces extends AsyncDisposable {
  of(instanceId: number): Workplace;
  /** Its connection is closed; to be called when the machine is given back. */
  forget(instanceId: number): Promise<void>;
}

export interface WorkplacesOptions {
  readonly watcher: Pick<AccountWatcher, 'lookup' | 'refresh'>;
  readonly connect: ConnectInstance;
  readonly openSsh?: (instanceId: number) => OpenSshAccess | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Ports change with a reboot. */
const FRESH_MS = 15_000;

export function createWorkplaces(options: WorkplacesOptions): Workplaces {
  const { watcher, connect, clock, random, log } = options;
  const pool = createShellPool<number>({
    connect: async (instanceId, { signal } = {}) => {
      // A listing serves all that connect at once; to ask for each by its id takes 2 s of the service's interval.
      const view = await watcher.refresh({
        startedAfterMs: clock.now() - FRESH_MS,
        signal,
        priority: 'controller',
      });
      const listed = view.instances.find(({ id }) => id === instanceId);
      const instance = listed ?? (await watcher.lookup(instanceId, signal));
      if (!instance) throw new ConnectRefusedError(`Instance ${instanceId} is not there any more`);
      return await connect(instance, signal ? { signal } : {});
    },
    clock,
    random,
    log,
  });
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
    [Symbol.asyncDispose]: () => pool.close(),
  };
}
