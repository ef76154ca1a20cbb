// Every long-running thing can be stopped, awaited and disposed of in the same way.

export interface Running extends AsyncDisposable {
  /** Asks for an orderly end and resolves when it has come; calling it again is harmless. */
  stop(): Promise<void>;
  /** Resolves at the orderly end, rejects when the thing died. */
  readonly done: Promise<void>;
}

/** Starts `body` with a signal that `stop()` aborts. A body that throws because of that signal has ended in order. */
export function startRunning(body: (signal: AbortSignal) => Promise<void>): Running {
  const controller = new AbortController();
  const done = body(controller.signal).catch((error: unknown) => {
    if (!controller.signal.aborted) throw error;
    if (!isAbortOf(controller.signal, error)) throw error;
  });
  const stop = async () => {
    controller.abort();
    await done;
  };
  // Whoever started it sees a failure through `done`; this keeps an early one from ending the process.
  done.catch(() => {});
  return { stop, done, [Symbol.asyncDispose]: stop };
}

/** Node's own abortable calls throw a new AbortError with the signal's reason as its cause. */
function isAbortOf(signal: AbortSignal, error: unknown): boolean {
  if (error === signal.reason) return true;
  return error instanceof Error && error.name === 'AbortError' && error.cause === signal.reason;
}
