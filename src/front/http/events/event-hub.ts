// Streams of the event table for any number of readers. One look at the table a quarter of a second serves them all, and none
// while nobody reads. A reader takes what it can: nothing is kept for one that does not read, since the table has it, and one
// that is stuck for long is cut off.
import { type Clock, type Log, type Running, startRunning } from '../../../base/std/index.ts';
import { type EventFilter, lastEventSeq, type Store } from '../../../base/store/index.ts';
import { STILL_HERE, STREAM_START } from './event-text.ts';
import { createRecentEvents } from './recent-events.ts';

export interface EventHubOptions {
  readonly store: Pick<Store, 'db'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Between two looks at the table; default 250. */
  readonly lookMs?: number;
  /** A reader that has taken nothing for so long, though it was given something, is cut off; default 30,000. */
  readonly stuckMs?: number;
  /** Something is sent at least so often, so that both ends see that the other lives; default 15,000. */
  readonly quietMs?: number;
  /** More are refused; default 200. */
  readonly readersMax?: number;
}

export interface StreamOptions {
  /** Events after this one; undefined for only those that come. */
  readonly afterSeq: number | undefined;
  readonly filter: EventFilter;
  /** Called when the reader is cut off: closes what its bytes go through. */
  readonly onCut?: () => void;
}

export interface EventHub extends AsyncDisposable {
  /** Undefined when there are too many readers. */
  open(options: StreamOptions): Promise<ReadableStream<Uint8Array> | undefined>;
  readers(): number;
  /** How many were cut off since the hub began. */
  cutOff(): number;
}

interface Reader {
  /** It has been given everything up to this event. */
  seq: number;
  /** Set while it waits. */
  wake: (() => void) | undefined;
  /** When it was given something last. */
  givenAtMs: number;
  readonly end: () => void;
  readonly onCut: (() => void) | undefined;
}

export function createEventHub(options: EventHubOptions): EventHub {
  const { store, clock, log, lookMs = 250, stuckMs = 30_000, quietMs = 15_000, readersMax = 200 } = options;
  const readers = new Set<Reader>();
  const recent = createRecentEvents(store);
  let looking: Running | undefined;
  let cut = 0;

  const isQuiet = (reader: Reader) => clock.monotonic() - reader.givenAtMs >= quietMs;

  const leave = (reader: Reader) => {
    readers.delete(reader);
    reader.wake?.();
    if (readers.size > 0) return;
    void looking?.stop().catch(() => {});
    looking = undefined;
  };

  const cutOff = (reader: Reader) => {
    cut += 1;
    log.warn('a reader of events takes nothing and is cut off', { afterSeq: reader.seq, stuckMs });
    leave(reader);
    reader.end();
    reader.onCut?.();
  };

  const tend = (reader: Reader) => {
    if (!reader.wake) {
      if (clock.monotonic() - reader.givenAtMs >= stuckMs) cutOff(reader);
    } else if (reader.seq < recent.seen() || isQuiet(reader)) reader.wake();
  };

  const lookOn = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      const isMore = await recent.look().catch((error: unknown) => {
        log.warn('events could not be read', { error });
        return false;
      });
      if (signal.aborted) return;
      for (const reader of Array.from(readers)) tend(reader);
      if (!isMore) await clock.sleep(lookMs, signal);
    }
  };

  /** Resolves to what the reader is given next; empty when it has left. */
  const nextFor = async (reader: Reader, filter: EventFilter): Promise<string> => {
    while (readers.has(reader)) {
      if (reader.seq < recent.seen()) {
        const { text, throughSeq } = await recent.next(reader.seq, filter);
        reader.seq = throughSeq;
        if (text !== '') return text;
        continue;
      }
      if (isQuiet(reader)) return STILL_HERE;
      await new Promise<void>((resolve) => {
        reader.wake = resolve;
      });
      reader.wake = undefined;
    }
    return '';
  };

  return {
    readers: () => readers.size,
    cutOff: () => cut,
    async open({ afterSeq, filter, onCut }) {
      const newest = await lastEventSeq(store.db);
      if (readers.size >= readersMax) return undefined;
      if (!looking) {
        recent.beginAfter(newest);
        looking = startRunning(lookOn);
      }
      const bytes = new TextEncoder();
      let close = () => {};
      const reader: Reader = {
        // A number that was never given out is of another store: it would wait for ever.
        seq: Math.min(afterSeq ?? newest, newest),
        wake: undefined,
        givenAtMs: clock.monotonic(),
        end: () => close(),
        onCut,
      };
      readers.add(reader);
      let hasBegun = false;
      return new ReadableStream<Uint8Array>(
        {
          start: (controller) => {
            close = () => controller.close();
          },
          // Called only when what was given before has been taken.
          pull: async (controller) => {
            const text = hasBegun ? await nextFor(reader, filter) : STREAM_START;
            hasBegun = true;
            if (!readers.has(reader)) return;
            reader.givenAtMs = clock.monotonic();
            controller.enqueue(bytes.encode(text));
          },
          cancel: () => leave(reader),
        },
        { highWaterMark: 0 },
      );
    },
    [Symbol.asyncDispose]: async () => {
      const last = looking;
      for (const reader of Array.from(readers)) {
        leave(reader);
        reader.end();
      }
      await last?.stop();
    },
  };
}
