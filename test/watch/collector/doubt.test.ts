import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/watch/collector/answer.ts';
import { doubtAbout } from '../../../src/watch/collector/doubt.ts';

function anAnswer(over: Partial<Answer> = {}): Answer {
  return {
    kind: 'answer',
    observations: [],
    rows: 100,
    duplicates: 0,
    unreadable: 0,
    bytes: 1,
    startedAtMs: 0,
    finishedAtMs: 1,
    fieldNames: ['gpu_ids', 'rentable'],
    replayAtMs: undefined,
    ...over,
  };
}

function reasonOf(answer: Partial<Answer>, expected: number, isFiltered = false): string | undefined {
  const usualFields = new Set(['gpu_ids', 'rentable']);
  return doubtAbout({ answer: anAnswer(answer), expected, isStale: false, usualFields, isFiltered })?.reason;
}

describe('doubtAbout', () => {
  it.each([
    ['half of the usual rows', 50, 100, undefined],
    ['less than half', 49, 100, 'answer shrank from 100 to 49 rows'],
    ['the words of a collapsed market', 3, 10_123, 'answer shrank from 10,123 to 3 rows'],
    ['less than half of very few', 9, 19, undefined],
    ['nothing where some were', 0, 5, 'answer shrank from 5 to 0 rows'],
    ['nothing where hardly any were', 0, 4, undefined],
    ['the first answer of all', 3, 0, undefined],
  ])('judges %s', (_title, rows, expected, reason) => {
    expect(reasonOf({ rows }, expected)).toBe(reason);
  });

  it('lets a filtered answer halve, but not empty', () => {
    expect(reasonOf({ rows: 10 }, 100, true)).toBeUndefined();
    expect(reasonOf({ rows: 0 }, 100, true)).toBe('answer shrank from 100 to 0 rows');
  });

  it('lets an answer halve when the last is long ago, but not empty', () => {
    const judge = (rows: number) =>
      doubtAbout({
        answer: anAnswer({ rows }),
        expected: 100,
        isStale: true,
        usualFields: new Set(),
        isFiltered: false,
      });
    expect(judge(10)).toBeUndefined();
    expect(judge(0)?.reason).toBe('answer shrank from 100 to 0 rows');
  });

  it('misses a field that every answer has had, in an answer of some size', () => {
    expect(reasonOf({ fieldNames: ['rentable'] }, 100)).toBe('answer lacks gpu_ids');
    expect(reasonOf({ fieldNames: ['rentable'], rows: 9 }, 9)).toBeUndefined();
  });

  it('puts up with one unreadable row in a hundred', () => {
    expect(reasonOf({ unreadable: 1 }, 100)).toBeUndefined();
    expect(reasonOf({ unreadable: 2 }, 100)).toBe('2 of 100 rows could not be read');
  });
});
