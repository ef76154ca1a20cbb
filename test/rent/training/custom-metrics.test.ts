// What users add: metrics by pattern and by path, and templates of lines. No pattern holds the process.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchPattern } from '../../../src/rent/training/custom/pattern-match.ts';
import { compilePattern } from '../../../src/rent/training/custom/pattern-syntax.ts';
import {
  type CustomMetric,
  createLogParser,
  JsonPathError,
  PatternError,
  TemplateError,
} from '../../../src/rent/training/index.ts';
import { parsed } from './a-log.ts';

const byPattern = (name: string, pattern: string, ignoreCase = false): CustomMetric => ({
  name,
  from: { kind: 'pattern', pattern, ignoreCase },
});
const customOf = (line: string, ...custom: CustomMetric[]) =>
  parsed(`${line}\n`, { custom }).state.figures.custom;

describe('a metric by pattern', () => {
  it.each([
    ['the group named value', '(?<key>reward)=(?<value>[-\\d.]+)', 'reward=-1.5', -1.5],
    ['the first group', 'reward=([-\\d.]+) ± ([\\d.]+)', 'reward=2.5 ± 0.5', 2.5],
    ['the whole match', '\\d+\\.\\d+', 'took 12.25 s', 12.25],
    ['an infinite value', 'kl (\\S+)', 'kl inf', Number.POSITIVE_INFINITY],
    ['the first match of several', 'r=(\\d+)', 'r=1 r=2', 1],
  ])('takes %s', (_, pattern, line, value) => {
    expect(customOf(line, byPattern('m', pattern))).toEqual({ m: value });
  });

  it('is found beside the figures of a format, and on lines of no format', () => {
    const metric = byPattern('bleu', 'BLEU ([\\d.]+)');
    const text = 'step:5/10 train_loss:2.5 train_time:10ms step_avg:1ms\nBLEU 31.5\n';
    const { readings, state } = parsed(text, { custom: [metric] });
    expect(readings).toHaveLength(2);
    expect(readings[1]?.figures).toMatchObject({ step: 5, custom: { bleu: 31.5 } });
    expect(state.format).toBe('modded-nanogpt');
  });

  it('pays no heed to case only where told so', () => {
    expect(customOf('Reward=3', byPattern('m', 'reward=(\\d)', true))).toEqual({ m: 3 });
    expect(customOf('Reward=3', byPattern('m', 'reward=(\\d)'))).toBeUndefined();
  });

  it.each([
    ['(a', 'has a ( without its )'],
    ['a)', 'has a ) without its ('],
    ['[a', 'has a [ without its ]'],
    ['a{5,2}', 'repeats from 5 to 2'],
    ['a{500}', 'repeats over 100 times'],
    ['(?=a)', 'looks around'],
    ['(a)\\1', 'refers back'],
    ['*a', 'repeats nothing'],
    ['(?:(?:a{90}){90})', 'is too long'],
    ['\\p{L}', '\\p, which is not supported'],
    ['[z-a]', 'does not go up'],
  ])('is refused for /%s/ in a sentence', (pattern, sentence) => {
    expect(() => createLogParser({ nowMs: () => 0, custom: [byPattern('m', pattern)] })).toThrow(
      PatternError,
    );
    expect(() => compilePattern(pattern)).toThrow(sentence);
  });

  it('matches what JavaScript matches', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\w', '\\b', '^', '$', '1');
    const pattern = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        atom,
        fc.tuple(tie('node'), tie('node')).map(([a, b]) => a + b),
        fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(?:${a}|${b})`),
        fc
          .tuple(
            fc.constantFrom('a', 'b', '[ab]', '\\d', '(?:ab)', '(?:a|b1)'),
            fc.constantFrom('*', '+', '?', '*?', '+?', '{1,2}'),
          )
          .map(([a, q]) => a + q),
      ),
    })).node;
    const text = fc.array(fc.constantFrom('a', 'b', '1', ' '), { maxLength: 12 }).map((all) => all.join(''));
    fc.assert(
      fc.property(pattern, text, (source, line) => {
        expect(matchPattern(compilePattern(`(${source})`), line).value, source).toBe(
          new RegExp(`(${source})`).exec(line)?.[1],
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    '(a+)+$',
    '(a|a)*$',
    '(a|aa)+$',
    '(.*)*x',
    '(a*)*b',
    '([ab]+)*c',
    'a*a*a*a*a*a*a*a*b',
  ])('that goes back for ever elsewhere takes steps by the length only: /%s/', (pattern) => {
    const program = compilePattern(pattern);
    const stepsAt = (length: number) =>
      matchPattern({ ...program, literal: '' }, `${'a'.repeat(length)}!`).steps;
    expect(stepsAt(2_000) / stepsAt(1_000)).toBeLessThan(2.1);
    expect(stepsAt(1_000)).toBeLessThan(60_000);
  });

  it('that is dear on 20 lines is given up, and on 19 is not', () => {
    const dear = byPattern('m', '(?:a?){90}(?:a?){90}([bc])');
    const line = 'a'.repeat(4_000);
    const told = (count: number) =>
      parsed(`${line}\n`.repeat(count) + 'b\n'.repeat(2), { custom: [dear] }).events.map((event) =>
        event.kind === 'metric-too-slow' ? event.name : event.kind,
      );
    expect(told(19)).toEqual([]);
    expect(told(20)).toEqual(['m']);
  });
});

describe('a metric by path', () => {
  const byPath = (path: string): CustomMetric => ({ name: 'm', from: { kind: 'json-path', path } });
  it.each([
    ['$.eval.acc', 0.5],
    ['eval.acc', 0.5],
    ['$.values[1]', 7],
    ["$['odd name']", 3],
    ['$.text', 2.5],
  ])('takes %s', (path, value) => {
    const line = '{"eval": {"acc": 0.5}, "values": [6, 7], "odd name": 3, "text": "2.5"}';
    expect(customOf(line, byPath(path))?.m).toBe(value);
  });

  it('finds nothing where there is none', () => {
    expect(customOf('{"eval": 1}', byPath('$.eval.acc'))).toBeUndefined();
    expect(customOf('{"a": 1}', byPath('$.constructor.name'))).toBeUndefined();
  });

  it.each(['$', '$..a', '$.a[*]', 'a b'])('is refused for %s', (path) => {
    expect(() => createLogParser({ nowMs: () => 0, custom: [byPath(path)] })).toThrow(JsonPathError);
  });
});

describe('a template of lines', () => {
  const templates = [{ name: 'mine', template: 'ep {epoch} it {step}/{totalSteps} <{_}> L={loss} f1 {f1}' }];

  it('puts our figures in their places and keeps others as custom ones, under its name', () => {
    const { state } = parsed('INFO ep 2 it 30/500 <anything 1.5> L=0.25 f1 0.75\n', { templates });
    expect(state.format).toBe('mine');
    expect(state.figures).toMatchObject({
      epoch: 2,
      step: 30,
      totalSteps: 500,
      loss: 0.25,
      custom: { f1: 0.75 },
    });
  });

  it('does not take a line that is not like it', () => {
    expect(parsed('ep 2 it 30/x\n', { templates }).state.readings).toBe(0);
  });

  it.each(['no place', '{step', '{step}{loss}', '{_}', '{st ep}'])('is refused for "%s"', (template) => {
    expect(() => createLogParser({ nowMs: () => 0, templates: [{ name: 'x', template }] })).toThrow(
      TemplateError,
    );
  });
});
