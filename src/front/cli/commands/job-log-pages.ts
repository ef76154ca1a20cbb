// The log of an attempt of a job over the routes: from any byte on, and as it grows. A page counts once it is here whole, so
// nothing is lost or doubled when whoever answers changes in between.
import type { Clock } from '../../../base/std/index.ts';
import { createLineSplitter, type LogLine } from '../../../rent/remote/index.ts';
import type { SteadyApi } from '../steady-api.ts';

export interface LogWish {
  readonly id: string;
  readonly attempt: number;
}

export interface LogPage {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** The log was cut, and begins anew at 0. */
  readonly isRestart: boolean;
}

const PAGE_BYTES = 256 * 1024;
/** Between two looks at a log that does not grow. */
const LOOK_MS = 100;

/** Until what there is now, or with `isFollowed` until nothing more can come. Rejects with the signal's reason. */
export async function* readLogPages(
  api: Pick<SteadyApi, 'ask'>,
  { id, attempt }: LogWish,
  {
    from,
    isFollowed,
    clock,
    signal,
  }: {
    readonly from: number;
    readonly isFollowed: boolean;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<LogPage, void, undefined> {
  let offset = from;
  for (;;) {
    const { bytes, nextOffset, isEnd } = await api.ask((client, patience) =>
      client.jobLog(id, { attempt, offset, limit: PAGE_BYTES }, patience),
    );
    if (nextOffset < offset) {
      offset = 0;
      yield { offset, bytes: new Uint8Array(), isRestart: true };
    } else if (bytes.length > 0) {
      yield { offset, bytes, isRestart: false };
      offset = nextOffset;
    } else if (isEnd || !isFollowed) return;
    else await clock.sleep(LOOK_MS, signal);
  }
}

const FIRST_LOOK_BYTES = 64 * 1024;

export interface LastLines {
  readonly lines: readonly LogLine[];
  /** What stands behind them without a line break. */
  readonly rest: readonly LogLine[];
  /** Where what comes later begins. */
  readonly end: number;
}

/** As there are now, at most `count`: read from the end, since a log may be long. */
export async function readLastLines(
  api: Pick<SteadyApi, 'ask'>,
  wish: LogWish,
  { count, clock, signal }: { readonly count: number; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<LastLines> {
  for (let back = FIRST_LOOK_BYTES; ; back *= 4) {
    const { bytes, nextOffset } = await api.ask((client, patience) =>
      client.jobLog(wish.id, { attempt: wish.attempt, offset: -back, limit: 1 }, patience),
    );
    const from = nextOffset - bytes.length;
    let splitter = createLineSplitter({ offset: from });
    let lines: readonly LogLine[] = [];
    let end = from;
    // What is before the first end of a line is a part of one.
    let isPart = from > 0;
    for await (const page of readLogPages(api, wish, { from, isFollowed: false, clock, signal })) {
      if (page.isRestart) {
        splitter = createLineSplitter();
        lines = [];
        isPart = false;
      }
      const found = splitter.push(page.bytes);
      lines = [...lines, ...(isPart ? found.slice(1) : found)].slice(-count);
      if (found.length > 0) isPart = false;
      end = page.offset + page.bytes.length;
    }
    if (from === 0 || lines.length >= count) return { lines, rest: splitter.finish(), end };
  }
}
