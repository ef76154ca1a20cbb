// One command on a connection to a twin: its pipes, its process, and what is left when the connection goes.
import type { Clock } from '../../base/std/index.ts';
import type { CommandEnd, CommandInput } from '../../net/ssh/index.ts';
import type { Descriptors, TwinProcess } from './process.ts';
import type { ProcessTable } from './process-table.ts';
import { BrokenPipe, createPipe } from './streams.ts';

/** As ssh2's channel window: what a command may write ahead of its reader. */
const WINDOW_BYTES = 2 * 1024 * 1024;

/** As the real client: how long a command may take to obey SIGTERM before its channel is closed over it. */
const TERM_GRACE_MS = 2_000;

const PIECE_BYTES = 64 * 1024;

export interface TwinSession {
  /** How the command ended, when nobody holds its output any more. */
  readonly ended: Promise<CommandEnd>;
  output(): AsyncGenerator<Uint8Array, void>;
  /** SIGTERM for the process group, then the channel is closed over it. Resolves when it is closed. */
  terminate(): Promise<void>;
  /** As a lost connection: input ends, output breaks, processes live on. */
  abandon(): void;
}

export interface SessionOptions {
  readonly clock: Clock;
  readonly table: ProcessTable;
  readonly start: (descriptors: Descriptors) => TwinProcess;
  readonly stdin: CommandInput | undefined;
  readonly onStderr: (bytes: Uint8Array) => void;
  /** Hears when an iterable input throws. */
  readonly onBrokenInput: (error: unknown) => void;
}

export function openTwinSession(options: SessionOptions): TwinSession {
  const { clock, table, onStderr, onBrokenInput } = options;
  const input = createPipe();
  const output = createPipe(WINDOW_BYTES);
  const errors = createPipe(WINDOW_BYTES);
  const process = options.start({ stdin: input.source, stdout: output.sink, stderr: errors.sink });
  // The process holds its ends; what it leaves to its children keeps them open.
  input.source.release();
  output.sink.release();
  errors.sink.release();

  let isInputOpen = true;
  const closeInput = () => {
    if (isInputOpen) input.sink.release();
    isInputOpen = false;
  };
  const feed = async () => {
    try {
      for await (const piece of piecesOf(options.stdin)) {
        if (!isInputOpen) return;
        await input.sink.write(piece);
      }
    } catch (error) {
      // A command that ends without reading all of its input is no fault.
      if (!(error instanceof BrokenPipe)) onBrokenInput(error);
    } finally {
      closeInput();
    }
  };
  void feed();

  const drained = async (): Promise<void> => {
    for (;;) {
      const bytes = await errors.source.read(PIECE_BYTES);
      if (!bytes) return;
      onStderr(bytes);
    }
  };
  let outputEnded: () => void = () => {};
  const outputOver = new Promise<void>((resolve) => {
    outputEnded = resolve;
  });
  const ended = Promise.all([process.ended, drained(), outputOver]).then(([end]): CommandEnd => end);

  async function* read(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const bytes = await output.source.read(PIECE_BYTES);
      if (!bytes) break;
      yield bytes;
    }
    outputEnded();
  }

  const abandon = () => {
    closeInput();
    output.breakOff();
    errors.breakOff();
    outputEnded();
  };

  const terminate = async (): Promise<void> => {
    const rest = (async () => {
      for await (const _bytes of read());
    })();
    table.signalGroup(process.group, 'SIGTERM');
    let timer = { cancel: () => {} };
    const graceOver = new Promise<void>((resolve) => {
      timer = clock.setTimer(TERM_GRACE_MS, resolve);
    });
    await Promise.race([Promise.all([ended, rest]), graceOver]);
    timer.cancel();
    abandon();
  };

  let ending: Promise<void> | undefined;
  return {
    ended,
    output: read,
    terminate: () => {
      ending ??= terminate();
      return ending;
    },
    abandon,
  };
}

async function* piecesOf(stdin: CommandInput | undefined): AsyncGenerator<Uint8Array> {
  if (stdin === undefined) return;
  if (typeof stdin === 'string') yield Buffer.from(stdin);
  else if (stdin instanceof Uint8Array) yield stdin;
  else yield* stdin;
}
