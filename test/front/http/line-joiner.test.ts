// Goal: over daemons that count anew each line is shown once, with numbers that grow, as far as it can be known.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/std/index.ts';
import { createLineJoiner } from '../../../src/front/http/client/monitor/line-joiner.ts';
import type { ShownLine } from '../../../src/rent/monitor/index.ts';

const lines = (texts: readonly string[], firstSeq = 1): ShownLine[] =>
  texts.map((text, at) => ({ seq: firstSeq + at, attempt: 1, atMs: 0, text }));
const shown = (all: readonly ShownLine[]) => all.map(({ seq, text }) => `${seq} ${text}`);

describe('lines of one count', () => {
  it('are pushed once each, however often they come', () => {
    const joiner = createLineJoiner();
    expect(shown(joiner.push(lines(['a', 'b'])))).toEqual(['1 a', '2 b']);
    expect(shown(joiner.push(lines(['a', 'b', 'c'])))).toEqual(['3 c']);
    expect(shown(joiner.place(lines(['b', 'c', 'd'], 2)))).toEqual(['2 b', '3 c', '4 d']);
    expect(shown(joiner.push(lines(['d'], 4)))).toEqual(['4 d']);
  });
});

describe('lines of another count', () => {
  const afterSeeing = (texts: readonly string[]) => {
    const joiner = createLineJoiner();
    joiner.push(lines(texts));
    joiner.beginAnew();
    return joiner;
  };

  it('go on behind the last that was seen, in whatever pieces they come', () => {
    const all = Array.from({ length: 200 }, (_, at) => `step ${at} loss ${at % 7}`);
    for (const seed of ['a', 'b', 'c', 'd']) {
      const random = createRandom(seed);
      const seen = random.int(5, 150);
      const begins = random.int(0, seen - 3);
      const joiner = afterSeeing(all.slice(0, seen));
      const texts: string[] = [];
      const rest = lines(all.slice(begins));
      while (rest.length > 0) {
        const piece = joiner.push(rest.splice(0, random.int(1, 40)));
        expect(piece.every(({ seq, text }) => all[seq - 1] === text)).toBe(true);
        texts.push(...piece.map(({ text }) => text));
      }
      expect(texts, `seed ${seed}`).toEqual(all.slice(seen));
    }
  });

  it('are held until it is known where they belong, and then all new', () => {
    const joiner = afterSeeing(['a', 'b', 'c', 'd']);
    expect(joiner.push(lines(['x', 'y']))).toEqual([]);
    expect(joiner.isHolding()).toBe(true);
    expect(shown(joiner.giveUp())).toEqual(['5 x', '6 y']);
    expect(joiner.isHolding()).toBe(false);
    expect(shown(joiner.push(lines(['z'], 3)))).toEqual(['7 z']);
  });

  it('are not taken for known ones that look alike by chance', () => {
    const joiner = afterSeeing(['a', 'b', 'c', 'same']);
    expect(joiner.push(lines(['same', 'new']))).toEqual([]);
    expect(shown(joiner.giveUp())).toEqual(['5 same', '6 new']);
  });

  it('that were asked for are placed, and what is pushed then goes on with them', () => {
    const joiner = afterSeeing(['a', 'b', 'c', 'd']);
    expect(shown(joiner.place(lines(['b', 'c', 'd', 'e'], 10)))).toEqual(['2 b', '3 c', '4 d', '5 e']);
    expect(shown(joiner.push(lines(['e', 'f'], 13)))).toEqual(['5 e', '6 f']);
  });

  it('of a run of which nothing was seen are what they are', () => {
    const joiner = createLineJoiner();
    joiner.beginAnew();
    expect(shown(joiner.push(lines(['a'])))).toEqual(['1 a']);
  });
});
