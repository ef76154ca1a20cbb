// Builds the store of a long trace from its changes: month after month sealed and rolled up, as a collector would
// have left it, without sending every poll through the journal.
import { mkdirSync } from 'node:fs';
import { type Clock, DAY_MS, silentLog } from '../../../src/base/std/index.ts';
import { openJournal } from '../../../src/watch/history/journal/open-journal.ts';
import { ensureStoreFile } from '../../../src/watch/history/journal/store-file.ts';
import type { PollInput } from '../../../src/watch/history/observation.ts';
import { writeRollups } from '../../../src/watch/history/segments/write-rollups.ts';
import { BENCH_ORIGIN, type TraceClock } from '../bench-store.ts';
import { createTrace, POLL_INTERVAL_MS, TRACE_START_MS, type TraceOptions } from '../trace/trace.ts';
import { resumeJournal } from './resume-journal.ts';
import { sealMonth } from './seal-month.ts';
import { createSpanBuilder } from './span-builder.ts';

export interface BuildYearOptions {
  readonly dir: string;
  readonly days: number;
  /** Default 30, as a collector seals. */
  readonly monthDays?: number;
  readonly trace?: Omit<TraceOptions, 'columns'>;
  readonly clock: TraceClock;
  /** Told after each month. */
  readonly onMonth?: (built: Built) => void;
}

export interface Built {
  readonly days: number;
  readonly polls: number;
  /** As the trace counts what it shows. */
  readonly observations: number;
  readonly spans: number;
  /** Spent on making spans, on writing segments, and on roll-ups. */
  readonly spansMs: number;
  readonly sealMs: number;
  readonly rollupMs: number;
}

/** The journal gets the polls of this long before the end. */
const JOURNAL_MS = 10 * POLL_INTERVAL_MS;

/** Throws when the journal, which hashes the newest poll by itself, finds another hash. */
export async function buildYear(options: BuildYearOptions): Promise<Built> {
  const { dir, days, monthDays = 30, clock, onMonth } = options;
  const endMs = TRACE_START_MS + days * DAY_MS;
  const trace = createTrace({ ...options.trace, columns: 'original' });
  const builder = createSpanBuilder(trace);
  const timed = makeTimer(clock);
  const newest: PollInput[] = [];
  let built = { days: 0, polls: 0, observations: 0, spans: 0 };
  let hash = '';
  const told = (): Built => ({
    ...built,
    spansMs: timed.ms('spans'),
    sealMs: timed.ms('seal'),
    rollupMs: timed.ms('rollup'),
  });
  mkdirSync(dir, { recursive: true });
  ensureStoreFile({ dir, clock }, BENCH_ORIGIN);
  {
    using journal = openJournal(dir, { mode: 'write', clock });
    let step = trace.step();
    while (step.tsMs < endMs) {
      const monthEndMs = Math.min(endMs, TRACE_START_MS + (built.days + monthDays) * DAY_MS);
      const startMs = clock.monotonic();
      while (step.tsMs < monthEndMs) {
        builder.take(step);
        built.observations += step.rows;
        if (step.tsMs >= endMs - JOURNAL_MS) newest.push(trace.poll(step));
        clock.setNow(step.tsMs + 5_000);
        step = trace.step();
      }
      const month = builder.cut();
      timed.add('spans', startMs);
      hash = month.polls.at(-1)?.hash ?? '';
      const segment = await timed.run('seal', () => sealMonth({ dir, month, journal, clock }));
      await timed.run('rollup', () => writeRollups({ dir, journal, clock, log: silentLog }));
      built = {
        days: (monthEndMs - TRACE_START_MS) / DAY_MS,
        polls: segment.lastPoll,
        observations: built.observations,
        spans: built.spans + [...month.spans.values()].reduce((sum, { length }) => sum + length, 0),
      };
      onMonth?.(told());
    }
  }
  const found = resumeJournal({ dir, clock, polls: newest.slice(-2), lastPoll: builder.poll });
  if (found !== hash) {
    throw new Error(`The journal finds hash ${found} for poll ${builder.poll}, and its spans give ${hash}`);
  }
  return told();
}

const STAGES = ['spans', 'seal', 'rollup'] as const;
type Stage = (typeof STAGES)[number];

function makeTimer(clock: Clock) {
  const total = new Map<Stage, number>();
  const add = (stage: Stage, startMs: number) =>
    total.set(stage, (total.get(stage) ?? 0) + clock.monotonic() - startMs);
  return {
    add,
    ms: (stage: Stage) => total.get(stage) ?? 0,
    run: async <T>(stage: Stage, act: () => Promise<T>): Promise<T> => {
      const startMs = clock.monotonic();
      const value = await act();
      add(stage, startMs);
      return value;
    },
  };
}
