// Streams of a monitor for any number of readers. A reader takes what it can: of the view it is given what has changed since
// it took something last, lines and events come from a journal that all share, so one that does not read costs nothing, and is
// cut off when it is stuck for long. What a reader looks at counts while its stream lives.
import { type Clock, freshSeed, type Log, type Timer } from '../../../base/std/index.ts';
import type { Monitor, MonitorView } from '../../../rent/monitor/index.ts';
import { deltaOf } from './delta-of.ts';
import { createRunJournal } from './run-journal.ts';
import { wireText } from './wire-text.ts';

export interface RunHubOptions {
  readonly monitor: Pick<Monitor, 'view' | 'listen' | 'lookAt'>;
  readonly clock: Clock;
  readonly log: Log;
  /** A reader that has taken nothing for so long, though it was given something, is cut off; default 30,000. */
  readonly stuckMs?: number;
  /** Something is sent at least so often, so that both ends see that the other lives; default 5,000. */
  readonly quietMs?: number;
  /** More are refused; default 200. */
  readonly readersMax?: number;
}

export interface RunStreamOptions {
  /** The `id:` of the last message that the reader has had; another source's begins with what is kept. Default only what comes. */
  readonly after: string | undefined;
  /** Called when the reader is cut off: closes what its bytes go through. */
  readonly onCut?: () => void;
}

export interface RunHub {
  /** Undefined when there are too many readers. */
  open(options: RunStreamOptions): ReadableStream<Uint8Array> | undefined;
  /** False where the stream of this viewer has ended. */
  look(viewer: string, keys: readonly string[]): boolean;
  readers(): number;
  /** How many were cut off since the hub began. */
  cutOff(): number;
}

interface Reader {
  readonly viewer: string;
  /** The view that it has; null before the first. */
  view: MonitorView | null;
  /** It has had everything of the journal up to this entry. */
  seq: number;
  looked: readonly string[];
  /** Set while it waits. */
  wake: (() => void) | undefined;
  /** When it was given something last. */
  givenAtMs: number;
  readonly end: () => void;
  readonly onCut: (() => void) | undefined;
}

/** The key of none: the account is listed at every interval for it. */
const NO_RUN = '';
/** Lines that come in a burst are sent together. */
const TOGETHER_MS = 20;
/** A reader that lost us comes back after so long. */
const RETRY_MS = 1_000;

export function createRunHub(options: RunHubOptions): RunHub {
  const { monitor, clock, log, stuckMs = 30_000, quietMs = 5_000, readersMax = 200 } = options;
  const source = freshSeed();
  const journal = createRunJournal(source);
  const readers = new Map<string, Reader>();
  let view = monitor.view();
  let count = 0;
  let cut = 0;
  let together: Timer | undefined;
  let tending: Timer | undefined;
  /** Those who keep up all want the same text. */
  let written:
    | { readonly before: MonitorView; readonly after: MonitorView; readonly text: string }
    | undefined;

  const wakeSoon = () => {
    if (readers.size === 0) return;
    together ??= clock.setTimer(TOGETHER_MS, () => {
      together = undefined;
      for (const { wake } of readers.values()) wake?.();
    });
  };
  // From the beginning, and for as long as the monitor lives: whoever comes back wants what was said meanwhile.
  monitor.listen({
    onView(next) {
      view = next;
      wakeSoon();
    },
    onLines({ key }, lines) {
      journal.addLines(key, lines);
      wakeSoon();
    },
    onEvent(event) {
      journal.addEvent(event);
      wakeSoon();
    },
  });

  const lookAtAll = () => {
    const keys = [...new Set([...readers.values()].flatMap(({ looked }) => looked))];
    // Who looks at an empty screen waits for something to come.
    monitor.lookAt(keys.length === 0 && readers.size > 0 ? [NO_RUN] : keys);
  };

  const leave = (reader: Reader) => {
    if (!readers.delete(reader.viewer)) return;
    reader.wake?.();
    lookAtAll();
    if (readers.size > 0) return;
    for (const timer of [together, tending]) timer?.cancel();
    together = undefined;
    tending = undefined;
  };

  const tend = () => {
    tending = clock.setTimer(quietMs / 5, tend);
    for (const reader of readers.values()) {
      if (reader.wake) reader.wake();
      else if (clock.monotonic() - reader.givenAtMs >= stuckMs) {
        cut += 1;
        log.warn('a reader of runs takes nothing and is cut off', { viewer: reader.viewer, stuckMs });
        leave(reader);
        reader.end();
        reader.onCut?.();
      }
    }
  };

  const viewText = (before: MonitorView | null): string => {
    if (before === view) return '';
    if (before && written?.before === before && written.after === view) return written.text;
    const text = dataText({ kind: 'view', delta: deltaOf(before, view) });
    if (before) written = { before, after: view, text };
    return text;
  };

  /** What it lacks; empty for nothing. */
  const piece = (reader: Reader): string => {
    let text = viewText(reader.view);
    reader.view = view;
    if (reader.seq < journal.keptAfter()) {
      text += dataText({ kind: 'missed' });
      reader.seq = journal.keptAfter();
    }
    const { text: more, through } = journal.read(reader.seq);
    reader.seq = through;
    return text + more;
  };

  const nextFor = async (reader: Reader): Promise<string> => {
    for (;;) {
      const text = piece(reader);
      if (text !== '') return text;
      if (clock.monotonic() - reader.givenAtMs >= quietMs) return dataText({ kind: 'here' });
      await new Promise<void>((resolve) => {
        reader.wake = resolve;
      });
      reader.wake = undefined;
      if (!readers.has(reader.viewer)) return '';
    }
  };

  /** Where somebody goes on whose last message was this one. */
  const seqAfter = (after: string | undefined): number => {
    if (after === undefined) return journal.last();
    const [of, seq] = after.split('.');
    return of === source ? Math.min(Math.max(0, Number(seq) || 0), journal.last()) : journal.keptAfter();
  };

  return {
    readers: () => readers.size,
    cutOff: () => cut,
    look(viewer, keys) {
      const reader = readers.get(viewer);
      if (!reader) return false;
      reader.looked = keys;
      lookAtAll();
      return true;
    },
    open({ after, onCut }) {
      if (readers.size >= readersMax) return undefined;
      const bytes = new TextEncoder();
      let close = () => {};
      count += 1;
      const reader: Reader = {
        viewer: `${source}-${count}`,
        view: null,
        seq: seqAfter(after),
        looked: [],
        wake: undefined,
        givenAtMs: clock.monotonic(),
        end: () => close(),
        onCut,
      };
      readers.set(reader.viewer, reader);
      lookAtAll();
      tending ??= clock.setTimer(quietMs / 5, tend);
      let hasBegun = false;
      return new ReadableStream<Uint8Array>(
        {
          start: (controller) => {
            close = () => controller.close();
          },
          // Called only when what was given before has been taken.
          pull: async (controller) => {
            const { viewer, seq } = reader;
            // With its place from the start: a reader that is cut off before the first line comes back to it.
            const begin = `retry: ${RETRY_MS}\nid: ${source}.${seq}\n${dataText({ kind: 'begin', viewer, source })}`;
            const text = hasBegun ? await nextFor(reader) : begin;
            hasBegun = true;
            if (!readers.has(viewer)) return;
            reader.givenAtMs = clock.monotonic();
            controller.enqueue(bytes.encode(text));
          },
          cancel: () => leave(reader),
        },
        { highWaterMark: 0 },
      );
    },
  };
}

function dataText(message: unknown): string {
  return `data: ${wireText(message)}\n\n`;
}
