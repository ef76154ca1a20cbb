// One user's share of a connection that others use too: closing it ends what this user began, and nothing else.
import {
  ConnectionLostError,
  type ExecOptions,
  type RemoteShell,
  type RemoteStream,
  ShellClosedError,
} from '../../../net/ssh/index.ts';

export interface LeaseOptions {
  readonly shell: RemoteShell;
  readonly onClose: () => void;
  /** Hears when a call found the connection gone; may hear it often. */
  readonly onLost: () => void;
}

/** A connection that the pool closed under its users is lost to them: they ask for another. */
export function leaseShell({ shell, onClose, onLost }: LeaseOptions): RemoteShell {
  const closing = new AbortController();
  const translate = (error: unknown): unknown => {
    if (closing.signal.aborted) return closing.signal.reason;
    if (error instanceof ConnectionLostError) {
      onLost();
      return error;
    }
    if (!(error instanceof ShellClosedError)) return error;
    return new ConnectionLostError('The shared connection was given up; ask for another', { cause: error });
  };
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    closing.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      throw translate(error);
    }
  };
  async function* each(bytes: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    closing.signal.throwIfAborted();
    try {
      yield* bytes();
    } catch (error) {
      throw translate(error);
    }
  }
  /** The user's signal and the lease's own as one, released when the call has settled. */
  const withSignal = <T extends { readonly signal?: AbortSignal }>(options: T | undefined): T & ExecOptions =>
    ({
      ...options,
      signal: options?.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal,
    }) as T & ExecOptions;

  const lease: RemoteShell = {
    exec: (command, options) => call(() => shell.exec(command, withSignal(options))),
    stream: (command, options): RemoteStream => {
      const stream = shell.stream(command, withSignal(options));
      const ended = call(() => stream.ended);
      // The loop throws the same error; `ended` is for who asks.
      ended.catch(() => {});
      return { ended, [Symbol.asyncIterator]: () => each(() => stream) };
    },
    stat: (path) => call(() => shell.stat(path)),
    list: (path) => call(() => shell.list(path)),
    read: (path, offset, length) => call(() => shell.read(path, offset, length)),
    write: (path, offset, bytes) => call(() => shell.write(path, offset, bytes)),
    download: (path, options) => each(() => shell.download(path, withSignal(options))),
    upload: (path, pieces, options) => call(() => shell.upload(path, pieces, withSignal(options))),
    close: async () => {
      if (closing.signal.aborted) return;
      closing.abort(new ShellClosedError('This share of the connection was closed'));
      onClose();
    },
    [Symbol.asyncDispose]: () => lease.close(),
  };
  return lease;
}
