// The routes over a time in which a daemon may end, hang or begin: what only reads is asked again of whoever answers then.
import type { DaemonClient } from '../http/index.ts';
import { type ApiSession, openApi } from './api-session.ts';
import type { Context } from './context.ts';

export interface SteadyApi extends AsyncDisposable {
  /** For questions that change nothing, and that may be asked twice. The signal ends one that takes too long. */
  ask<T>(question: (client: DaemonClient, signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** A page of a log is there in milliseconds. */
const PATIENCE_MS = 10_000;
/** Before whoever did not answer is looked for again. */
const PAUSE_MS = 200;

/** `onLost` is told when the daemon does not answer any more, and its questions go elsewhere. */
export async function openSteadyApi(context: Context, onLost: () => void): Promise<SteadyApi> {
  const { clock, terminal, log } = context;
  // What answers without a daemon is loaded now: hours later the program may have been replaced by a newer one.
  import('./own-api.ts').then(({ loadOwnApi }) => loadOwnApi()).catch(() => {});
  let session: ApiSession = await openApi(context);
  return {
    async ask(question) {
      for (;;) {
        const patience = new AbortController();
        const timer = clock.setTimer(PATIENCE_MS, () => patience.abort());
        try {
          return await question(session.client, AbortSignal.any([terminal.interrupted, patience.signal]));
        } catch (error) {
          terminal.interrupted.throwIfAborted();
          const isSilent =
            patience.signal.aborted || (error instanceof Error && error.name === 'DaemonUnreachableError');
          if (!session.isDaemon || !isSilent) throw error;
          log.debug('the daemon does not answer any more', { error });
          onLost();
        } finally {
          timer.cancel();
        }
        await session[Symbol.asyncDispose]();
        await clock.sleep(PAUSE_MS, terminal.interrupted);
        session = await openApi(context);
      }
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
