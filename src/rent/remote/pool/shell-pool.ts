// The pooled connections of a process, one a machine, by whatever names machines.
import type { RemoteShell } from '../../../net/ssh/index.ts';
import type { OpenShell } from '../reconnect.ts';
import {
  type ConnectionHealth,
  createPooledShell,
  type PooledShell,
  type PooledShellOptions,
} from './pooled-shell.ts';

export interface ShellPoolOptions<Key> extends Omit<PooledShellOptions, 'connect'> {
  /** Makes a new connection each time. */
  readonly connect: (key: Key, options?: { readonly signal?: AbortSignal }) => Promise<RemoteShell>;
}

export interface ShellPool<Key> extends AsyncDisposable {
  /** For everything that wants a machine: each call gives a share of its one connection. */
  opener(key: Key): OpenShell;
  /** Undefined for a machine that nobody has asked for. */
  health(key: Key): ConnectionHealth | undefined;
  /** Closes a machine's connection under its users: the machine is gone. A later call makes a new one. */
  forget(key: Key): Promise<void>;
  close(): Promise<void>;
}

export function createShellPool<Key extends string | number>(options: ShellPoolOptions<Key>): ShellPool<Key> {
  const pooled = new Map<Key, PooledShell>();
  let isClosed = false;
  const of = (key: Key): PooledShell => {
    const known = pooled.get(key);
    if (known) return known;
    const made = createPooledShell({
      ...options,
      log: options.log.child({ machine: key }),
      connect: (how) => options.connect(key, how),
    });
    pooled.set(key, made);
    // Nobody is let in after the end: the call fails as on any closed connection.
    if (isClosed) void made.close();
    return made;
  };
  const close = async () => {
    isClosed = true;
    await Promise.all([...pooled.values()].map((one) => one.close()));
  };
  return {
    opener: (key) => (how) => of(key).open(how),
    health: (key) => pooled.get(key)?.health(),
    async forget(key) {
      const known = pooled.get(key);
      pooled.delete(key);
      await known?.close();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
