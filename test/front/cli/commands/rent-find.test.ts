// Bid, budget and the price that was agreed to, on the offers of a simulated market.
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRandom, usd } from '../../../../src/base/std/index.ts';
import { finderFor, nothingLeft, type Tried } from '../../../../src/front/cli/commands/rent-find.ts';
import { readRentWish } from '../../../../src/front/cli/commands/rent-wish.ts';
import { aRentWorld } from '../../../rent/a-rent-world.ts';

async function aFinder(flags: Readonly<Record<string, unknown>> = {}, tried: Partial<Tried> = {}) {
  const world = await aRentWorld();
  onTestFinished(() => world[Symbol.asyncDispose]());
  const base = readRentWish({ gpu: 'any', for: '2h', traffic: '5GB', ...flags }, createRandom('find'));
  const wish = { ...base, need: { ...base.need, gpus: 'any' as const } };
  const find = finderFor({ clock: world.clock }, { client: world.client, facts: () => undefined }, wish, {
    failed: [],
    spentUsd: 0,
    mostPerHour: () => Number.POSITIVE_INFINITY,
    ...tried,
  });
  const all = await world.live(find.all(new AbortController().signal));
  return { find, wish, world, ...all };
}

describe('candidates for a box', () => {
  it('may set aside the whole budget and not a millionth more', async () => {
    const { candidates } = await aFinder();
    const cheapest = Math.min(...candidates.map(({ worstCost }) => worstCost));
    const exact = (cheapest / 1e6).toFixed(6);
    const within = (await aFinder({ budget: exact })).candidates;
    expect(new Set(within.map(({ worstCost }) => worstCost))).toEqual(new Set([cheapest]));
    const less = ((cheapest - 1) / 1e6).toFixed(6);
    const none = await aFinder({ budget: less });
    expect(none.candidates).toEqual([]);
    expect(none.find.dearest()?.worstCost).toBe(cheapest);
    expect((await aFinder({ budget: exact }, { spentUsd: 0.000001 })).candidates).toEqual([]);
  });

  it('cost no more an hour than was agreed to', async () => {
    const { candidates } = await aFinder();
    const agreed = candidates[2]?.terms.pricePerHour ?? 0;
    const within = (await aFinder({}, { mostPerHour: () => agreed })).candidates;
    expect(within.length).toBeGreaterThanOrEqual(3);
    expect(within.length).toBeLessThan(candidates.length);
    expect(Math.max(...within.map(({ terms }) => terms.pricePerHour))).toBe(agreed);
  });

  it('are asked for at the bid that was given, where it wins', async () => {
    const { candidates, ranking } = await aFinder({ interruptible: true, bid: '0.15' });
    expect(candidates.length).toBeGreaterThan(0);
    for (const { terms } of candidates) expect(terms.bidPerHour).toBe(0.15);
    for (const { offer } of ranking.ranked) expect(offer.minBidPerHour).toBeLessThanOrEqual(0.15);
    expect((await aFinder({ interruptible: true, bid: '0.001' })).candidates).toEqual([]);
  });

  it('are looked at again with the same rules', async () => {
    const { find, candidates, world } = await aFinder();
    const [best] = candidates;
    if (!best) throw new Error('the market has none');
    expect(await world.live(find.again(best))).toMatchObject({ machineId: best.machineId });
    const strict = await aFinder({}, { mostPerHour: () => best.terms.pricePerHour / 2 });
    expect(await strict.world.live(strict.find.again(best))).toBeUndefined();
  });
});

describe('when nothing is left', () => {
  it('is a denial where the budget is what keeps offers out, with what failed tries cost', async () => {
    const { find, wish } = await aFinder({ budget: '0.01' });
    const error = nothingLeft(wish, { dearest: find.dearest(), spentUsd: 0.5, mostPerHour: 1 });
    expect(error.name).toBe('DeniedError');
    expect(error.message).toContain(`more than --budget $0.0100, and $0.500 were spent on tries that failed`);
    expect(usd(find.dearest()?.worstCost ?? (0 as never))).toBeGreaterThan(0.01);
  });

  it('is a lack of offers where the bid or the agreed price does', async () => {
    const { wish } = await aFinder({ interruptible: true, bid: '0.001' });
    expect(nothingLeft(wish, { dearest: undefined, spentUsd: 0, mostPerHour: 1 }).message).toMatch(
      /^No available instances found matching criteria: no offer takes a bid of \$0\.0010\/h/,
    );
    const { wish: fixed } = await aFinder();
    expect(nothingLeft(fixed, { dearest: undefined, spentUsd: 0, mostPerHour: 0.5 }).message).toContain(
      'no other offer costs at most $0.500/h; --max-price allows more',
    );
  });
});
