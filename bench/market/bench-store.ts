// The real writer on the trace: what the parts share.

import type { Clock } from '../../src/base/std/index.ts';
import { silentLog, systemClock } from '../../src/base/std/index.ts';
import {
  type MarketWriter,
  type Origin,
  openMarketWriter,
  type PackedPoll,
  type PollInput,
  type RowPacker,
} from '../../src/watch/history/index.ts';
import { TRACE_START_MS } from './trace/trace.ts';

/** Measures with the machine's clock, and lives in the trace's time. */
export interface TraceClock extends Clock {
  setNow(ms: number): void;
}

export function createTraceClock(): TraceClock {
  const system = systemClock();
  let nowMs = TRACE_START_MS;
  return {
    ...system,
    now: () => nowMs,
    setNow: (ms) => {
      nowMs = ms;
    },
  };
}

export const BENCH_ORIGIN: Origin = { kind: 'simulated', seed: 'bench 42' };

export function openBenchWriter(dir: string, clock: Clock): Promise<MarketWriter> {
  return openMarketWriter({
    dir,
    origin: BENCH_ORIGIN,
    holder: 'bench',
    clock,
    log: silentLog,
  });
}

/** As the collector does it while it decodes. */
export function packPoll(packer: RowPacker, { observations, ...frame }: PollInput): PackedPoll {
  packer.clear();
  for (const observation of observations) packer.add(observation);
  return { ...frame, rows: [packer.rows()] };
}
