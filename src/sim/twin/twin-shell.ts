// RemoteShell's calls on a twin: the same promises as the real client's, kept without a socket.
import type { Clock } from '../../base/std/index.ts';
import {
  COMMANDS_AT_ONCE,
  CommandTimeoutError,
  type ExecOptions,
  type ExecResult,
  OutputLimitError,
  type RemoteShell,
  type RemoteStream,
  type StreamEnd,
} from '../../net/ssh/index.ts';
import type { TwinFileSystem } from './file-system.ts';
import { type LinkLife, whileAlive } from './link-life.ts';
import type { Descriptors, TwinProcess } from './process.ts';
import type { ProcessTable } from './process-table.ts';
import { openTwinSession, type TwinSession } from './session.ts';
import { createTwinFiles } from './twin-files.ts';

export interface TwinShellOptions {
  readonly clock: Clock;
  readonly table: ProcessTable;
  readonly files: TwinFileSystem;
  readonly life: LinkLife;
  readonly home: string;
  /** Between a call and what it does. */
  readonly roundTripMs: number;
  /** Starts the login shell on a command line. */
  readonly start: (
    command: string,
    env: Readonly<Record<string, string>>,
    descriptors: Descriptors,
  ) => TwinProcess;
  readonly onClose: () => void;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const STREAM_STDERR_BYTES = 64 * 1024;

export function createTwinShell(options: TwinShellOptions): RemoteShell {
  const { clock, table, files, life, home, roundTripMs } = options;
  const running = new Set<TwinSession>();
  const line: (() => void)[] = [];
  let places = COMMANDS_AT_ONCE;
  let closing: Promise<void> | undefined;
  let isLost = false;
  life.whenEnded(() => {
    if (closing) return;
    isLost = true;
    for (const session of running) session.abandon();
  });

  const roundTrip = async (): Promise<void> => {
    if (roundTripMs > 0) await clock.sleep(roundTripMs);
  };
  const enter = async (): Promise<void> => {
    if (places > 0) {
      places -= 1;
      return;
    }
    await new Promise<void>((resolve) => line.push(resolve));
  };
  const leave = () => {
    const next = line.shift();
    if (next) next();
    else places += 1;
  };

  const start = async (
    command: string,
    { env = {}, stdin }: ExecOptions,
    stopping: Stopping,
    onStderr: (bytes: Uint8Array) => void,
  ): Promise<TwinSession> => {
    checkNames(env);
    const { signal, stop } = stopping;
    await enter();
    await roundTrip();
    if (signal.aborted) {
      leave();
      throw signal.reason;
    }
    const session = openTwinSession({
      clock,
      table,
      stdin,
      onStderr,
      onBrokenInput: stop,
      start: (descriptors) => options.start(command, env, descriptors),
    });
    running.add(session);
    const end = () => (isLost ? session.abandon() : void session.terminate());
    signal.addEventListener('abort', end, { once: true });
    void session.ended.then(() => {
      signal.removeEventListener('abort', end);
      running.delete(session);
      leave();
    });
    return session;
  };

  const exec = async (command: string, execOptions: ExecOptions = {}): Promise<ExecResult> => {
    const { maxOutputBytes = MAX_OUTPUT_BYTES } = execOptions;
    const stopping = createStopping(clock, life, command, execOptions);
    const stdout: Uint8Array[] = [];
    const stderr: Uint8Array[] = [];
    const hold = (pieces: Uint8Array[]) => (bytes: Uint8Array) => {
      pieces.push(bytes);
      if (pieces.reduce((sum, { length }) => sum + length, 0) > maxOutputBytes)
        stopping.stop(new OutputLimitError(command, maxOutputBytes));
    };
    const holdOutput = hold(stdout);
    const work = async () => {
      const session = await start(command, execOptions, stopping, hold(stderr));
      for await (const bytes of session.output()) holdOutput(bytes);
      return await session.ended;
    };
    try {
      const end = await whileAlive(life, stopping.signal, work());
      return { ...end, stdout: textOf(stdout), stderr: textOf(stderr) };
    } finally {
      stopping.dispose();
    }
  };

  const stream = (command: string, execOptions: ExecOptions = {}): RemoteStream => {
    const stopping = createStopping(clock, life, command, execOptions);
    let stderr = Buffer.alloc(0);
    const started = start(command, execOptions, stopping, (bytes) => {
      const all = Buffer.concat([stderr, bytes]);
      stderr = all.subarray(Math.max(0, all.length - STREAM_STDERR_BYTES));
    });
    const ended = whileAlive(
      life,
      stopping.signal,
      started.then((session) => session.ended),
    )
      .then((end): StreamEnd => ({ ...end, stderr: stderr.toString('utf8') }))
      .finally(stopping.dispose);
    // The loop throws the same error; `ended` is for who asks.
    ended.catch(() => {});
    async function* bytes(): AsyncGenerator<Uint8Array, void> {
      const session = await whileAlive(life, stopping.signal, started);
      const output = session.output();
      let isRead = false;
      try {
        for (;;) {
          const next = await whileAlive(life, stopping.signal, output.next());
          if (next.done) break;
          yield next.value;
        }
        isRead = true;
        await ended;
      } finally {
        if (!isRead && !isLost) await session.terminate();
      }
    }
    return { ended, [Symbol.asyncIterator]: bytes };
  };

  const close = async (): Promise<void> => {
    const left = [...running];
    life.close();
    if (!isLost) await Promise.all(left.map((session) => session.terminate()));
    options.onClose();
  };

  const shell: RemoteShell = {
    exec,
    stream,
    ...createTwinFiles({ files, life, home, roundTrip }),
    close: () => {
      if (!closing) {
        // Set before the first call rejects, so that nothing takes the close for a loss.
        let done = () => {};
        closing = new Promise((resolve) => {
          done = resolve;
        });
        void close().then(done);
      }
      return closing;
    },
    [Symbol.asyncDispose]: () => shell.close(),
  };
  return shell;
}

interface Stopping {
  readonly signal: AbortSignal;
  readonly stop: (reason: unknown) => void;
  readonly dispose: () => void;
}

/** One signal for the caller, the time limit and the connection. */
function createStopping(
  clock: Clock,
  life: LinkLife,
  command: string,
  { signal, timeoutMs }: ExecOptions,
): Stopping {
  const controller = new AbortController();
  const stop = (reason: unknown) => controller.abort(reason);
  const onAbort = () => stop(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer =
    timeoutMs === undefined
      ? undefined
      : clock.setTimer(timeoutMs, () => stop(new CommandTimeoutError(command, timeoutMs)));
  const forget = life.whenEnded(stop);
  return {
    signal: controller.signal,
    stop,
    dispose: () => {
      signal?.removeEventListener('abort', onAbort);
      timer?.cancel();
      forget();
    },
  };
}

function checkNames(env: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(env))
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw new TypeError(
        `${JSON.stringify(name)} cannot be the name of an environment variable; use letters, digits and _`,
      );
}

function textOf(pieces: readonly Uint8Array[]): string {
  return Buffer.concat(pieces).toString('utf8');
}
