// The agenda runs what is planned in order of time, then of planning, and nothing that was cancelled.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAgenda } from '../../src/sim/agenda.ts';

function runAll(agenda: ReturnType<typeof createAgenda>): void {
  while (agenda.nextAtMs() < Number.POSITIVE_INFINITY) agenda.runNext();
}

describe('the agenda', () => {
  it('is empty at first, and running it then does nothing', () => {
    const agenda = createAgenda();
    expect(agenda.nextAtMs()).toBe(Number.POSITIVE_INFINITY);
    agenda.runNext();
  });

  it('runs by time, then in the order of planning, whatever was planned first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
        const agenda = createAgenda();
        const ran: [number, number][] = [];
        for (const [order, atMs] of times.entries()) agenda.plan(atMs, (now) => ran.push([now, order]));
        runAll(agenda);
        const wanted = times.map((atMs, order) => [atMs, order] as [number, number]);
        expect(ran).toEqual(wanted.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]));
      }),
    );
  });

  it('never runs what was cancelled before its time, and cancelling later or twice is harmless', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.boolean())), (plans) => {
        const agenda = createAgenda();
        const ran: number[] = [];
        const planned = plans.map(([atMs], order) => agenda.plan(atMs, () => ran.push(order)));
        plans.forEach(([, isCancelled], order) => {
          if (isCancelled) planned[order]?.cancel();
        });
        runAll(agenda);
        for (const each of planned) each.cancel();
        expect(ran.toSorted((a, b) => a - b)).toEqual(
          plans.flatMap(([, isCancelled], order) => (isCancelled ? [] : [order])),
        );
      }),
    );
  });

  it('runs what is planned while it runs, also for a time that is past', () => {
    const agenda = createAgenda();
    const ran: string[] = [];
    agenda.plan(10, () => {
      ran.push('first');
      agenda.plan(5, () => ran.push('late'));
    });
    agenda.plan(20, () => ran.push('last'));
    runAll(agenda);
    expect(ran).toEqual(['first', 'late', 'last']);
  });

  it('refuses a time that is no number', () => {
    expect(() => createAgenda().plan(Number.NaN, () => {})).toThrow('no number');
  });
});
