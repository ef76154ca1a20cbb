// Log lines: levels, bound fields, and a line for people that nothing can break.
import { describe, expect, it } from 'vitest';
import {
  AssertionError,
  assert,
  assertNever,
  createLog,
  formatLogLine,
  type LogLevel,
  type LogLine,
  SteppedClock,
} from '../../../src/base/std/index.ts';

function world(level?: LogLevel) {
  const lines: LogLine[] = [];
  const clock = new SteppedClock(Date.UTC(2026, 10, 22, 4, 41, 7));
  const log = createLog({ clock, write: (line) => lines.push(line), ...(level && { level }) });
  return { log, lines, text: () => lines.map(formatLogLine) };
}

describe('a log', () => {
  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    [undefined, ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ] as const)('of level %s writes %j', (level, written) => {
    const { log, lines } = world(level);
    log.debug('m');
    log.info('m');
    log.warn('m');
    log.error('m');
    expect(lines.map((line) => line.level)).toEqual(written);
  });

  it('adds the fields of its parents, the nearest winning', () => {
    const { log, lines } = world();
    log.child({ job: 'j1', step: 1 }).child({ step: 2 }).info('running', { step: 3, gpu: 0 });
    log.info('alone');
    expect(lines.map((line) => line.fields)).toEqual([{ job: 'j1', step: 3, gpu: 0 }, {}]);
  });

  it('prints time, level when it matters, message and fields', () => {
    const { log, text } = world();
    log.info('poll stored', {
      rows: 10_000,
      path: '/data/a.db',
      note: 'two words',
      empty: '',
      none: undefined,
    });
    log.warn('rate limited', { error: new Error('429 "slow down"\nplease') });
    expect(text()).toEqual([
      '04:41:07Z poll stored rows=10000 path=/data/a.db note="two words" empty="" none=undefined',
      '04:41:07Z warn rate limited error="429 \\"slow down\\"\\nplease"',
    ]);
  });

  it('prints what JSON cannot hold, and stays one line', () => {
    const { log, text } = world();
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const broken = {
      toJSON() {
        throw new Error('no');
      },
    };
    log.info('odd', { big: 12n, deep: { big: 12n }, circle, broken, call: () => 1 });
    expect(text()).toHaveLength(1);
    expect(text()[0]).toMatch(/^04:41:07Z odd big="12" deep=\{"big":"12"\} circle=".*Circular.*" broken=/);
    expect(text()[0]).not.toContain('\n');
  });
});

describe('assert', () => {
  it('throws its sentence when the claim does not hold, and only then', () => {
    expect(() => assert('anything true', 'fine')).not.toThrow();
    expect(() => assert(0, 'the pool is empty')).toThrow(AssertionError);
    expect(() => assertNever('z' as never, 'status')).toThrow('Unexpected status: "z"');
  });
});
