// From the bytes of a 15 MB answer to a committed poll, with everything between: text, JSON, decoding, diff. The
// answers are made by a part of their own, so that the memory of this one is that of a collector.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLog } from '../../src/base/std/index.ts';
import { createOfferDecoder } from '../../src/net/vast/decode-offer.ts';
import { readRows } from '../../src/net/vast/parse-rows.ts';
// The collector's own steps, without its waiting: folders are entered by their door in the program, not here.
import { observe } from '../../src/watch/collector/observe.ts';
import { createRowPacker } from '../../src/watch/history/index.ts';
import { peakMemoryMb } from '../child.ts';
import type { Report } from '../lines.ts';
import { median, quantile } from '../statistics.ts';
import { createTraceClock, openBenchWriter } from './bench-store.ts';
import { POLL_INTERVAL_MS, TRACE_START_MS, tracePolls, wholeSlice } from './trace/trace.ts';
import { wireAnswer } from './wire-answer.ts';

const POLLS = 25;
/** The first ones create the store and warm the compiler up. */
const WARM_UP = 5;

const CHUNK_BYTES = 64 * 1024;

const answerPath = (folder: string, poll: number) => join(folder, 'answers', `${poll}.json`);

export function writeAnswers({ folder }: { readonly folder: string }, report: Report): void {
  mkdirSync(join(folder, 'answers'));
  let polls = 0;
  let bytes = 0;
  for (const poll of tracePolls(1)) {
    if (polls === POLLS) break;
    const answer = wireAnswer(poll.observations, poll.tsMs);
    bytes = answer.length;
    writeFileSync(answerPath(folder, polls), answer);
    polls += 1;
  }
  report('answer: size', bytes / 1e6, 'MB');
}

/** As it comes from a socket. */
function received(answer: Uint8Array): readonly Uint8Array[] {
  const count = Math.ceil(answer.length / CHUNK_BYTES);
  return Array.from({ length: count }, (_, i) => answer.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
}

export async function measureDurable({ folder }: { readonly folder: string }, report: Report): Promise<void> {
  const clock = createTraceClock();
  const packer = createRowPacker();
  const decoder = createOfferDecoder({ log: silentLog });
  const total: number[] = [];
  const parsing: number[] = [];
  const decoding: number[] = [];
  const storing: number[] = [];
  await using writer = await openBenchWriter(join(folder, 'durable.market'), clock);
  for (let poll = 0; poll < POLLS; poll += 1) {
    const tsMs = TRACE_START_MS + poll * POLL_INTERVAL_MS;
    clock.setNow(tsMs + 5_000);
    const answer = readFileSync(answerPath(folder, poll));
    const startMs = clock.monotonic();
    const { offers } = decoder.decode(readRows(received(answer), 'offers'));
    const parsedMs = clock.monotonic();
    packer.clear();
    for (const offer of offers) packer.add(observe(offer, 'on-demand', 'any'));
    const decodedMs = clock.monotonic();
    writer.append({
      tsMs,
      filter: '',
      intervalMs: POLL_INTERVAL_MS,
      slices: [wholeSlice(tsMs, packer.length)],
      rows: [packer.rows()],
      duplicates: 0,
      covers: () => true,
    });
    total.push(clock.monotonic() - startMs);
    parsing.push(parsedMs - startMs);
    decoding.push(decodedMs - parsedMs);
    storing.push(clock.monotonic() - decodedMs);
  }
  const warm = (times: readonly number[]) => times.slice(WARM_UP);
  report('answer: text, JSON and offers, median', median(warm(parsing)), 'ms');
  report('answer: observations, packed, median', median(warm(decoding)), 'ms');
  report('answer: diff + commit, median', median(warm(storing)), 'ms');
  report('answer: diff + commit, worst', quantile(warm(storing), 1), 'ms');
  report('answer: bytes to durable, median', median(warm(total)), 'ms', 200);
  report('answer: bytes to durable, worst', quantile(warm(total), 1), 'ms');
  report('answer: peak memory of what a collector does', peakMemoryMb(), 'MB', 400);
}
