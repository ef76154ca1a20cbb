// What is best of a figure, by what is good of it.
import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../../../src/front/cli/commands/runs-figures.ts';

const told = (name: string, over = {}) => ({
  name,
  points: 2,
  first: 1,
  last: 2,
  lastStep: 20,
  lastAtMs: 0,
  min: 0,
  minStep: 10,
  max: 7,
  maxStep: 20,
  odd: 0,
  ...over,
});

const bestOf = (name: string, good?: 'up' | 'down' | 'none') => {
  const custom = {
    name: 'score',
    from: { kind: 'pattern', pattern: 'x', ignoreCase: false },
    ...(good && { good }),
  } as const;
  const [only] = figuresOf({ figures: [told(name)] }, [custom]);
  return [only?.best, only?.bestStep];
};

describe('the best of a figure', () => {
  it('is what vastdeck.yaml calls good of it, by its own name and by the one under which it is kept', () => {
    expect(bestOf('score', 'up')).toEqual([7, 20]);
    expect(bestOf('score', 'down')).toEqual([0, 10]);
    expect(bestOf('custom/score', 'up')).toEqual([7, 20]);
    expect(bestOf('score', 'none')).toEqual([null, null]);
    expect(bestOf('score')).toEqual([null, null]);
  });

  it('is the least loss and the greatest throughput without being told', () => {
    expect(bestOf('loss')).toEqual([0, 10]);
    expect(bestOf('throughput')).toEqual([7, 20]);
    expect(bestOf('learning_rate')).toEqual([null, null]);
  });

  it('keeps a last value that is no number', () => {
    const [only] = figuresOf({ figures: [told('loss', { last: 'NaN', first: '-Infinity' })] });
    expect(only).toMatchObject({ last: Number.NaN, first: Number.NEGATIVE_INFINITY });
    expect(figuresOf({ figures: [told('loss', { last: null })] })[0]?.last).toBeNull();
  });
});
