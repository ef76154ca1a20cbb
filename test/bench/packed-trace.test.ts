// Goal: what the store's bench is fed is the trace, to the last row, however its polls come.
import { expect, it } from 'vitest';
import { packPoll } from '../../bench/market/bench-store.ts';
import { packedTrace } from '../../bench/market/trace/packed-trace.ts';
import { tracePolls } from '../../bench/market/trace/trace.ts';
import { systemClock } from '../../src/base/std/index.ts';
import { createRowPacker, type PackedPoll } from '../../src/watch/history/index.ts';
import { ROW_NUMBERS, ROW_TEXTS } from '../../src/watch/history/journal/row-layout.ts';

const small = { machines: 40 };
/** More than are made at once. */
const DAYS = 0.2;

/** Numbers and texts in the places that count. */
function rowsOf({ tsMs, rows, slices }: PackedPoll) {
  const blocks = rows.map(({ length, numbers, texts, words }) => ({
    numbers: [...numbers.subarray(0, length * ROW_NUMBERS)],
    texts: Array.from({ length }, (_, row) =>
      [...texts.subarray(row * ROW_TEXTS, row * ROW_TEXTS + 6)].map((word) => words[word]),
    ),
  }));
  return { tsMs, slices, blocks };
}

it('is the same in a thread of its own', async () => {
  const packer = createRowPacker();
  const expected = tracePolls(DAYS, small);
  let polls = 0;
  for await (const { poll, packMs } of packedTrace(DAYS, systemClock(), small)) {
    const next = expected.next().value;
    expect(next).toBeDefined();
    if (next) expect(rowsOf(poll)).toEqual(rowsOf(packPoll(packer, next)));
    expect(packMs).toBeGreaterThan(0);
    polls += 1;
  }
  expect(polls).toBeGreaterThan(40);
  expect(expected.next().done).toBe(true);
});
