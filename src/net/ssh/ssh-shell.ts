// RemoteShell's calls on one SSH connection: commands in turn on channels, files over one SFTP session.
import { wrapCommand } from './command-line.ts';
import type { Connection } from './connection.ts';
import { OutputLimitError, ShellClosedError } from './errors.ts';
import { createKiller } from './killer.ts';
import {
  COMMANDS_AT_ONCE,
  type ExecOptions,
  type ExecResult,
  type RemoteShell,
  type RemoteStream,
  type StreamEnd,
} from './remote-shell.ts';
import { type RunningCommand, runCommand } from './running-command.ts';
import { downloadFile, listFolder, readAt, statFile, uploadFile, writeAt } from './sftp-files.ts';
import { SftpSession } from './sftp-session.ts';
import { createStopSignal, orStopped } from './stop-signal.ts';
import { createTurnstile } from './turnstile.ts';

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const STREAM_STDERR_BYTES = 64 * 1024;

/** How long the far side may take to answer a goodbye before the socket is closed by force. */
const GOODBYE_MS = 1_000;

export function createSshShell(connection: Connection): RemoteShell {
  const { clock, target } = connection;
  const session = new SftpSession(connection);
  const killer = createKiller(connection);
  const turns = createTurnstile(COMMANDS_AT_ONCE);
  const running = new Set<RunningCommand>();
  let closing: Promise<void> | undefined;

  /** A command that is stopped while it starts is ended as soon as it has started. */
  const start = async (
    command: string,
    { env, stdin, byLoginShell }: ExecOptions,
    { signal, stop }: { readonly signal: AbortSignal; readonly stop: (reason: unknown) => void },
    onStderr: (bytes: Buffer) => void,
  ): Promise<RunningCommand> => {
    const { line, inputPrefix } = wrapCommand(command, {
      ...(env && { env }),
      ...(byLoginShell !== undefined && { byLoginShell }),
    });
    const leave = await turns.enter(signal);
    try {
      const started = await runCommand({ connection, killer, onStderr }, line);
      running.add(started);
      const end = () => void started.terminate();
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
      void started.closed.then(() => {
        signal.removeEventListener('abort', end);
        running.delete(started);
        leave();
      });
      // What the caller's own input throws ends the command with that error.
      started.feed(inputPrefix, stdin).catch(stop);
      return started;
    } catch (error) {
      leave();
      throw error;
    }
  };

  const exec = async (command: string, options: ExecOptions = {}): Promise<ExecResult> => {
    const { maxOutputBytes = MAX_OUTPUT_BYTES } = options;
    using stopping = createStopSignal({ clock, connection }, command, options);
    const overLimit = () => stopping.stop(new OutputLimitError(command, maxOutputBytes));
    const stdout = createHold(maxOutputBytes, overLimit);
    const stderr = createHold(maxOutputBytes, overLimit);
    const work = async () => {
      const started = await start(command, options, stopping, stderr.add);
      for await (const bytes of started.output(stopping.signal)) stdout.add(bytes);
      return await started.ended;
    };
    const end = await orStopped(stopping.signal, work());
    return { ...end, stdout: stdout.text(), stderr: stderr.text() };
  };

  const stream = (command: string, options: ExecOptions = {}): RemoteStream => {
    const stopping = createStopSignal({ clock, connection }, command, options);
    const stderr = createTail(STREAM_STDERR_BYTES);
    const started = start(command, options, stopping, stderr.add);
    const ended = orStopped(
      stopping.signal,
      started.then((one) => one.ended),
    )
      .then((end): StreamEnd => ({ ...end, stderr: stderr.text() }))
      .finally(() => stopping[Symbol.dispose]());
    // The loop throws the same error; `ended` is for who asks.
    ended.catch(() => {});
    async function* bytes(): AsyncGenerator<Uint8Array, void> {
      let isRead = false;
      try {
        yield* (await orStopped(stopping.signal, started)).output(stopping.signal);
        isRead = true;
        await ended;
      } finally {
        if (!isRead)
          await started.then(
            (one) => one.terminate(),
            () => {},
          );
      }
    }
    return { ended, [Symbol.asyncIterator]: bytes };
  };

  const close = async (): Promise<void> => {
    connection.refuse(new ShellClosedError(`The shell on ${target} was closed`));
    await Promise.all([...running].map((one) => one.terminate()));
    await connection.hangUp(GOODBYE_MS);
  };

  const shell: RemoteShell = {
    exec,
    stream,
    stat: (path) => statFile(session, path),
    list: (path) => listFolder(session, path),
    read: (path, offset, length) => readAt(session, path, offset, length),
    write: (path, offset, bytes) => writeAt(session, path, offset, bytes),
    download: (path, options = {}) => downloadFile(session, path, options),
    upload: (path, pieces, options = {}) => uploadFile(session, path, pieces, options),
    close: () => {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => shell.close(),
  };
  return shell;
}

/** Keeps everything, up to a limit. */
function createHold(maxBytes: number, onOverLimit: () => void) {
  const pieces: Uint8Array[] = [];
  let held = 0;
  return {
    add: (bytes: Uint8Array) => {
      held += bytes.length;
      if (held > maxBytes) onOverLimit();
      else pieces.push(bytes);
    },
    text: () => Buffer.concat(pieces).toString('utf8'),
  };
}

/** Keeps the last bytes. */
function createTail(maxBytes: number) {
  let tail = Buffer.alloc(0);
  return {
    add: (bytes: Buffer) => {
      const all = Buffer.concat([tail, bytes]);
      tail = all.subarray(Math.max(0, all.length - maxBytes));
    },
    text: () => tail.toString('utf8'),
  };
}
