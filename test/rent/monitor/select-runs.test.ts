// Goal: of a monitor that watches more, only what was asked for is to be seen, with sums of its own.
import { expect, it } from 'vitest';
import { type RunEvent, type ShownLine, selectRuns } from '../../../src/rent/monitor/index.ts';
import { aMonitor, aRun, aView, NOW_MS } from '../../front/tui/a-monitor.ts';

const RUNS = [
  aRun({ instanceId: 1, name: 'bert', pricePerHour: 1 }),
  aRun({ instanceId: 2, name: 'llama', group: 'night', pricePerHour: 2 }),
  aRun({ instanceId: 3, name: 'vit', jobId: 'job_3', key: 'job job_3', group: 'night', pricePerHour: 4 }),
];
const monitor = aMonitor({ view: aView(RUNS) });
const shown = (words: readonly string[]) => selectRuns(monitor, words).view();
const names = (words: readonly string[]) => shown(words).runs.map(({ name }) => name);

it('shows all where nothing is named', () => {
  expect(selectRuns(monitor, [])).toBe(monitor);
});

it.each([
  [['1'], ['bert']],
  [['night'], ['llama', 'vit']],
  [
    ['job_3', 'bert'],
    ['bert', 'vit'],
  ],
  [['lla'], ['llama']],
])('shows what is called %j', (words, expected) => {
  expect(names(words)).toEqual(expected);
});

it('sums up what it shows, and keeps what is of the whole account', () => {
  expect(shown(['night']).totals).toMatchObject({
    runs: 2,
    pricePerHour: 6,
    creditUsd: 54.1,
    monthEndUsd: 321.5,
  });
});

it('says what nothing is called, once there was a listing', () => {
  expect(shown(['bert', 'nobody']).trouble).toContain('Nothing is called "nobody"');
  const early = aMonitor({ view: aView([], { listedAtMs: null }) });
  expect(selectRuns(early, ['bert']).view().trouble).toBeNull();
});

it('tells lines and events of what it shows alone', () => {
  const told: string[] = [];
  const stop = selectRuns(monitor, ['bert']).listen({
    onView: ({ runs }) => void told.push(`view of ${runs.length}`),
    onLines: (run) => void told.push(`line of ${run.name}`),
    onEvent: ({ name }) => void told.push(`event of ${name}`),
  });
  const line: ShownLine = { seq: 1, attempt: 1, atMs: NOW_MS, text: 'x' };
  monitor.show(aView(RUNS));
  for (const { key, name } of RUNS) {
    const event: RunEvent = { key, name, atMs: NOW_MS, kind: 'epoch', sentence: 'x' };
    monitor.tellLines(key, [line]);
    monitor.tellEvent(event);
  }
  stop();
  monitor.show(aView(RUNS));
  expect(told).toEqual(['view of 1', 'line of bert', 'event of bert']);
});
