// The lines of one run, from the first source that is there, over lost connections, from a better source once there is
// one, and from the next one when somebody wants that.
import type { Clock } from '../../base/std/index.ts';
import type { Bell } from './bell.ts';
import type { FoundSource, LinePiece, ReadLines } from './sources/line-source.ts';

export interface LineState {
  readonly source: FoundSource | null;
  /** Why lines do not come now; null while they do. */
  readonly error: string | null;
  /** When the source last answered; null for never. */
  readonly answeredAtMs: number | null;
}

export interface LineLoopOptions {
  readonly clock: Clock;
  readonly bell: Bell;
  /** Resolves when asking is allowed. */
  readonly allowed: (signal: AbortSignal) => Promise<void>;
  /** Looked for anew each time it is called. */
  readonly find: (signal: AbortSignal, onFailure: (error: unknown) => void) => AsyncIterable<FoundSource>;
  /** A source is about to be read; returns where reading goes on, and what was read there before. */
  readonly begin: (source: FoundSource) => Promise<Pick<ReadLines, 'from' | 'print'>>;
  readonly take: (piece: LinePiece) => void;
  readonly onState: (state: LineState) => void;
  /** Between two looks for a better source, and at most after a failure. */
  readonly lookAgainMs: number;
}

export interface LineLoop {
  run(signal: AbortSignal): Promise<never>;
  /** Goes to the next source that there is and stays with it; resolves to it, or to null where there is no other. */
  next(signal: AbortSignal): Promise<FoundSource | null>;
  state(): LineState;
  /** Ends the present reading, which goes on where it was; `anew` chooses the source again too. */
  interrupt(how: 'same' | 'anew'): void;
  /** A reading goes on by itself over failures of its connection, which are told here. */
  failed(error: unknown): void;
}

/** After this a source that failed is tried again; longer each time. */
const FIRST_WAIT_MS = 2_000;

export function createLineLoop(options: LineLoopOptions): LineLoop {
  const { clock, bell, allowed, find, begin, take, onState, lookAgainMs } = options;
  let state: LineState = { source: null, error: null, answeredAtMs: null };
  /** Chosen by a person. */
  let wanted: FoundSource | undefined;
  let reading: AbortController | undefined;
  let lastPieceMs = Number.NEGATIVE_INFINITY;

  const tell = (change: Partial<LineState>) => {
    state = { ...state, ...change };
    onState(state);
  };
  const onAnswer = () => {
    const isNews = state.error !== null || state.answeredAtMs === null;
    state = { ...state, answeredAtMs: clock.now(), error: null };
    if (isNews) onState(state);
  };

  const choose = async (signal: AbortSignal): Promise<FoundSource | null> => {
    if (wanted) return wanted;
    let failure: unknown;
    const found = find(signal, (error) => {
      failure ??= error;
    });
    for await (const source of found) {
      // Lines come another way; why the better way is closed is told all the same.
      return source;
    }
    tell({ source: null, error: failure === undefined ? 'No log was found' : messageOf(failure) });
    return null;
  };

  /** Rejects when the source does; resolves when it has ended or was left. */
  const read = async (source: FoundSource, signal: AbortSignal): Promise<'ended' | 'left'> => {
    const stop = new AbortController();
    reading = stop;
    const both = AbortSignal.any([signal, stop.signal]);
    const leave = () => stop.abort(new Interrupted());
    const looking = wanted ? undefined : lookAgain(source, both, leave);
    try {
      const begun = await begin(source);
      tell({ source, answeredAtMs: null });
      for await (const piece of source.read({ ...begun, onAnswer, signal: both })) {
        lastPieceMs = clock.monotonic();
        take(piece);
      }
      return 'ended';
    } catch (error) {
      signal.throwIfAborted();
      if (!stop.signal.aborted) throw error;
      return 'left';
    } finally {
      leave();
      await looking;
    }
  };

  /** Leaves the reading once another source stands before it; never rejects. */
  const lookAgain = async (present: FoundSource, signal: AbortSignal, leave: () => void): Promise<void> => {
    while (!signal.aborted) {
      try {
        await clock.sleep(lookAgainMs, signal);
        await allowed(signal);
        let hasFailed = false;
        const found = find(signal, () => {
          hasFailed = true;
        });
        for await (const first of found) {
          // What stands before this one may only be out of reach for now.
          if (!hasFailed && isBetter(first, present)) leave();
          break;
        }
      } catch {
        // The reading has ended, or the machine could not be asked, which the reading itself tells.
      }
    }
  };

  const isBetter = (found: FoundSource, present: FoundSource): boolean => {
    if (isSame(found, present)) return false;
    // Of two logs that both grow, the one that is read stays: their times take turns.
    const isRival = found.kind === 'newest-log' && present.kind === 'newest-log';
    return !isRival || clock.monotonic() - lastPieceMs >= lookAgainMs;
  };

  return {
    state: () => state,
    interrupt(how) {
      if (how === 'anew') wanted = undefined;
      reading?.abort(new Interrupted());
      bell.ring();
    },
    failed(error) {
      tell({ error: messageOf(error) });
    },
    async next(signal) {
      const all: FoundSource[] = [];
      for await (const found of find(signal, () => {})) all.push(found);
      const { source } = state;
      const at = source === null ? -1 : all.findIndex((found) => isSame(found, source));
      const following = all[(at + 1) % Math.max(1, all.length)];
      if (!following || (source !== null && isSame(following, source))) return null;
      wanted = following;
      reading?.abort(new Interrupted());
      bell.ring();
      return following;
    },
    async run(signal) {
      let failures = 0;
      for (;;) {
        await allowed(signal);
        let waitMs = lookAgainMs;
        try {
          const found = await choose(signal);
          const end = found && (await read(found, signal));
          if (end === 'ended') tell({ error: 'Nobody writes this log any more' });
          if (end === 'left') waitMs = 0;
          failures = 0;
        } catch (error) {
          signal.throwIfAborted();
          failures += 1;
          tell({ error: messageOf(error) });
          waitMs = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), lookAgainMs);
        }
        if (waitMs > 0) await bell.wait(waitMs, signal);
      }
    },
  };
}

/** Somebody wants the reading to end, and nothing is wrong. */
class Interrupted extends Error {
  override name = 'Interrupted';
}

function isSame(a: FoundSource, b: FoundSource): boolean {
  return a.kind === b.kind && a.from === b.from;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
