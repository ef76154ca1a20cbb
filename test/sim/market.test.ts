// The market behind the API: what is shown agrees with what is true, the calibration is met, the events happen,
// and the whole is the same again for the same seed.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../src/base/std/index.ts';
import { createSim, type SlotTruth } from '../../src/sim/index.ts';
import { GPU_MODELS } from '../../src/sim/market/calibration.ts';
import { chunkTree } from '../../src/sim/market/chunk-tree.ts';
import { aSim, DAY, HOUR, type Offer } from './a-sim.ts';

describe('the chunks of a machine', () => {
  it.each([
    [1, 1, [1]],
    [2, 1, [2, 1, 1]],
    [3, 1, [3, 2, 1, 1, 1]],
    [4, 2, [4, 2, 2]],
    [4, 4, [4]],
    [6, 1, [6, 4, 2, 1, 1, 2, 1, 1, 2, 1, 1]],
    // Recorded by the most used exporter as [1 2 2 2 3 4 7] and [3 4 7].
    [7, 2, [7, 4, 2, 2, 3, 2, 1]],
    [7, 4, [7, 4, 3]],
    [8, 2, [8, 4, 2, 2, 4, 2, 2]],
    [12, 4, [12, 8, 4, 4, 4]],
    [14, 14, [14]],
  ])('of %d GPUs, at least %d each', (gpus, minChunk, sizes) => {
    const chunks = chunkTree(gpus, minChunk);
    const bySize = (a: number, b: number) => a - b;
    expect(chunks.map(({ size }) => size).sort(bySize)).toEqual([...sizes].sort(bySize));
    expect(chunks[0]?.mask).toBe((1 << gpus) - 1);
    // Two chunks are one inside the other, or share nothing.
    for (const { mask: a } of chunks) {
      for (const { mask: b } of chunks) expect([0, a, b]).toContain(a & b);
    }
  });
});

/** What must hold at any instant between a full listing and the truth. */
function expectConsistent(offers: readonly Offer[], slots: readonly SlotTruth[]): void {
  const stateOf = new Map(slots.map(({ gpuId, state }) => [gpuId, state]));
  for (const { id, gpu_ids: gpuIds, rentable, num_gpus: size } of offers) {
    const states = gpuIds.map((gpuId) => stateOf.get(gpuId));
    expect(gpuIds.length, `offer ${id}`).toBe(size);
    const isTaken = states.some((state) => state === 'on-demand' || state === 'offline');
    expect(rentable, `offer ${id}: ${states.join()}`).toBe(!isTaken);
    expect(states).not.toContain('unlisted');
    expect(states).not.toContain(undefined);
  }
}

describe('what is shown and what is true', () => {
  it('agree at the start and over a month', async () => {
    const world = aSim({ offers: 600 });
    for (let hours = 0; hours < 24 * 30; hours += 37) {
      const offers = await world.search();
      expectConsistent(offers, world.sim.truth.slots());
      const shown = new Set(offers.map((offer) => offer.id));
      expect(shown.size).toBe(offers.length);
      for (const id of world.sim.truth.listedOfferIds()) expect(shown.has(id)).toBe(true);
      await world.clock.step(37 * HOUR);
    }
  });

  it('agree on rentals: each slot is rented by the rental that covers it, at its price', async () => {
    const { sim, clock } = aSim({ offers: 600 });
    await clock.step(3 * DAY);
    const now = clock.now();
    const running = sim.truth.rentals(now, now + 1).filter(({ endMs }) => endMs === undefined);
    const byGpu = new Map(
      running.flatMap((rental) => rental.gpuIds.map((gpuId) => [gpuId, rental] as const)),
    );
    expect(byGpu.size).toBe(running.reduce((sum, rental) => sum + rental.gpuIds.length, 0));
    let rentedSlots = 0;
    for (const slot of sim.truth.slots()) {
      const rental = byGpu.get(slot.gpuId);
      if (slot.state === 'offline') continue;
      expect(slot.state === 'on-demand' || slot.state === 'bid').toBe(rental !== undefined);
      if (!rental) continue;
      rentedSlots += 1;
      expect(slot.state).toBe(rental.kind);
      expect(slot.machineId).toBe(rental.machineId);
      expect(slot.lockedPricePerHour).toBeCloseTo(rental.lockedPricePerHour / rental.gpuIds.length, 12);
    }
    expect(rentedSlots).toBeGreaterThan(50);
  });

  it('keep rentals of a GPU apart in time', async () => {
    const { sim, clock } = aSim({ offers: 600 });
    await clock.step(20 * DAY);
    const rentals = sim.truth.rentals(0, clock.now() + 1);
    expect(new Set(rentals.map(({ rentalId }) => rentalId)).size).toBe(rentals.length);
    const ends = new Map<number, number>();
    for (const rental of [...rentals].sort((a, b) => a.startMs - b.startMs)) {
      expect(rental.endMs ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(rental.startMs);
      for (const gpuId of rental.gpuIds) {
        expect(rental.startMs).toBeGreaterThanOrEqual(ends.get(gpuId) ?? 0);
        ends.set(gpuId, rental.endMs ?? Number.POSITIVE_INFINITY);
      }
    }
    expect(rentals.some(({ kind }) => kind === 'bid')).toBe(true);
    expect(rentals.some(({ kind }) => kind === 'on-demand')).toBe(true);
  });

  it('ask for a bid above the on-demand price about as often as recorded offers do', async () => {
    const { clock, search } = aSim({ offers: 3_000 });
    const shares: number[] = [];
    for (let day = 0; day < 3; day += 1) {
      const offers = (await search()).filter(({ rentable }) => rentable);
      const above = offers.filter(({ min_bid: minBid, dph_base: price }) => Number(minBid) > 1.001 * price);
      shares.push(above.length / offers.length);
      await clock.step(DAY);
    }
    // 10.7 % of 1,396 on 2024-11-05.
    for (const share of shares) {
      expect(share).toBeGreaterThan(0.03);
      expect(share).toBeLessThan(0.25);
    }
  });

  it('ask for more than the floor where a bid runs, and end that bid for an on-demand rental', async () => {
    const { sim, clock, search } = aSim({ offers: 3_000 });
    const offers = await search();
    const stateOf = new Map(sim.truth.slots().map((slot) => [slot.gpuId, slot]));
    let held = 0;
    for (const offer of offers.filter(({ num_gpus: size }) => size === 1)) {
      const slot = stateOf.get(offer.gpu_ids[0] as number);
      if (slot?.state !== 'bid') continue;
      held += 1;
      expect(offer.min_bid).toBeGreaterThan(slot.lockedPricePerHour as number);
      expect(offer.rentable).toBe(true);
    }
    expect(held).toBeGreaterThan(10);
    await clock.step(5 * DAY);
    const rentals = sim.truth.rentals(0, clock.now() + 1);
    const startsOf = new Map(
      rentals
        .filter(({ kind }) => kind === 'on-demand')
        .flatMap(({ gpuIds, startMs }) =>
          gpuIds.map((gpuId) => [`${gpuId}@${startMs}` as string, true] as const),
        ),
    );
    const displaced = rentals.filter(
      ({ kind, gpuIds, endMs }) =>
        kind === 'bid' && gpuIds.some((gpuId) => startsOf.has(`${gpuId}@${endMs}`)),
    );
    expect(displaced.length).toBeGreaterThan(0);
  });
});

describe('what happens', () => {
  it('over 40 days: outages, new ids, delisting, prices, reliability, verification', async () => {
    const world = aSim({ offers: 600 });
    const first = await world.search();
    const idsOf = (offers: readonly Offer[]) => new Map(offers.map((offer) => [offer.gpu_ids.join(), offer]));
    let offline = 0;
    let unlisted = 0;
    let hiddenOffline = 0;
    let shownOffline = 0;
    for (let day = 1; day <= 40; day += 1) {
      await world.clock.step(DAY);
      const slots = world.sim.truth.slots();
      const shown = new Set((await world.search()).flatMap((offer) => offer.gpu_ids));
      const down = slots.filter(({ state }) => state === 'offline');
      offline += down.length;
      shownOffline += down.filter(({ gpuId }) => shown.has(gpuId)).length;
      hiddenOffline += down.filter(({ gpuId }) => !shown.has(gpuId)).length;
      unlisted += slots.filter(({ state }) => state === 'unlisted').length;
    }
    expect(offline / 40).toBeGreaterThan(1);
    expect(shownOffline).toBeGreaterThan(0);
    expect(hiddenOffline).toBeGreaterThan(0);
    expect(unlisted).toBeGreaterThan(0);
    const last = idsOf(await world.search());
    const pairs = first.flatMap((before) => {
      const after = last.get(before.gpu_ids.join());
      return after ? [[before, after] as const] : [];
    });
    const share = (changed: (before: Offer, after: Offer) => boolean) =>
      pairs.filter(([before, after]) => changed(before, after)).length / pairs.length;
    expect(pairs.length).toBeGreaterThan(400);
    expect(share((a, b) => a.id !== b.id)).toBeGreaterThan(0.5);
    expect(share((a, b) => a.machine_id !== b.machine_id)).toBe(0);
    expect(share((a, b) => a.dph_base !== b.dph_base)).toBeGreaterThan(0.5);
    expect(share((a, b) => a.reliability !== b.reliability)).toBeGreaterThan(0.8);
    expect(share((a, b) => a.verification !== b.verification)).toBeGreaterThan(0.02);
    expect(share((a, b) => a.end_date !== b.end_date)).toBeGreaterThan(0.2);
    for (const { reliability, end_date: end } of last.values()) {
      expect(String(reliability).length).toBeLessThanOrEqual(9);
      expect(end).toBeGreaterThan(world.clock.now() / 1_000 - DAY / 1_000);
    }
  });

  it('within an hour: few prices move, most reliabilities stay', async () => {
    const world = aSim({ offers: 1_000 });
    const before = new Map((await world.search()).map((offer) => [offer.id, offer]));
    await world.clock.step(HOUR);
    const after = await world.search();
    const moved = (name: string) =>
      after.filter((offer) => before.has(offer.id) && before.get(offer.id)?.[name] !== offer[name]).length /
      after.length;
    expect(moved('dph_base')).toBeLessThan(0.06);
    expect(moved('reliability')).toBeGreaterThan(0.1);
    expect(moved('reliability')).toBeLessThan(0.4);
    expect(after.filter(({ id }) => before.has(id)).length / after.length).toBeGreaterThan(0.97);
  });
});

describe('a row', () => {
  it('has the 100 fields of the recorded answers of 2026 and their sums', async () => {
    const { search, clock } = aSim();
    const offers = await search();
    for (const offer of offers) {
      const number = (name: string) => offer[name] as number;
      expect(Object.keys(offer).length).toBe(100);
      expect(number('ask_contract_id')).toBe(offer.id);
      expect(number('gpu_total_ram')).toBe(number('gpu_ram') * offer.num_gpus);
      expect(number('dlperf_per_dphtotal')).toBeCloseTo(number('dlperf') / offer.dph_total, 9);
      expect(number('duration')).toBeCloseTo(number('end_date') - clock.now() / 1_000, 6);
      expect(number('reliability2')).toBe(number('reliability'));
      expect(number('driver_vers')).toBeGreaterThan(500_000_000);
      expect(offer.rented).toBe(false);
      expect(offer.search).toMatchObject({ gpuCostPerHour: offer.dph_base, totalHour: offer.dph_total });
      expect([...offer.gpu_ids].sort((a, b) => a - b)).toEqual(offer.gpu_ids);
    }
    expect(offers.some((offer) => offer.start_date === null)).toBe(true);
    expect(offers.some((offer) => String(offer.dph_total).length > 16)).toBe(true);
  });
});

describe('the calibration', () => {
  it('is met by a market of 10,000 offers: size, models, prices, machines, hosts', async () => {
    const { search, sim } = aSim({ offers: 10_000, seed: 11 });
    const offers = await search();
    expect(offers.length).toBeGreaterThan(9_600);
    expect(offers.length).toBeLessThan(10_600);
    const whole = offers.filter(({ gpu_frac: share }) => share === 1);
    const gpusOf = new Map<string, number>();
    for (const { gpu_name: name, num_gpus: size } of whole) gpusOf.set(name, (gpusOf.get(name) ?? 0) + size);
    const gpus = [...gpusOf.values()].reduce((sum, count) => sum + count, 0);
    for (const model of GPU_MODELS.filter(({ sharePerMille }) => sharePerMille >= 8)) {
      const share = (1_000 * (gpusOf.get(model.name) ?? 0)) / gpus;
      expect(share / model.sharePerMille, model.name).toBeGreaterThan(0.75);
      expect(share / model.sharePerMille, model.name).toBeLessThan(1.33);
      const prices = whole
        .filter(({ gpu_name: name }) => name === model.name)
        .map((offer) => offer.dph_base / offer.num_gpus)
        .sort((a, b) => a - b);
      const median = prices[prices.length >> 1] as number;
      expect(median / model.medianPricePerHour, model.name).toBeGreaterThan(0.9);
      expect(median / model.medianPricePerHour, model.name).toBeLessThan(1.1);
    }
    const machines = new Set(offers.map((offer) => offer.machine_id)).size;
    const hosts = new Set(offers.map((offer) => offer.host_id)).size;
    // 949 machines of 368 hosts on 2024-11-05.
    expect(machines / hosts).toBeGreaterThan(2);
    expect(machines / hosts).toBeLessThan(5);
    expect(new Set(sim.truth.slots().map(({ gpuId }) => gpuId)).size).toBe(sim.truth.slots().length);
  });

  it('keeps the market as busy as the table says, over weeks', async () => {
    const { sim, clock, search } = aSim({ offers: 4_000, seed: 5 });
    const modelOf = new Map(
      (await search()).flatMap((o) => o.gpu_ids.map((gpuId) => [gpuId, o.gpu_name] as const)),
    );
    let onDemand = 0;
    let bid = 0;
    let wanted = 0;
    let total = 0;
    for (let day = 0; day < 24; day += 4) {
      for (const { gpuId, state } of sim.truth.slots()) {
        const model = GPU_MODELS.find(({ name }) => name === modelOf.get(gpuId));
        if (!model) continue;
        total += 1;
        wanted += model.utilisation;
        if (state === 'on-demand') onDemand += 1;
        if (state === 'bid') bid += 1;
      }
      await clock.step(4 * DAY);
    }
    expect(Math.abs(onDemand - wanted) / total).toBeLessThan(0.06);
    expect(bid / total).toBeGreaterThan(0.02);
    expect(bid / total).toBeLessThan(0.15);
  });

  it('gives a small market many models, too', async () => {
    const offers = await aSim({ offers: 300, seed: 21 }).search();
    expect(offers.length).toBeGreaterThan(260);
    expect(offers.length).toBeLessThan(340);
    expect(new Set(offers.map((offer) => offer.gpu_name)).size).toBeGreaterThan(20);
    expect(offers.filter(({ gpu_name: name }) => name === 'RTX 4090').length).toBeGreaterThan(10);
  });

  it('makes a market of a single offer', async () => {
    expect((await aSim({ offers: 1 }).search()).length).toBeGreaterThan(0);
  });
});

describe('the same seed', () => {
  const run = async (seed: string, stepsMs: readonly number[]) => {
    const clock = new SteppedClock();
    const sim = createSim({ seed, clock, offers: 200, searchesPerMinute: Number.POSITIVE_INFINITY });
    const hash = createHash('sha256');
    for (const stepMs of stepsMs) {
      await clock.step(stepMs);
      const response = await sim.fetch('https://console.vast.ai/api/v0/bundles/', {
        method: 'POST',
        headers: { authorization: `Bearer ${sim.apiKey}` },
        body: '{"disable_bundling":true}',
      });
      hash.update(new Uint8Array(await response.arrayBuffer()));
    }
    return hash.digest('hex');
  };
  const steps = [0, 360_000, 7 * DAY, HOUR];

  it('and the same requests give the same bytes', async () => {
    expect(await run('a', steps)).toBe(await run('a', steps));
  });

  it('differs from another seed', async () => {
    expect(await run('a', steps)).not.toBe(await run('b', steps));
  });

  it('leads to the same market whoever asked in between, and how often', async () => {
    const seldom = aSim();
    const often = aSim();
    for (let hour = 0; hour < 100; hour += 1) {
      await often.clock.step(HOUR);
      if (hour % 7 === 0) await often.search({ gpu_name: { eq: 'RTX 4090' }, type: 'bid' });
    }
    await seldom.clock.step(100 * HOUR);
    expect(await often.search()).toEqual(await seldom.search());
    expect(often.sim.truth.slots()).toEqual(seldom.sim.truth.slots());
  });

  it('does not go back when the clock does', async () => {
    const { clock, search, sim } = aSim();
    await clock.step(5 * DAY);
    const before = sim.truth.slots();
    clock.jump(-2 * DAY);
    expect(sim.truth.slots()).toEqual(before);
    expect((await search()).length).toBeGreaterThan(0);
  });
});
