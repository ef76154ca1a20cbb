// Listing machines with the requests that the official client was recorded to send, and what renters then see.
import { describe, expect, it } from 'vitest';
import { DAY } from '../a-sim.ts';
import { aHost, askBody, CREATE_ASKS, machineOf } from './a-host.ts';

const SHARE = 0.75;

describe('list machine', () => {
  it('sets prices as the host earns them; a renter sees them divided by the share', async () => {
    const host = aHost();
    const { id, num_gpus: gpus } = await machineOf(host);
    const before = await host.offersOf(id);
    const answer = await host.hostJson(
      'PUT',
      CREATE_ASKS,
      askBody(id, {
        price_gpu: 0.35,
        price_disk: 0.15,
        price_inetu: 0.002,
        price_inetd: 0.004,
        price_min_bid: 0.1,
        end_date: 1_798_675_200,
        credit_discount_max: 0.4,
      }),
    );
    expect(answer).toMatchObject({ success: true });
    const offers = await host.offersOf(id);
    expect(offers.map((offer) => offer.id)).toEqual(before.map((offer) => offer.id));
    const whole = offers.find((offer) => offer.num_gpus === gpus);
    expect(whole).toMatchObject({
      dph_base: (0.35 / SHARE) * gpus,
      storage_cost: 0.15 / SHARE,
      inet_up_cost: 0.002 / SHARE,
      inet_down_cost: 0.004 / SHARE,
      end_date: 1_798_675_200,
      credit_discount_max: 0.4,
    });
    expect(await machineOf(host)).toMatchObject({
      id,
      listed: true,
      listed_gpu_cost: 0.35,
      listed_storage_cost: 0.15,
      listed_inet_up_cost: 0.002,
      listed_inet_down_cost: 0.004,
      min_bid_price: 0.1,
      end_date: 1_798_675_200,
      credit_discount_max: 0.4,
    });
    expect(host.noted(id)).toEqual(['listing_changed']);
  });

  it('reads numbers that come as texts', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { price_gpu: '0.42', min_chunk: '4' }));
    expect(await machineOf(host)).toMatchObject({ listed_gpu_cost: 0.42, listed_min_gpu_count: 4 });
  });

  it('keeps with null what there is, and with a missing key, too', async () => {
    const host = aHost();
    const before = await machineOf(host);
    await host.hostJson('PUT', CREATE_ASKS, askBody(before.id));
    expect(await machineOf(host)).toEqual(before);
    await host.hostJson('PUT', CREATE_ASKS, { machine: before.id });
    expect(await machineOf(host)).toEqual(before);
  });

  it('lowers a bid floor that would be above the new price', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { price_gpu: 0.4, price_min_bid: 0.3 }));
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { price_gpu: 0.2 }));
    expect(await machineOf(host)).toMatchObject({ min_bid_price: 0.2 });
  });

  it.each([
    [1, [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 8]],
    [2, [2, 2, 2, 2, 4, 4, 8]],
    [4, [4, 4, 8]],
    [8, [8]],
  ])('cuts a machine of 8 into chunks of %d and more, under new ids', async (minChunk, sizes) => {
    const host = aHost();
    const { id } = await machineOf(host);
    // From another cut, so that each case changes something.
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { min_chunk: minChunk === 8 ? 1 : 8 }));
    const before = new Set((await host.offersOf(id)).map((offer) => offer.id));
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { min_chunk: minChunk }));
    const offers = await host.offersOf(id);
    expect(offers.map((offer) => offer.num_gpus).sort((a, b) => a - b)).toEqual(sizes);
    expect(offers.filter((offer) => before.has(offer.id))).toEqual([]);
    expect(await machineOf(host)).toMatchObject({ listed_min_gpu_count: minChunk });
  });

  it('with a duration rolls: it always has that long to go', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { duration: '3 months' }));
    const daysLeft = async () =>
      (((await machineOf(host)).end_date as number) * 1_000 - host.clock.now()) / DAY;
    expect(await daysLeft()).toBe(90);
    await host.clock.step(20 * DAY);
    expect(await daysLeft()).toBeGreaterThan(89);
    expect((await machineOf(host)).listed).toBe(true);
  });

  it.each([
    ['2 days', 2],
    ['1 week', 7],
    ['3 months', 90],
    ['1 year', 365],
    [86_400, 1],
    ['86400', 1],
  ])('reads the duration %j as %d days', async (duration, days) => {
    const host = aHost();
    const { id } = await machineOf(host);
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { duration }));
    const { end_date: end } = await machineOf(host);
    expect((end as number) * 1_000 - host.clock.now()).toBe(days * DAY);
  });

  it('with an end is off the market from then on, and not a moment before', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { end_date: (host.clock.now() + 5 * DAY) / 1_000 }));
    await host.clock.step(5 * DAY - 1);
    expect((await machineOf(host)).listed).toBe(true);
    await host.clock.step(1);
    expect((await machineOf(host)).listed).toBe(false);
    expect(await host.offersOf(id)).toEqual([]);
    expect(host.noted(id)).toContain('listing_ended');
  });

  it('after its end and without a new one is open: no end for the host, years away for a search', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { end_date: host.clock.now() / 1_000 + 60 }));
    await host.clock.step(DAY);
    await host.hostJson('PUT', CREATE_ASKS, askBody(id));
    expect(await machineOf(host)).toMatchObject({ listed: true, end_date: null, duration: null });
    const [offer] = await host.offersOf(id);
    expect((offer?.end_date as number) * 1_000 - host.clock.now()).toBe(3_650 * DAY);
  });

  it.each([
    [{ price_gpu: 0 }],
    [{ price_gpu: -1 }],
    [{ price_gpu: 'cheap' }],
    [{ price_gpu: 129 }],
    [{ price_disk: -0.1 }],
    [{ price_gpu: 0.2, price_min_bid: 0.21 }],
    [{ min_chunk: 3 }],
    [{ min_chunk: 0 }],
    [{ min_chunk: 1.5 }],
    [{ credit_discount_max: 1.01 }],
    [{ end_date: 1 }],
    [{ end_date: 1_999_999_999, duration: '1 day' }],
    [{ duration: 'long' }],
    [{ duration: '0 days' }],
    [{ vol_size: 1e9 }],
  ])('refuses %j with 400 and changes nothing', async (wrong) => {
    const host = aHost();
    const before = await machineOf(host);
    const response = await host.asHost('PUT', CREATE_ASKS, askBody(before.id, wrong));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ success: false, error: 'invalid_args' });
    expect(await machineOf(host)).toEqual(before);
    expect(host.noted(before.id)).toEqual([]);
  });

  it.each([
    ['price_gpu', { price_gpu: 128 }],
    ['price_min_bid', { price_gpu: 0.2, price_min_bid: 0.2 }],
    ['credit_discount_max', { credit_discount_max: 1 }],
    ['vol_size', { vol_size: 0 }],
  ])('accepts the largest and smallest %s', async (_, right) => {
    const host = aHost();
    const { id } = await machineOf(host);
    expect((await host.asHost('PUT', CREATE_ASKS, askBody(id, right))).status).toBe(200);
  });

  it('is for the owner: 403 for a renter and for a machine of somebody else, 404 for none', async () => {
    const host = aHost();
    const own = new Set((await host.machines()).map(({ id }) => id));
    const other = (await host.search()).find((offer) => !own.has(offer.machine_id));
    const body = askBody(other?.machine_id as number, { price_gpu: 1 });
    expect((await host.asHost('PUT', CREATE_ASKS, body)).status).toBe(403);
    const [first] = own;
    const asRenter = { method: 'PUT', body: JSON.stringify(askBody(first as number, { price_gpu: 1 })) };
    expect((await host.call(CREATE_ASKS, asRenter)).status).toBe(403);
    expect((await host.asHost('PUT', CREATE_ASKS, askBody(5))).status).toBe(404);
    expect((await host.asHost('PUT', CREATE_ASKS, {})).status).toBe(404);
  });
});

describe('unlist machine', () => {
  it('takes all its offers away and leaves its rentals; listed again it has new ids', async () => {
    const host = aHost();
    const busy = (await host.machines()).find(({ gpu_occupancy: letters }) => letters.includes('D'));
    const { id } = busy as { id: number };
    const before = await host.offersOf(id);
    const answer = await host.hostJson('DELETE', `/api/v0/machines/${id}/asks/`, {});
    expect(answer).toMatchObject({ success: true, machine_id: id });
    expect(typeof answer.user_id).toBe('number');
    expect(await host.offersOf(id)).toEqual([]);
    const slots = host.sim.truth.slots().filter(({ machineId }) => machineId === id);
    expect(new Set(slots.map(({ state }) => state))).not.toContain('free');
    const after = (await host.machines()).find((machine) => machine.id === id);
    expect(after).toMatchObject({ listed: false, gpu_occupancy: busy?.gpu_occupancy, start_date: null });
    await host.hostJson('PUT', CREATE_ASKS, askBody(id));
    const again = await host.offersOf(id);
    expect(again.map((offer) => offer.num_gpus)).toEqual(before.map((offer) => offer.num_gpus));
    expect(again.filter((offer) => before.some((old) => old.id === offer.id))).toEqual([]);
    expect(host.noted(id)).toEqual(['unlisted', 'listed']);
  });

  it('twice is the same as once', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    await host.hostJson('DELETE', `/api/v0/machines/${id}/asks`, {});
    await host.hostJson('DELETE', `/api/v0/machines/${id}/asks`, {});
    expect(host.noted(id)).toEqual(['unlisted']);
  });
});

describe('the truth of a free GPU', () => {
  it('says since when it is on the market, or off it', async () => {
    const host = aHost();
    const machine = (await host.machines()).find(({ gpu_occupancy: letters }) => letters.includes('x'));
    const id = machine?.id as number;
    const since = (state: string) =>
      host.sim.truth
        .slots()
        .filter((slot) => slot.machineId === id && slot.state === state)
        .map(({ sinceMs }) => sinceMs);
    await host.clock.step(60_000);
    await host.hostJson('DELETE', `/api/v0/machines/${id}/asks/`, {});
    expect(new Set(since('unlisted'))).toEqual(new Set([host.clock.now()]));
    await host.clock.step(60_000);
    await host.hostJson('PUT', CREATE_ASKS, askBody(id));
    expect(new Set(since('free'))).toEqual(new Set([host.clock.now()]));
  });
});

describe('set min-bid', () => {
  it('is what a free GPU costs at least, divided by the share', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { price_gpu: 3, price_min_bid: 1 }));
    const sent = { client_id: 'me', price: 2.5 };
    expect(await host.hostJson('PUT', `/api/v0/machines/${id}/minbid/`, sent)).toEqual({
      success: true,
      you_sent: sent,
    });
    const slots = new Map(host.sim.truth.slots().map((slot) => [slot.gpuId, slot.state]));
    const free = (await host.offersOf(id)).filter((offer) =>
      offer.gpu_ids.every((gpuId) => slots.get(gpuId) !== 'bid'),
    );
    expect(free.length).toBeGreaterThan(0);
    for (const offer of free) expect(offer.min_bid).toBe((2.5 / SHARE) * offer.num_gpus);
    expect(await machineOf(host)).toMatchObject({ min_bid_price: 2.5 });
  });

  it.each([[0], [3.01], [null]])('refuses %j with 422', async (price) => {
    const host = aHost();
    const { id } = await machineOf(host);
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { price_gpu: 3, price_min_bid: 1 }));
    expect((await host.asHost('PUT', `/api/v0/machines/${id}/minbid`, { price })).status).toBe(422);
    expect(await machineOf(host)).toMatchObject({ min_bid_price: 1 });
  });
});

describe('a later end', () => {
  it('prolongs contracts at the same price and counts them; at a higher price it does not', async () => {
    const host = aHost();
    const machine = (await host.machines()).find(({ gpu_occupancy: letters }) => letters.includes('D'));
    const { id } = machine as { id: number };
    const row = async () => (await host.machines()).find((each) => each.id === id);
    const endsOf = async () =>
      ((await row()) as unknown as { clients: { end_date: number; is_bid: boolean }[] }).clients
        .filter((client) => !client.is_bid)
        .map((client) => client.end_date);
    const before = await endsOf();
    // A bid is its renter's own price: it goes on.
    const bids = (machine?.gpu_occupancy.match(/I/g) ?? []).length > 0 ? 1 : 0;
    const later = Math.max(...before) + 86_400;
    const raised = await host.hostJson(
      'PUT',
      CREATE_ASKS,
      askBody(id, { end_date: later, price_gpu: (machine?.listed_gpu_cost ?? 0) * 3 }),
    );
    expect(raised.extended).toBe(bids);
    expect(await endsOf()).toEqual(before);
    const kept = await host.hostJson(
      'PUT',
      CREATE_ASKS,
      askBody(id, { end_date: later + 60, price_gpu: (machine?.listed_gpu_cost ?? 0) * 0.4 }),
    );
    expect(kept.extended).toBeGreaterThanOrEqual(before.length);
    expect(await endsOf()).toEqual(before.map(() => later + 60));
    expect(await row()).toMatchObject({ client_end_date: later + 60 });
  });
});
