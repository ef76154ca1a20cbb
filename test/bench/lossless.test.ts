// Nothing is lost between a poll and a report: a small trace through the real writer, sealed in the middle, gives
// back every row by hash, and the reports of plain SQL over raw rows.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTraceClock, openBenchWriter } from '../../bench/market/bench-store.ts';
import { compareWithReference } from '../../bench/market/compare.ts';
import { tracePolls } from '../../bench/market/trace/trace.ts';
import type { PollInput } from '../../src/watch/history/index.ts';

/** Over midnight, so that days are told apart. */
const polls: readonly PollInput[] = [...tracePolls(1.1, { machines: 50 })];
const SEALED_AFTER = 100;
const SNAPSHOT_AFTER = 220;

const folder = mkdtempSync(join(tmpdir(), 'vd-lossless-'));
const dir = join(folder, 'trace.market');
const clock = createTraceClock();

beforeAll(async () => {
  await using writer = await openBenchWriter(dir, clock);
  for (const [index, poll] of polls.entries()) {
    clock.setNow(poll.tsMs + 5_000);
    writer.append(poll);
    if (index === SEALED_AFTER) await writer.seal();
    if (index === SNAPSHOT_AFTER) await writer.snapshot();
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a trace in a store', () => {
  it('comes back row by row, and its reports agree with SQL over the raw rows', async () => {
    const { reports, ...counts } = await compareWithReference({ dir, polls, clock });
    const rows = polls.reduce((sum, poll) => sum + poll.observations.length, 0);
    expect(counts).toEqual({ polls: polls.length, pollsDiffering: 0, rows });
    expect(reports.map(({ mode, differences, first }) => ({ mode, differences, first }))).toEqual(
      ['occupancy', 'ttr', 'daily', 'latest', 'whole-gpu'].map((mode) => ({
        mode,
        differences: 0,
        first: '',
      })),
    );
    for (const report of reports) expect(report.rows).toBeGreaterThan(5);
  });

  it('is found to differ when one price of one poll is another by the last bit', async () => {
    const at = 200;
    const altered = polls.map((poll, index) => (index === at ? withNudgedPrice(poll) : poll));
    const { pollsDiffering } = await compareWithReference({ dir, polls: altered, clock });
    expect(pollsDiffering).toBe(1);
  });

  it('is found to differ when one offer is left out of one poll', async () => {
    const last = polls.length - 1;
    const altered = polls.map((poll, index) =>
      index === last ? { ...poll, observations: poll.observations.slice(1) } : poll,
    );
    const result = await compareWithReference({ dir, polls: altered, clock });
    expect(result.pollsDiffering).toBe(1);
    const differing = result.reports.filter((report) => report.differences > 0).map((report) => report.mode);
    expect(differing).toContain('occupancy');
    expect(differing).toContain('latest');
  });
});

function withNudgedPrice(poll: PollInput): PollInput {
  const [first, ...rest] = poll.observations;
  if (first?.dphTotal == null) throw new Error('the trace has prices');
  return { ...poll, observations: [{ ...first, dphTotal: first.dphTotal * (1 + Number.EPSILON) }, ...rest] };
}
