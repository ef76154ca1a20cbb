// The benchmark's market trace: the same for a seed, and shaped as it says.
import { describe, expect, it } from 'vitest';
import { createTrace, tracePolls } from '../../bench/market/trace/trace.ts';
import type { Observation, PollInput } from '../../src/watch/history/observation.ts';

const small = { machines: 120 };
const polls: readonly PollInput[] = [...tracePolls(2, small)];

function byMachine({ observations }: PollInput): Map<number, Observation[]> {
  const machines = new Map<number, Observation[]>();
  for (const row of observations) machines.set(row.machineId, [...(machines.get(row.machineId) ?? []), row]);
  return machines;
}

const gpusOf = (row: Observation) => (row.gpuIds ?? '').split(',').map(Number);

describe('the trace', () => {
  it('is the same for a seed, and another for another', () => {
    expect([...tracePolls(0.1, small)].map((poll) => poll.observations)).toEqual(
      polls.slice(0, 24).map((poll) => poll.observations),
    );
    expect(createTrace({ ...small, seed: 43 }).next().observations).not.toEqual(polls[0]?.observations);
  });

  it('polls each 6 minutes with up to 3 s of jitter, and misses a few', () => {
    const offsets = polls.map((poll) => (poll.tsMs - Date.UTC(2026, 0, 1)) % 360_000);
    expect(new Set(offsets)).toEqual(new Set([0, 1_000, 2_000, 3_000]));
    expect(polls.length).toBeGreaterThan(470);
    expect(polls.length).toBeLessThanOrEqual(480);
  });

  it('offers the nodes of a binary tree: a rented chunk blocks what overlaps it, and nothing else is blocked', () => {
    for (const poll of polls.filter((_, index) => index % 40 === 0)) {
      for (const rows of byMachine(poll).values()) {
        const whole = rows.find((row) => row.gpuFrac === 1);
        expect(rows).toHaveLength(2 * (whole?.numGpus ?? 0) - 1);
        for (const row of rows) {
          expect(gpusOf(row)).toHaveLength(row.numGpus ?? 0);
          const blockers = rows.filter(
            (other) =>
              other !== row && other.rented === 1 && gpusOf(other).some((gpu) => gpusOf(row).includes(gpu)),
          );
          if (row.rented === 1) expect(blockers).toEqual([]);
          else expect(row.rentable).toBe(blockers.length === 0 ? 1 : 0);
        }
      }
    }
  });

  it('reuses the objects of machines that did not change, and changes few', () => {
    let changed = 0;
    let rows = 0;
    for (const [index, poll] of polls.entries()) {
      const before = new Set(polls[index - 1]?.observations);
      if (index > 0) changed += poll.observations.filter((row) => !before.has(row)).length;
      rows += poll.observations.length;
    }
    expect(changed / rows).toBeGreaterThan(0.01);
    expect(changed / rows).toBeLessThan(0.1);
  });
});
