// The connections to the machines of an account, one each, for everybody in this process, and not too many made at once.
import type { Clock, Log, Random } from '../../../base/std/index.ts';
import { ConnectRefusedError } from '../../../net/ssh/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import { createShellPool, type ShellPool } from '../../remote/index.ts';
import type { AccountWatcher, ConnectInstance } from '../../rental/index.ts';

export interface MachinePoolOptions {
  readonly watcher: Pick<AccountWatcher, 'refresh' | 'lookup'>;
  readonly connect: ConnectInstance;
  /** Handshakes that are under way at a time; default 8. */
  readonly connectionsAtOnce?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const CONNECTIONS_AT_ONCE = 8;
/** Where a machine is, is believed for so long: ports change with a reboot. */
const ADDRESS_MS = 15_000;

export function createMachinePool(options: MachinePoolOptions): ShellPool<number> {
  const { watcher, connect, connectionsAtOnce = CONNECTIONS_AT_ONCE, clock, random, log } = options;
  const turns = createTurns(connectionsAtOnce);
  /** While the account cannot be listed, a machine is where it was. */
  let known = new Map<number, Instance>();
  return createShellPool<number>({
    clock,
    random,
    log,
    connect: (instanceId, { signal } = {}) =>
      turns.take(async () => {
        signal?.throwIfAborted();
        const view = await watcher.refresh({ startedAfterMs: clock.now() - ADDRESS_MS, signal });
        if (view.complete) known = new Map(view.instances.map((instance) => [instance.id, instance]));
        // One listing serves all; to ask by an id takes 2 s of the service's interval.
        const instance = known.get(instanceId) ?? (await watcher.lookup(instanceId, signal));
        if (!instance)
          throw new ConnectRefusedError(
            `Instance ${instanceId} is not there any more; "vd ps" shows what there is`,
          );
        return await connect(instance, signal ? { signal } : {});
      }),
  });
}

interface Turns {
  take<T>(work: () => Promise<T>): Promise<T>;
}

/** So many at a time, in the order in which they came. */
function createTurns(atOnce: number): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async take(work) {
      if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
      else running += 1;
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running -= 1;
      }
    },
  };
}
