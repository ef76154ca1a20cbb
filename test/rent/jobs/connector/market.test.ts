// Resources and prices on a simulated market.
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/base/std/index.ts';
import { type OfferId, UnknownGpuError } from '../../../../src/net/vast/index.ts';
import { ListingIncompleteError } from '../../../../src/rent/jobs/connector/errors.ts';
import { getPricing } from '../../../../src/rent/jobs/connector/pricing.ts';
import { listResources } from '../../../../src/rent/jobs/connector/resources.ts';
import { aRentWorld } from '../../a-rent-world.ts';

describe('resources', () => {
  it('are the instances of the account, then the cheapest offers', async () => {
    await using world = await aRentWorld({ sim: { offers: 400 } });
    const { client, watcher, live, sim, clock } = world;
    const [cheapest] = await live(listResources({ client, watcher }, { gpu: 'rtx4090', offers: 1 }));
    expect(cheapest).toMatchObject({
      kind: 'offer',
      gpuName: 'RTX 4090',
      vramGb: 24,
      isAvailable: true,
      status: 'offered',
      resourceId: `${cheapest?.gpuCount}x RTX 4090`,
    });
    expect(cheapest?.name).toBe(`${cheapest?.resourceId}, ${cheapest?.location?.replace(/^, /, '')}`);
    const created = await live(
      client.instances.create(cheapest?.id as OfferId, {
        image: 'pytorch/pytorch:latest',
        diskGb: 20,
        label: 'mine',
      }),
    );
    // A listing of the same moment would do for whoever asks.
    await live(clock.sleep(1_000));
    const before = await live(listResources({ client, watcher }, { offers: 0 }));
    expect(before).toMatchObject([
      { kind: 'instance', id: created.instanceId, name: 'mine', gpuName: 'RTX 4090', isAvailable: false },
    ]);
    await live(clock.sleep(1_800_000));
    expect(sim.truth.instances()[0]?.actual).toBe('running');
    const [instance, ...offers] = await live(listResources({ client, watcher }, { offers: 3 }));
    expect(instance).toMatchObject({ status: 'running', isAvailable: true, vramGb: 24 });
    expect(offers).toHaveLength(3);
    const prices = offers.map(({ pricePerHour }) => pricePerHour ?? 0);
    expect(prices).toEqual(prices.toSorted((a, b) => a - b));
  });

  it('are not told while the account cannot be listed whole: none is not the same as unknown', async () => {
    await using world = await aRentWorld();
    const { client, watcher, live, sim } = world;
    sim.fail('ill-typed-listing', { times: 20 });
    await expect(live(listResources({ client, watcher }, { offers: 0 }))).rejects.toThrow(
      ListingIncompleteError,
    );
  });
});

describe('the price of a GPU', () => {
  it('is told over hosts, fixed and spot', async () => {
    await using world = await aRentWorld({ sim: { offers: 600 } });
    const { client, live, clock } = world;
    const clouds = { fetch: globalThis.fetch, keys: {}, clock };
    const pricing = await live(getPricing({ client, clouds }, 'rtx_4090', {}));
    expect(pricing).toMatchObject({ gpu: 'RTX 4090', currency: 'USD', billingIncrementS: 1, elsewhere: [] });
    const { onDemand, spot, pricePerHour, spotPricePerHour } = pricing;
    expect(onDemand.hosts).toBeGreaterThan(1);
    expect(onDemand.offers).toBeGreaterThanOrEqual(onDemand.hosts);
    expect(onDemand.min).toBeLessThanOrEqual(onDemand.median ?? 0);
    expect(onDemand.median).toBeLessThanOrEqual(onDemand.max ?? 0);
    expect([pricePerHour, spotPricePerHour]).toEqual([onDemand.median, spot.median]);
    expect(spot.min).toBeLessThan(onDemand.min ?? 0);
  });

  it('of a model that does not exist is refused with those that are near', async () => {
    await using world = await aRentWorld();
    const { client, live, clock } = world;
    const clouds = { fetch: globalThis.fetch, keys: { runpod: new Secret('k') }, clock };
    await expect(live(getPricing({ client, clouds }, 'RTX 4091', {}))).rejects.toThrow(UnknownGpuError);
  });
});
