// One command on its own channel: its input, its output, its end, and how it is ended from here.
import type { ClientChannel } from 'ssh2';
import type { Clock } from '../../base/std/index.ts';
import { createStderrReader, createStdoutReader } from './command-line.ts';
import type { Connection } from './connection.ts';
import type { Killer } from './killer.ts';
import { openSession } from './open-session.ts';
import type { CommandEnd, CommandInput } from './remote-shell.ts';

/** How long a command may take to obey SIGTERM before its channel is closed over it. */
const TERM_GRACE_MS = 2_000;

/** Starts a command line in a session of its own. Rejects with SessionRefusedError or the connection's end. */
export function runCommand(
  { connection, killer, onStderr }: Omit<RunningCommandOptions, 'channel'>,
  line: string,
): Promise<RunningCommand> {
  return openSession<RunningCommand>(connection, (opened) =>
    connection.client.exec(line, (cause, channel) => {
      if (cause) return opened(cause, undefined as never);
      // Not a turn of the loop later: a short command's end may stand in the same packet as its beginning.
      opened(undefined, new RunningCommand({ connection, killer, channel, onStderr }));
    }),
  );
}

interface RunningCommandOptions {
  readonly connection: Connection;
  readonly killer: Killer;
  readonly channel: ClientChannel;
  /** Gets the command's own standard error; standard output is read by `output`. */
  readonly onStderr: (bytes: Buffer) => void;
}

export class RunningCommand {
  /** How it ended, once its output is read to the end; rejects when the connection ends first. */
  readonly ended: Promise<CommandEnd>;
  /** Resolves when its channel is closed or its connection gone: nothing of it is left here. */
  readonly closed: Promise<void>;
  readonly #clock: Clock;
  readonly #killer: Killer;
  readonly #channel: ClientChannel;
  readonly #processId: Promise<number>;
  #isClosed = false;
  #ending: Promise<void> | undefined;

  constructor({ connection, killer, channel, onStderr }: RunningCommandOptions) {
    this.#clock = connection.clock;
    this.#killer = killer;
    this.#channel = channel;
    // What is written after the channel's end is lost on purpose: the command did not want it.
    channel.on('error', () => {});
    let tellProcessId: (processId: number) => void = () => {};
    this.#processId = new Promise((resolve) => {
      tellProcessId = resolve;
    });
    const prelude = createStderrReader(tellProcessId);
    const give = (bytes: Buffer) => bytes.length > 0 && onStderr(bytes);
    channel.stderr.on('data', (bytes: Buffer) => give(prelude.take(bytes)));
    channel.stderr.once('end', () => give(prelude.rest()));
    let end: CommandEnd = { code: null, signal: null };
    channel.once('exit', (code: number | null, signal?: string) => {
      end = { code, signal: signal ?? null };
    });
    const bothEnded = Promise.all([
      new Promise((resolve) => channel.once('close', resolve)),
      new Promise((resolve) => channel.stderr.once('end', resolve)),
    ]);
    this.ended = connection.during<CommandEnd>(({ resolve, reject }) => {
      bothEnded.then(() => resolve(end), reject);
    });
    this.closed = Promise.race([bothEnded, connection.closed]).then(() => {
      this.#isClosed = true;
    });
    // Seen by whoever awaits it; a command that was ended from here may have nobody left who does.
    this.ended.catch(() => {});
  }

  /** Sends the input and closes it. Rejects with what an iterable throws; stops quietly when the command ends. */
  async feed(prefix: string, input: CommandInput = ''): Promise<void> {
    const channel = this.#channel;
    if (prefix !== '') channel.write(prefix);
    if (typeof input === 'string' || input instanceof Uint8Array) {
      channel.end(input);
      return;
    }
    for await (const piece of input) {
      if (this.#isClosed) return;
      if (channel.write(piece)) continue;
      await Promise.race([new Promise((resolve) => channel.once('drain', resolve)), this.closed]);
    }
    channel.end();
  }

  /** Standard output as it comes; the far end stops sending when it is not taken. */
  async *output(signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const channel = this.#channel;
    const prelude = createStdoutReader();
    for (;;) {
      signal.throwIfAborted();
      const bytes = channel.read() as Buffer | null;
      if (bytes) {
        const own = prelude.take(bytes);
        if (own.length > 0) yield own;
        continue;
      }
      if (channel.readableEnded || this.#isClosed) break;
      await this.#more(signal);
    }
    const rest = prelude.rest();
    if (rest.length > 0) yield rest;
  }

  #more(signal: AbortSignal): Promise<void> {
    const channel = this.#channel;
    return new Promise((resolve, reject) => {
      const settle = () => {
        for (const event of ['readable', 'end', 'close']) channel.off(event, settle);
        signal.removeEventListener('abort', settle);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      for (const event of ['readable', 'end', 'close']) channel.on(event, settle);
      signal.addEventListener('abort', settle, { once: true });
    });
  }

  /** SIGTERM for the command's process group, then, when it does not end, the channel is closed over it. */
  terminate(): Promise<void> {
    this.#ending ??= this.#terminate();
    return this.#ending;
  }

  async #terminate(): Promise<void> {
    if (this.#isClosed) return;
    const channel = this.#channel;
    // Output that nobody reads any more would keep the channel from closing. A listener, since `resume`
    // does nothing while `output` still waits for the stream to be readable.
    channel.on('data', () => {}).resume();
    let over: () => void = () => {};
    const graceOver = new Promise<undefined>((resolve) => {
      over = () => resolve(undefined);
    });
    const timer = this.#clock.setTimer(TERM_GRACE_MS, over);
    const processId = await Promise.race([this.#processId, this.closed, graceOver]);
    const askProtocol = () => {
      if (!this.#isClosed) channel.signal('TERM');
    };
    if (typeof processId !== 'number') askProtocol();
    else if (!this.#isClosed)
      void this.#killer.kill(processId).then((isSent) => {
        if (!isSent) askProtocol();
      });
    await Promise.race([this.closed, graceOver]);
    timer.cancel();
    if (!this.#isClosed) channel.close();
  }
}
