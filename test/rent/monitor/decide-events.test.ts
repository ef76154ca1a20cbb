// What is told of a run, as a table: what it was and what it is, in; what is said, out.
import { describe, expect, it } from 'vitest';
import type { RunView } from '../../../src/rent/monitor/index.ts';
import {
  completeEpochs,
  decideEvents,
  type Situation,
  type Told,
} from '../../../src/rent/monitor/told/decide-events.ts';
import type { HealthStatus } from '../../../src/rent/training/index.ts';

function aRun(changes: Partial<RunView> = {}, health: HealthStatus = 'training'): RunView {
  return {
    key: 'instance 1',
    name: 'bert',
    status: 'running',
    reason: 'It runs',
    attempts: 1,
    epoch: null,
    totalEpochs: null,
    step: null,
    totalSteps: null,
    progress: null,
    loss: 1.5,
    spentUsd: 2,
    lineSource: 'newest-log',
    lineFrom: '/a.log',
    health: { status: health, reason: `It is ${health}` },
    ...changes,
  } as RunView;
}

const situation = (run: RunView, changes: Partial<Situation> = {}): Situation => ({
  run,
  end: null,
  notes: [],
  nowMs: 1_000,
  isCatchingUp: false,
  ...changes,
});

const known = (run = aRun()): Told => decideEvents(null, situation(run)).told;
const kinds = (before: Told | null, after: Situation) =>
  decideEvents(before, after).events.map(({ kind }) => kind);

describe('what is told of a run', () => {
  it('is nothing when it is first seen well, whatever it has behind it', () => {
    expect(kinds(null, situation(aRun({ epoch: 7.5, totalEpochs: 10 })))).toEqual([]);
  });

  it('is what is wrong when it is first seen so', () => {
    expect(kinds(null, situation(aRun({}, 'hung')))).toEqual(['hung']);
    expect(kinds(null, situation(aRun({}, 'finished-but-billing')))).toEqual([
      'done',
      'finished-but-billing',
    ]);
  });

  const cases: [what: string, before: RunView, after: Situation, said: string[]][] = [
    ['another status', aRun(), situation(aRun({ status: 'outbid' }, 'exited')), ['status']],
    ['the same status', aRun(), situation(aRun({ reason: 'Other words' })), []],
    ['an epoch more', aRun({ epoch: 1.9 }), situation(aRun({ epoch: 2.1 })), ['epoch']],
    ['three epochs more, once', aRun({ epoch: 1.9 }), situation(aRun({ epoch: 4.1 })), ['epoch']],
    ['not quite an epoch', aRun({ epoch: 1.1 }), situation(aRun({ epoch: 1.99 })), []],
    [
      'an epoch of the past',
      aRun({ epoch: 1.9 }),
      situation(aRun({ epoch: 2.1 }), { isCatchingUp: true }),
      [],
    ],
    ['divergence', aRun(), situation(aRun({}, 'diverged')), ['diverged']],
    ['a hang', aRun(), situation(aRun({}, 'hung')), ['hung']],
    ['a stall', aRun(), situation(aRun({}, 'stalled')), []],
    ['a program that failed', aRun(), situation(aRun({}, 'exited')), ['failed']],
    ['memory that is out', aRun(), situation(aRun({}, 'out-of-memory')), ['failed']],
    ['a machine that was stopped', aRun(), situation(aRun({ status: 'stopped' }, 'exited')), ['status']],
    ['the end', aRun(), situation(aRun({}, 'finished-but-billing')), ['done', 'finished-but-billing']],
    ['a job that has succeeded', aRun(), situation(aRun({}, 'exited'), { end: 'done' }), ['done']],
    ['a job that has failed', aRun(), situation(aRun({}, 'exited'), { end: 'failed' }), ['failed']],
    ['a job that was cancelled', aRun(), situation(aRun({}, 'exited'), { end: 'cancelled' }), []],
    ['another attempt', aRun(), situation(aRun({ attempts: 2 })), ['status']],
    ['another source', aRun(), situation(aRun({ lineFrom: '/b.log' })), ['source']],
    ['no source for a while', aRun(), situation(aRun({ lineSource: 'none', lineFrom: '' })), []],
    [
      'something odd',
      aRun(),
      situation(aRun(), { notes: [{ name: 'binary', sentence: 'No text' }] }),
      ['source'],
    ],
  ];
  it.each(cases)('tells %s', (_what, before, after, said) => {
    expect(kinds(known(before), after)).toEqual(said);
    // And never again while it stays so.
    expect(kinds(decideEvents(known(before), after).told, after)).toEqual([]);
  });

  it('tells that it is well again, and what comes after that anew', () => {
    const hung = decideEvents(known(), situation(aRun({}, 'hung'))).told;
    const well = decideEvents(hung, situation(aRun()));
    expect(well.events.map(({ kind }) => kind)).toEqual(['healthy']);
    expect(kinds(well.told, situation(aRun({}, 'hung')))).toEqual(['hung']);
  });

  it('does not take a machine that is away for a moment for one that is well', () => {
    const hung = decideEvents(known(), situation(aRun({}, 'hung'))).told;
    const away = decideEvents(hung, situation(aRun({ status: 'lost' }, 'offline')));
    expect(away.events.map(({ kind }) => kind)).toEqual(['status']);
    expect(kinds(away.told, situation(aRun({}, 'hung')))).toEqual(['status']);
  });
});

describe('the epochs that are complete', () => {
  const cases: [what: string, run: Partial<RunView>, epochs: number][] = [
    ['of no epoch at all', { epoch: null }, 0],
    ['of a fraction', { epoch: 2.75 }, 2],
    ['of a whole epoch alone, which names the one that has ended', { epoch: 3 }, 3],
    ['of a step within an epoch', { epoch: 3, step: 20, totalSteps: 100 }, 2],
    ['of the last step of all', { epoch: 3, totalEpochs: 3, step: 100, totalSteps: 100, progress: 1 }, 3],
  ];
  it.each(cases)('%s', (_what, run, epochs) => {
    expect(completeEpochs(aRun(run))).toBe(epochs);
  });
});
