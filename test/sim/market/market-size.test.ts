// How large a market becomes: by offers, or by hosts.
import { describe, expect, it } from 'vitest';
import { createDice } from '../../../src/sim/dice.ts';
import { offersOf } from '../../../src/sim/market/market-size.ts';
import { buildWorld } from '../../../src/sim/market/population.ts';

const startMs = Date.UTC(2026, 0, 1);

describe('a market of so many hosts', () => {
  it.each([
    ['7', 1],
    ['7', 3],
    ['7', 50],
    ['7', 100],
    ['other', 1],
    ['other', 60],
    ['other', 200],
  ])('of seed %s has %i', (seed, hosts) => {
    const dice = createDice(seed);
    const offers = offersOf({ hosts }, dice, startMs);
    expect(buildWorld({ dice, startMs, offers }).hosts).toHaveLength(hosts);
  });
});

describe('a size', () => {
  const dice = createDice('size');

  it('is 10,000 offers when nobody says', () => {
    expect(offersOf({}, dice, startMs)).toBe(10_000);
    expect(offersOf({ offers: 1 }, dice, startMs)).toBe(1);
    expect(offersOf({ offers: 500_000 }, dice, startMs)).toBe(500_000);
  });

  it.each([
    [{ offers: 0 }, 'ask for 1 to 500000'],
    [{ offers: 500_001 }, 'ask for 1 to 500000'],
    [{ offers: Number.NaN }, 'ask for 1 to 500000'],
    [{ hosts: 0 }, 'ask for 1 to 1000'],
    [{ hosts: 1_001 }, 'ask for 1 to 1000'],
    [{ hosts: 2.5 }, 'ask for 1 to 1000'],
    [{ offers: 10, hosts: 10 }, 'give one of the two'],
  ])('%j is refused', (size, sentence) => {
    expect(() => offersOf(size, dice, startMs)).toThrow(sentence);
  });
});
