// A log file of the target as a LogStream: pushed by `tail`, counted by bytes, resumed over lost connections.
import type { Timer } from '../../../base/std/index.ts';
import { ConnectionLostError, quoteWord, type RemoteShell } from '../../../net/ssh/index.ts';
import type { LogChunk, LogRestart, LogStream } from '../log-stream.ts';
import { createPatience, type RemoteTarget } from '../reconnect.ts';

export interface RemoteLogOptions {
  /** Need not be there yet when it is followed. */
  readonly path: string;
  /** Whether nobody writes any more; asked while following, which ends when all is read then. Default never. */
  readonly isOver?: (signal: AbortSignal | undefined) => Promise<boolean>;
  /** Default 2 s. */
  readonly overCheckMs?: number;
}

export interface RemoteLog extends LogStream {
  /** The present end: from here on reads who wants only what comes. */
  end(options?: { readonly signal?: AbortSignal }): Promise<number>;
}

const OVER_CHECK_MS = 2_000;

/** Where the machine's file system does not say when a file has grown. */
const LOOK_SECONDS = 0.1;

/** As many bytes before the place where reading goes on have to be the ones that were read. */
const OVERLAP_BYTES = 256;

/** A log that waits for its machine is given up by its reader, not by us. */
const ATTEMPTS = Number.POSITIVE_INFINITY;

/**
 * Reading survives lost and refused connections, for as long as its reader wants; anything else is thrown. What is
 * no more the log that was read (shorter, or other bytes before the place) is said and read from its start.
 */
export function createRemoteLog(target: RemoteTarget, options: RemoteLogOptions): RemoteLog {
  const { path } = options;
  return {
    async end({ signal } = {}) {
      const patience = createPatience(target, { what: 'look at a log', signal });
      for (;;) {
        try {
          await using shell = await target.open(signal && { signal });
          return (await shell.stat(path))?.sizeBytes ?? 0;
        } catch (error) {
          await patience.failed(error);
        }
      }
    },
    async *read(offset, { follow, signal }) {
      const patience = createPatience(target, { what: 'read a log', signal, attempts: ATTEMPTS });
      const place: Place = { position: offset, overlap: Buffer.alloc(0) };
      for (;;) {
        signal?.throwIfAborted();
        try {
          await using shell = await target.open(signal && { signal });
          const chunks = follow
            ? followOnce(target, shell, place, options, signal)
            : readOnce(shell, place, path, signal);
          for await (const chunk of chunks) {
            patience.progressed();
            yield chunk;
          }
          return;
        } catch (error) {
          await patience.failed(error);
        }
      }
    },
  };
}

/** How far a reader is, and the last bytes that it had. */
interface Place {
  position: number;
  overlap: Buffer;
}

function advance(place: Place, bytes: Uint8Array): LogChunk {
  const chunk = { offset: place.position, bytes };
  place.position += bytes.length;
  const all = bytes.length >= OVERLAP_BYTES ? Buffer.from(bytes) : Buffer.concat([place.overlap, bytes]);
  // A copy: a view would keep the whole piece alive.
  place.overlap = Buffer.from(all.subarray(Math.max(0, all.length - OVERLAP_BYTES)));
  return chunk;
}

function restart(place: Place, restarted: LogRestart): LogChunk {
  place.position = 0;
  place.overlap = Buffer.alloc(0);
  return { offset: 0, bytes: new Uint8Array(), restarted };
}

/**
 * Where the log stands now: its size, and whether it is still the one that was read. Undefined while nothing is there:
 * a machine that has lost its disk is no reason to read what we have once more.
 */
async function compare(
  shell: RemoteShell,
  place: Place,
  path: string,
): Promise<{ readonly sizeBytes: number; readonly restarted?: LogRestart } | undefined> {
  const found = await shell.stat(path);
  if (!found) return undefined;
  const { sizeBytes } = found;
  if (sizeBytes < place.position) return { sizeBytes, restarted: 'truncated' };
  const { length } = place.overlap;
  if (length === 0) return { sizeBytes };
  const there = await shell.read(path, place.position - length, length);
  return place.overlap.equals(there) ? { sizeBytes } : { sizeBytes, restarted: 'replaced' };
}

async function* readOnce(
  shell: RemoteShell,
  place: Place,
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogChunk, void> {
  const { sizeBytes, restarted } = (await compare(shell, place, path)) ?? { sizeBytes: 0 };
  if (restarted) yield restart(place, restarted);
  if (sizeBytes <= place.position) return;
  for await (const bytes of shell.download(path, { offset: place.position, ...(signal && { signal }) })) {
    const wanted = bytes.subarray(0, sizeBytes - place.position);
    yield advance(place, wanted);
    if (place.position >= sizeBytes) return;
  }
}

async function* followOnce(
  target: RemoteTarget,
  shell: RemoteShell,
  place: Place,
  { path, isOver, overCheckMs = OVER_CHECK_MS }: RemoteLogOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogChunk, void> {
  for (;;) {
    const found = await compare(shell, place, path);
    if (!found && place.position > 0) {
      if (await isOver?.(signal)) return;
      await target.clock.sleep(overCheckMs, signal);
      continue;
    }
    if (found?.restarted) yield restart(place, found.restarted);
    let sizeBytes = found?.sizeBytes ?? 0;
    using tail = openTail(shell, path, place.position, signal);
    let hasRestarted = false;
    while (!hasRestarted) {
      const next = await tail.next(target, isOver ? overCheckMs : undefined);
      if (next === 'waited') {
        if (!(await isOver?.(signal))) continue;
        // The rest by a plain read: nobody writes any more, and what `tail` still holds back is not waited for.
        yield* readOnce(shell, place, path, signal);
        return;
      }
      if (next === undefined) throw new ConnectionLostError(`The tail of ${path} ended by itself`);
      // `tail` goes on with a cut or exchanged file without a word: no log has bytes beyond its size.
      if (place.position + next.length > sizeBytes) sizeBytes = (await shell.stat(path))?.sizeBytes ?? 0;
      hasRestarted = place.position + next.length > sizeBytes;
      if (hasRestarted) yield restart(place, 'truncated');
      else yield advance(place, next);
    }
  }
}

interface Tail extends Disposable {
  /** The next bytes, undefined at the end, or `waited` when none came within the time. */
  next(
    clock: Pick<RemoteTarget, 'clock'>,
    withinMs: number | undefined,
  ): Promise<Uint8Array | 'waited' | undefined>;
}

/**
 * On the file system of a container (overlayfs) GNU's tail does not trust inotify and looks each second, unless it is
 * told how often; busybox's takes whole seconds only, and ends at once over the fraction.
 */
function tailScript(path: string, from: number): string {
  const words = `-c +${from + 1} -F ${quoteWord(path)} 2>/dev/null`;
  // Tried on nothing: a tail that dies later must not be followed by one that begins anew.
  return `if tail -s ${LOOK_SECONDS} -c 0 /dev/null 2>/dev/null; then exec tail -s ${LOOK_SECONDS} ${words}; fi
exec tail ${words}`;
}

function openTail(shell: RemoteShell, path: string, from: number, signal: AbortSignal | undefined): Tail {
  const stopping = new AbortController();
  const stop = () => stopping.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const stream = shell.stream(tailScript(path, from), { signal: stopping.signal });
  const bytes = stream[Symbol.asyncIterator]();
  // One read stands at a time: what it brings after a wait is for the next one who asks.
  let pending: Promise<IteratorResult<Uint8Array, unknown>> | undefined;
  return {
    async next({ clock }, withinMs) {
      pending ??= bytes.next();
      let timer: Timer | undefined;
      const waited = new Promise<'waited'>((resolve) => {
        if (withinMs !== undefined) timer = clock.setTimer(withinMs, () => resolve('waited'));
      });
      try {
        const first = await Promise.race([pending, waited]);
        if (first === 'waited') return 'waited';
        pending = undefined;
        return first.done ? undefined : first.value;
      } finally {
        timer?.cancel();
      }
    },
    [Symbol.dispose]: () => {
      signal?.removeEventListener('abort', stop);
      // The generator's own end would wait for the read that stands; its failure is this abort.
      pending?.catch(() => {});
      stopping.abort();
    },
  };
}
