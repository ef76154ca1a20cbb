// Scenario files: what they say, what is refused, and that the examples cover every fault.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../../src/sim/faults/fault-plan.ts';
import { parseScenario, ScenarioError } from '../../../src/sim/scenario/scenario.ts';

const MINUTE = 60_000;

function mistakesOf(text: string): string {
  try {
    parseScenario(text, 'night.yaml');
  } catch (error) {
    if (error instanceof ScenarioError) return error.message;
    throw error;
  }
  throw new Error('The scenario was accepted');
}

describe('a scenario', () => {
  it('says what the market is and what goes wrong in it', () => {
    const scenario = parseScenario(
      [
        'name: night',
        'seed: 7',
        'offers: 400',
        'speed: 60',
        'start: 2026-03-01T00:00:00Z',
        'credit: 20.5',
        'cap: 64',
        'intervals: off',
        'searches_per_minute: 0',
        'faults:',
        '  server-error: 0.25',
        '  bad-gateway: { probability: 1, route: "PUT .*asks", from: 10m, until: 1h }',
        'events:',
        '  - { at: 2h, fault: outbid-wave, times: 3 }',
        '  - { at: 10m, fault: host-death, id: 7 }',
      ].join('\n'),
      'night.yaml',
    );
    expect(scenario).toEqual({
      name: 'night',
      about: '',
      seed: '7',
      offers: 400,
      speed: 60,
      startMs: Date.UTC(2026, 2, 1),
      credit: 20.5,
      searchesPerMinute: Number.POSITIVE_INFINITY,
      cap: [64],
      intervalFactor: 0,
      faults: {
        'server-error': { probability: 0.25 },
        'bad-gateway': { probability: 1, route: /PUT .*asks/, fromMs: 10 * MINUTE, untilMs: 60 * MINUTE },
      },
      events: [
        { atMs: 10 * MINUTE, fault: 'host-death', times: 1, route: undefined, id: 7 },
        { atMs: 120 * MINUTE, fault: 'outbid-wave', times: 3, route: undefined, id: undefined },
      ],
    });
  });

  it('with mistakes is refused with all of them, each with its line', () => {
    const message = mistakesOf(
      [
        'name: night',
        'offers: none',
        'faults:',
        '  server-error: 2',
        'events:',
        '  - { at: soon, fault: boom }',
      ].join('\n'),
    );
    expect(message).toContain('night.yaml is no scenario');
    expect(message).toContain('line 2: offers');
    expect(message).toContain('line 4: faults.server-error');
    expect(message).toContain('line 6: events.0.at: "soon" is no length of time; write it like 10m');
    expect(message).toContain('line 6: events.0.fault: "boom" is not a fault; there are rate-limit-text');
  });

  it.each([
    ['a word that nothing reads', 'name: x\nofers: 3', 'line 1: the file: Unrecognized key: "ofers"'],
    ['a fault that is none', 'name: x\nfaults: { boom: 1 }', 'faults'],
    ['a route that is no expression', 'name: x\nfaults: { slow: { probability: 1, route: "(" } }', 'route'],
    ['no name', 'offers: 3', 'name'],
    ['text that is no YAML', 'name: [', 'night.yaml is no YAML'],
    ['nothing', '', 'line 1: the file'],
  ])('with %s is refused', (_, text, message) => {
    expect(mistakesOf(text)).toContain(message);
  });
});

describe('the examples', () => {
  const folder = new URL('../../../examples/sim/', import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const scenarios = names.map((name) => parseScenario(readFileSync(new URL(name, folder), 'utf8'), name));

  it('are called as their files are', () => {
    expect(scenarios.map(({ name }) => `${name}.yaml`)).toEqual(names);
  });

  it('include one with every key there is', () => {
    const all = scenarios.find(({ name }) => name === 'every-key');
    expect(Object.entries(all ?? {}).filter(([, value]) => value === undefined)).toEqual([]);
    const parts = [...Object.values(all?.faults ?? {}), ...(all?.events ?? [])];
    const used = new Set(parts.flatMap((part) => (typeof part === 'object' ? Object.keys(part) : [])));
    for (const key of ['probability', 'route', 'fromMs', 'untilMs', 'atMs', 'times', 'id']) {
      expect(used).toContain(key);
    }
  });

  it('have every fault there is', () => {
    const used = new Set(
      scenarios.flatMap(({ faults, events }) => [
        ...Object.keys(faults),
        ...events.map(({ fault }) => fault),
      ]),
    );
    expect(FAULTS.filter((fault) => !used.has(fault))).toEqual([]);
  });
});
