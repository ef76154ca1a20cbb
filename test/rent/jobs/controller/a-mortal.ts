// A process that can die or sleep at any point: all that it hears from outside (time, the service, the store, machines)
// passes one gate. The dead never hear of anything again, as after a kill -9; the frozen hear it when they wake, as after a
// laptop's lid was closed.
import type { Clock, Timer } from '../../../../src/base/std/index.ts';
import type { Store } from '../../../../src/base/store/index.ts';
import type { RemoteShell, RemoteStream } from '../../../../src/net/ssh/index.ts';

export interface Mortal {
  /** Points passed so far, in order. */
  readonly passed: readonly string[];
  readonly isDead: boolean;
  /** Resolves with the point's name when the process dies. */
  readonly died: Promise<string>;
  kill(): void;
  freeze(): void;
  thaw(): void;
  readonly clock: Clock;
  fetch(send: typeof globalThis.fetch): typeof globalThis.fetch;
  store(store: Store): Store;
  connect<Target>(
    connect: (target: Target) => Promise<RemoteShell>,
  ): (target: Target) => Promise<RemoteShell>;
}

let born = 0;
/** The marks of those that have died, as the system knows them. */
const gone = new Set<string>();

/** `at` counts points from 1; without it the process lives until it is killed. */
export function createMortal(clock: Clock, at?: number): Mortal {
  born += 1;
  const mark = `mortal ${born}`;
  const passed: string[] = [];
  const death = Promise.withResolvers<string>();
  const shells = new Set<RemoteShell>();
  let isDead = false;
  let asleep: PromiseWithResolvers<void> | undefined;

  const die = (name: string) => {
    if (isDead) return;
    isDead = true;
    gone.add(mark);
    death.resolve(name);
    // The kernel closes what a killed process had open.
    for (const shell of shells) shell.close().catch(() => {});
  };
  /** Never resolves for the dead. */
  const gate = async (): Promise<void> => {
    while (asleep && !isDead) await asleep.promise;
    if (isDead) await new Promise<never>(() => {});
  };
  const point = async (name: string | undefined): Promise<void> => {
    if (!isDead && name !== undefined) {
      passed.push(name);
      if (passed.length === at) die(name);
    }
    await gate();
  };
  const through = async <T>(name: string | undefined, act: () => Promise<T>): Promise<T> => {
    await point(name && `before ${name}`);
    const settled = await act().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    await point(name && `after ${name}`);
    if ('error' in settled) throw settled.error;
    return settled.value;
  };
  async function* each(name: string | undefined, bytes: AsyncIterable<Uint8Array>) {
    await point(name && `before ${name}`);
    for await (const piece of bytes) {
      await gate();
      yield piece;
    }
    await point(name && `after ${name}`);
  }

  const setTimer = (ms: number, fn: () => void): Timer => {
    let isCancelled = false;
    const timer = clock.setTimer(ms, () => {
      void gate().then(() => {
        if (!isCancelled) fn();
      });
    });
    return {
      cancel: () => {
        isCancelled = true;
        timer.cancel();
      },
    };
  };

  const mortalShell = (shell: RemoteShell): RemoteShell => {
    shells.add(shell);
    const mortal: RemoteShell = {
      exec: (command, options) =>
        through(options?.stdin === undefined ? undefined : 'command with input', () =>
          shell.exec(command, options),
        ),
      stream: (command, options): RemoteStream => {
        const stream = shell.stream(command, options);
        const ended = through(undefined, () => stream.ended);
        ended.catch(() => {});
        return { ended, [Symbol.asyncIterator]: () => each(undefined, stream) };
      },
      stat: (path) => through(undefined, () => shell.stat(path)),
      list: (path) => through(undefined, () => shell.list(path)),
      read: (path, offset, length) => through(undefined, () => shell.read(path, offset, length)),
      write: (path, offset, bytes) => through('write', () => shell.write(path, offset, bytes)),
      download: (path, options) => each('download', shell.download(path, options)),
      upload: (path, pieces, options) => through('upload', () => shell.upload(path, pieces, options)),
      close: () => {
        shells.delete(shell);
        return shell.close();
      },
      [Symbol.asyncDispose]: () => mortal.close(),
    };
    return mortal;
  };

  const mortalClock: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          timer.cancel();
          reject(signal?.reason);
        };
        const timer = setTimer(ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
  };

  return {
    passed,
    get isDead() {
      return isDead;
    },
    died: death.promise,
    kill: () => die('killed'),
    freeze: () => {
      asleep ??= Promise.withResolvers<void>();
    },
    thaw: () => {
      asleep?.resolve();
      asleep = undefined;
    },
    clock: mortalClock,
    fetch: (send) => (input, init) => {
      const request = new Request(input, init);
      const path = new URL(request.url).pathname.replaceAll(/\d{4,}/g, 'N');
      // Who dies around a question has changed nothing.
      const name = request.method === 'GET' ? undefined : `${request.method} ${path}`;
      return through(name, () => send(request));
    },
    store: (store) => ({
      ...store,
      clock: mortalClock,
      processes: { own: mark, isGone: (other) => gone.has(other) },
      transaction: (fn) => through('commit', () => store.transaction(fn)),
    }),
    connect: (connect) => async (target) => mortalShell(await through(undefined, () => connect(target))),
  };
}
