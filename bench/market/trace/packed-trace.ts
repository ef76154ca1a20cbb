// The trace's polls, made and packed in a thread of their own. Whoever measures the store must not share a heap with
// them: collecting the trace's garbage takes both cores, and a commit that then waits for its disk takes 18 ms.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { assert, type Clock, systemClock } from '../../../src/base/std/index.ts';
import { createRowPacker, type PackedPoll } from '../../../src/watch/history/index.ts';
import { ROW_NUMBERS, ROW_TEXTS } from '../../../src/watch/history/journal/row-layout.ts';
import { packPoll } from '../bench-store.ts';
import { POLL_INTERVAL_MS, type TraceOptions, tracePolls, wholeSlice } from './trace.ts';

export interface TracedPoll {
  /** Its rows are valid until the next poll is asked for. */
  readonly poll: PackedPoll;
  /** What packing took, which is a part of decoding. */
  readonly packMs: number;
}

/** Made ahead, 5 MB each, so that the maker's pauses are few. */
const POLLS_AT_ONCE = 16;
/** The trace has some 10,000 rows a poll. */
const LARGEST_POLL_ROWS = 2 ** 14;
/** After a batch the maker has nothing to do; by then its heap has come to rest as well. */
const REST_MS = 40;

/** One poll's memory, which both threads see: handed over, it would be garbage to whom it is handed. */
interface Place {
  readonly numbers: Float64Array<SharedArrayBuffer>;
  readonly texts: Uint32Array<SharedArrayBuffer>;
}

interface Made {
  readonly tsMs: number;
  readonly length: number;
  readonly words: readonly (string | null)[];
  readonly packMs: number;
}

interface ThreadData {
  readonly role: 'packed trace';
  readonly days: number;
  readonly options: TraceOptions;
  readonly places: readonly Place[];
}

/** The polls of the first `days` days. */
export async function* packedTrace(
  days: number,
  clock: Clock,
  options: TraceOptions = {},
): AsyncGenerator<TracedPoll> {
  const places = Array.from({ length: POLLS_AT_ONCE }, makePlace);
  const data: ThreadData = { role: 'packed trace', days, options, places };
  const thread = new Worker(new URL(import.meta.url), { workerData: data });
  try {
    for (;;) {
      thread.postMessage('next');
      const [batch] = (await once(thread, 'message')) as [readonly Made[]];
      if (batch.length === 0) return;
      await clock.sleep(REST_MS);
      for (const [at, { packMs, ...made }] of batch.entries()) {
        yield { poll: pollOf(made, places[at] as Place), packMs };
      }
    }
  } finally {
    await thread.terminate();
  }
}

function makePlace(): Place {
  return {
    numbers: new Float64Array(new SharedArrayBuffer(8 * ROW_NUMBERS * LARGEST_POLL_ROWS)),
    texts: new Uint32Array(new SharedArrayBuffer(4 * ROW_TEXTS * LARGEST_POLL_ROWS)),
  };
}

function pollOf({ tsMs, length, words }: Omit<Made, 'packMs'>, { numbers, texts }: Place): PackedPoll {
  return {
    tsMs,
    filter: '',
    intervalMs: POLL_INTERVAL_MS,
    slices: [wholeSlice(tsMs, length)],
    rows: [{ length, numbers, texts, words }],
    duplicates: 0,
    covers: () => true,
  };
}

function makePolls({ days, options, places }: ThreadData): void {
  const clock = systemClock();
  const packer = createRowPacker();
  const polls = tracePolls(days, options);
  parentPort?.on('message', () => {
    const batch: Made[] = [];
    for (const place of places) {
      const next = polls.next();
      if (next.done) break;
      const startMs = clock.monotonic();
      const { tsMs, rows } = packPoll(packer, next.value);
      const packMs = clock.monotonic() - startMs;
      const { length, words, numbers, texts } = rows[0] as PackedPoll['rows'][number];
      assert(length <= LARGEST_POLL_ROWS, `A poll of the trace has ${length} rows`);
      place.numbers.set(numbers.subarray(0, length * ROW_NUMBERS));
      place.texts.set(texts.subarray(0, length * ROW_TEXTS));
      batch.push({ tsMs, length, words, packMs });
    }
    parentPort?.postMessage(batch);
  });
}

// Other threads import this module too.
if (!isMainThread && (workerData as Partial<ThreadData> | null)?.role === 'packed trace') {
  makePolls(workerData as ThreadData);
}
