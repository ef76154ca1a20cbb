// Where a process can die: before and after each request, each transaction and each way into an instance. From the chosen
// point on it never does anything again, as after a kill.
import type { Store } from '../../../src/base/store/index.ts';
import type { RemoteShell } from '../../../src/net/ssh/index.ts';

export interface CrashPoints {
  /** Points passed so far, in order. */
  readonly passed: readonly string[];
  readonly isDead: boolean;
  /** Resolves with the point's name when the process dies. */
  readonly died: Promise<string>;
  /** Kills it at once. */
  kill(): void;
  fetch(send: typeof globalThis.fetch): typeof globalThis.fetch;
  store(store: Store): Store;
  connect<Target>(
    connect: (target: Target) => Promise<RemoteShell>,
  ): (target: Target) => Promise<RemoteShell>;
}

/** `at` counts from 1; without it the process lives until it is killed. */
export function createCrashPoints(at?: number): CrashPoints {
  const passed: string[] = [];
  const death = Promise.withResolvers<string>();
  let isDead = false;
  const die = (name: string) => {
    isDead = true;
    death.resolve(name);
  };
  /** Never resolves for the dead. */
  const pass = async (name: string): Promise<void> => {
    if (!isDead) {
      passed.push(name);
      if (passed.length === at) die(name);
    }
    if (isDead) await new Promise<never>(() => {});
  };
  const around = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    await pass(`before ${name}`);
    // What fails has ended too: its process may die before it hears of it.
    const settled = await act().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    await pass(`after ${name}`);
    if ('error' in settled) throw settled.error;
    return settled.value;
  };
  return {
    passed,
    get isDead() {
      return isDead;
    },
    died: death.promise,
    kill: () => die('killed'),
    fetch: (send) => (input, init) => {
      const request = new Request(input, init);
      const path = new URL(request.url).pathname.replaceAll(/\d{4,}/g, 'N');
      return around(`${request.method} ${path}`, () => send(request));
    },
    store: (store) => ({
      ...store,
      transaction: (fn) => around('commit', () => store.transaction(fn)),
    }),
    connect: (connect) => (target) => around('ssh', () => connect(target)),
  };
}
