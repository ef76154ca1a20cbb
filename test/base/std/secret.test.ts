// A secret shows itself to nobody who does not ask for it by name.
import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createLog, formatLogLine, type LogLine, Secret, SteppedClock } from '../../../src/base/std/index.ts';

const VALUE = 'sk-live-0123456789abcdef';
const secret = new Secret(VALUE);

// What the linter rightly warns of is what is tried here: a secret used as if it were a text.
const anything = secret as unknown as string;

const ways: [string, () => string][] = [
  ['String()', () => String(secret)],
  ['a template', () => `key ${anything}`],
  ['adding to a text', () => `key ${secret as unknown as string}`],
  ['JSON', () => JSON.stringify({ deep: [{ secret }] })],
  ['inspect', () => inspect(secret)],
  ['inspect, hidden members shown', () => inspect({ deep: { secret } }, { showHidden: true, depth: 9 })],
  ['format %s %o %j', () => format('%s %o %j', secret, secret, secret)],
  ['keys and entries', () => JSON.stringify([Object.entries(secret), Object.getOwnPropertyNames(secret)])],
  ['a copy', () => JSON.stringify(Object.assign({}, secret)) + inspect(structuredClone(secret))],
  ['an error’s message', () => inspect(new Error(`refused ${anything}`))],
  ['an error’s cause', () => inspect(new Error('refused', { cause: { secret } }))],
  ['a log line', () => logged({ secret, deep: { secret } })],
];

function logged(fields: Record<string, unknown>): string {
  const lines: LogLine[] = [];
  createLog({ clock: new SteppedClock(), write: (line) => lines.push(line) }).info('calling', fields);
  return lines.map(formatLogLine).join();
}

describe('a secret', () => {
  it.each(ways)('does not leak through %s', (_way, show) => {
    expect(show()).not.toContain('0123456789');
    expect(show().length).toBeGreaterThan(0);
  });

  it('is revealed when asked, and hinted at by the end of a long one only', () => {
    expect(secret.reveal()).toBe(VALUE);
    expect(secret.hint()).toBe('…cdef');
    expect(new Secret('short-password!').hint()).toBe('…');
  });
});
