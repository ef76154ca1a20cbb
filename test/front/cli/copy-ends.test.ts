// Words of `cp`, `exec` and `logs -f`, as they are typed.
import { describe, expect, it } from 'vitest';
import { commandLine } from '../../../src/front/cli/commands/exec.ts';
import { newLines } from '../../../src/front/cli/commands/instance-logs.ts';
import { readCopyDirection, readCopyEnd } from '../../../src/front/cli/copy-ends.ts';

describe('An end of a copy', () => {
  it.each([
    ['box:/workspace', { kind: 'instance', name: 'box', path: '/workspace' }],
    ['20000001:out', { kind: 'instance', name: '20000001', path: 'out' }],
    ['box:a:b', { kind: 'instance', name: 'box', path: 'a:b' }],
    ['box:', { kind: 'instance', name: 'box', path: '.' }],
    ['./a:b', { kind: 'here', path: './a:b' }],
    ['dir/a:b', { kind: 'here', path: 'dir/a:b' }],
    [':x', { kind: 'here', path: ':x' }],
    ['/tmp/x', { kind: 'here', path: '/tmp/x' }],
  ])('%s', (text, end) => {
    expect(readCopyEnd(text)).toEqual(end);
  });

  it('is on an instance at least once', () => {
    expect(readCopyDirection('a', 'box:b')).toEqual({ kind: 'up', from: 'a', name: 'box', to: 'b' });
    expect(readCopyDirection('box:b', 'a')).toEqual({ kind: 'down', name: 'box', from: 'b', to: 'a' });
    expect(readCopyDirection('box:a', 'lab:b').kind).toBe('between');
    expect(() => readCopyDirection('a', 'b')).toThrow('NAME:PATH');
  });
});

describe('A command', () => {
  it('of one word is a line of shell, of several a program and its arguments', () => {
    expect(commandLine(['ls | wc -l'])).toBe('ls | wc -l');
    expect(commandLine(['echo', 'a b', "it's", '$HOME'])).toBe(`echo 'a b' 'it'\\''s' '$HOME'`);
    expect(commandLine([])).toBe('');
  });
});

describe('A log that is asked for again', () => {
  it.each([
    ['has nothing new', ['a', 'b'], ['a', 'b'], []],
    ['has grown', ['a', 'b'], ['a', 'b', 'c'], ['c']],
    ['has lost its beginning', ['a', 'b', 'c'], ['b', 'c', 'd', 'e'], ['d', 'e']],
    ['repeats itself', ['x', 'x'], ['x', 'x', 'x'], ['x']],
    ['was cut to nothing', ['a', 'b'], [], []],
    ['is another one', ['a', 'b'], ['c'], ['c']],
    ['was empty', [], ['a'], ['a']],
  ])('%s', (_what, before, next, fresh) => {
    expect(newLines(before, next)).toEqual(fresh);
  });
});
