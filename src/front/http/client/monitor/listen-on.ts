// Hears a monitor through whoever can be asked, over lost connections: looks for somebody, listens until nothing comes any
// more, says why, and begins again.
import type { Clock, Timer } from '../../../../base/std/index.ts';
import type { RunMessage } from '../../protocol/run-stream.ts';
import type { runMethods } from '../runs.ts';

export type RunsClient = Omit<ReturnType<typeof runMethods>, 'runs'>;

export interface ListenOptions {
  /** Whom to ask, looked for anew after each lost connection; or why there is nobody, in a few words. */
  readonly find: (signal: AbortSignal) => Promise<RunsClient | string>;
  readonly clock: Clock;
  readonly silentMs: number;
  readonly retryMs: number;
  readonly onMessage: (from: RunsClient, message: RunMessage) => void;
  /** The connection has ended, or there is none; called again at each try. */
  readonly onLost: (why: string) => void;
}

/** There is nobody to ask just now. */
export class NotHeardError extends Error {
  override name = 'NotHeardError';
}

/** Returns what listens until its signal ends, and then rejects; called again, it goes on after the last message. */
export function listenOn(options: ListenOptions): (signal: AbortSignal) => Promise<never> {
  const { find, clock, retryMs, onLost } = options;
  let lastId: string | undefined;
  const noteId = (id: string | undefined) => {
    lastId = id ?? lastId;
  };
  return async (signal) => {
    for (;;) {
      try {
        const found = await find(signal);
        if (typeof found === 'string') onLost(found);
        else await listenTo(found, { options, signal, after: lastId, noteId });
      } catch (error) {
        signal.throwIfAborted();
        onLost(shortly(error));
      }
      await clock.sleep(retryMs, signal);
    }
  };
}

interface Listening {
  readonly options: ListenOptions;
  readonly signal: AbortSignal;
  readonly after: string | undefined;
  readonly noteId: (id: string | undefined) => void;
}

/** Rejects with why nothing is heard any more. */
async function listenTo(client: RunsClient, { options, signal, after, noteId }: Listening): Promise<never> {
  const { clock, silentMs, onMessage } = options;
  const silent = new AbortController();
  let timer: Timer | undefined;
  const arm = () => {
    timer?.cancel();
    timer = clock.setTimer(silentMs, () =>
      silent.abort(new NotHeardError(`it has said nothing for ${Math.round(silentMs / 1_000)} s`)),
    );
  };
  arm();
  try {
    const both = AbortSignal.any([signal, silent.signal]);
    for await (const { id, message } of client.runStream({ after, signal: both })) {
      arm();
      onMessage(client, message);
      noteId(id);
    }
    throw new NotHeardError('it has ended the connection');
  } catch (error) {
    signal.throwIfAborted();
    throw silent.signal.aborted ? silent.signal.reason : error;
  } finally {
    timer?.cancel();
  }
}

function shortly(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  // Sockets say no more than "fetch failed" and "terminated" themselves.
  const deeper = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return deeper instanceof Error ? deeper.message : message;
}
