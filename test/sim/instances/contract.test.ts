import { describe, expect, it } from 'vitest';
import { prepayTerms, refundOf } from '../../../src/sim/instances/deposit.ts';
import { aRenter, type Json } from './a-renter.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** An on-demand instance on a machine whose host gives a discount of 40 %. */
async function onDemand() {
  const renter = aRenter({ offers: 2_000, credit: 10_000 });
  const offers = await renter.search({
    rentable: { eq: true },
    credit_discount_max: { gte: 0.4 },
    duration: { gte: 40 * 86_400 },
    disk_space: { gte: 10 },
    dph_total: { gte: 0.1 },
    disable_bundling: true,
  });
  const offer = offers[0] as (typeof offers)[0];
  const id = await renter.rented(offer.id, { cancel_unavail: true });
  await renter.until(id, ({ actual }) => actual === 'running');
  return { renter, offer, id };
}

describe('prepaying', () => {
  it('brings the published discount for 0.546 months, in proportion, up to the host’s most', () => {
    expect(prepayTerms(50, 50 / (0.546 * 720), 0.4)).toEqual({
      months: expect.closeTo(0.546, 9),
      discountRate: expect.closeTo(0.035, 9),
    });
    expect(prepayTerms(10_000, 0.1, 0.4).discountRate).toBe(0.4);
    expect(prepayTerms(50, 0.1, 0).discountRate).toBe(0);
  });

  it('refunds $212 of the published example, all of it on a deverified machine, and never less than nothing', () => {
    const deposit = {
      leftUsd: 288,
      savedUsd: 72,
      countedMs: 0,
      usdPerHour: 0,
      discountRate: 0.2,
      months: 1,
      empty: undefined,
    };
    expect(refundOf(deposit, false)).toBeCloseTo(212.4, 9);
    expect(refundOf(deposit, true)).toBe(288);
    expect(refundOf({ ...deposit, leftUsd: 10 }, false)).toBe(0);
  });

  it('turns the instance into a reserved one whose GPU is paid from the deposit', async () => {
    const { renter, offer, id } = await onDemand();
    const amount = offer.dph_base * 720;
    const { body } = await renter.put(`/api/v0/instances/prepay/${id}/`, { amount });
    expect(body).toEqual({ success: true, timescale: 1, discount_rate: 0.064 });
    expect(renter.truthOf(id)).toMatchObject({ type: 'reserved', billedPerHour: { gpu: 0 } });
    await renter.clock.step(10 * HOUR);
    const row = (await renter.row(id)) as Record<string, number>;
    expect(row.credit_discount).toBeCloseTo(0.0641, 4);
    expect(row.credit_balance).toBeCloseTo(amount - 10 * offer.dph_base * (1 - 0.0641), 3);
    const balance = (await renter.get(`/api/v0/instances/balance/${id}/`)).body;
    expect(balance).toMatchObject({ success: true, discount_months: 1 });
    expect(balance.total_discount).toBeCloseTo(10 * offer.dph_base * 0.0641, 3);
    const payment = renter.sim.truth.log().find(({ what }) => what === 'prepay');
    expect(payment?.data.amount_usd).toBe(-amount);
  });

  it('is used up only while it runs; then the GPU costs its price again', async () => {
    const { renter, offer, id } = await onDemand();
    const amount = offer.dph_base * 2;
    await renter.put(`/api/v0/instances/prepay/${id}/`, { amount });
    await renter.put(`/api/v0/instances/${id}/`, { state: 'stopped' });
    await renter.clock.step(5 * HOUR);
    expect((await renter.row(id))?.credit_balance).toBeCloseTo(amount, 6);
    await renter.put(`/api/v0/instances/${id}/`, { state: 'running' });
    await renter.until(id, ({ actual }) => actual === 'running');
    await renter.clock.step(1.9 * HOUR);
    expect(renter.truthOf(id).billedPerHour.gpu).toBe(0);
    await renter.clock.step(0.3 * HOUR);
    expect(renter.truthOf(id).billedPerHour.gpu).toBe(offer.dph_base);
    expect((await renter.row(id))?.credit_balance).toBeNull();
  });

  it('pays back what is due when the instance is destroyed', async () => {
    const { renter, offer, id } = await onDemand();
    const amount = offer.dph_base * 720;
    await renter.put(`/api/v0/instances/prepay/${id}/`, { amount });
    await renter.clock.step(20 * HOUR);
    const { refundable_deposit: due } = (await renter.get(`/api/v0/instances/balance/${id}/`)).body;
    await renter.send('DELETE', `/api/v0/instances/${id}/`);
    const refund = renter.sim.truth.log().find(({ what }) => what === 'refund');
    expect(refund?.data.amount_usd).toBe(due);
    expect(due).toBeLessThan(amount);
  });

  it('counts the rate anew when money is added', async () => {
    const { renter, offer, id } = await onDemand();
    const path = `/api/v0/instances/prepay/${id}/`;
    await renter.put(path, { amount: offer.dph_base * 720 });
    expect((await renter.put(path, { amount: offer.dph_base * 720 })).body).toMatchObject({
      timescale: 2,
      discount_rate: 0.128,
    });
  });

  it('is refused beyond the credit, for bids, and for nothing', async () => {
    const { renter, id } = await onDemand();
    const path = `/api/v0/instances/prepay/${id}/`;
    expect(await renter.put(path, { amount: 10_001 })).toMatchObject({
      status: 411,
      body: { error: 'insufficient_credit' },
    });
    expect((await renter.put(path, { amount: 0 })).status).toBe(400);
    expect((await renter.put(path, {})).status).toBe(400);
    const offer = await renter.anOffer();
    const bid = await renter.rented(offer.id, { price: offer.min_bid });
    expect((await renter.put(`/api/v0/instances/prepay/${bid}/`, { amount: 1 })).status).toBe(400);
    expect(renter.truthOf(id).type).toBe('on-demand');
  });

  it('is nothing for an instance without a deposit', async () => {
    const { renter, id } = await onDemand();
    expect((await renter.get(`/api/v0/instances/balance/${id}/?owner=me`)).body).toEqual({
      success: true,
      refundable_deposit: 0,
      total_discount: 0,
      discount_months: 0,
    });
  });
});

describe('a higher price that a host asks for going on', () => {
  /** An instance of the first account on a machine of the host account, which then raises its price and its end. */
  const asked = async () => {
    const renter = aRenter({ offers: 1_000, credit: 10_000 });
    const hostKey = renter.sim.hostApiKey as string;
    const { body } = await renter.get('/api/v0/machines?owner=me', hostKey);
    const machines = body.machines as (Json & { readonly id: number })[];
    for (const { id: machine } of machines) {
      await renter.put(
        '/api/v0/machines/create_asks/',
        { machine, price_gpu: 0.3, price_disk: 0.1, duration: '10 days', min_chunk: 1 },
        hostKey,
      );
    }
    const ids = machines.map(({ id }) => id);
    const offers = await renter.search({
      machine_id: { in: ids },
      rentable: { eq: true },
      disk_space: { gte: 10 },
    });
    const offer = offers[0] as (typeof offers)[0];
    const id = await renter.rented(offer.id);
    await renter.until(id, ({ actual }) => actual === 'running');
    const before = renter.truthOf(id);
    await renter.put(
      '/api/v0/machines/create_asks/',
      { machine: offer.machine_id, price_gpu: 0.45, price_disk: 0.1, duration: '30 days', min_chunk: 1 },
      hostKey,
    );
    const listed = (await renter.get('/api/v0/instances/pending-price-increases/')).body;
    const [increase] = listed.pending_price_increases as Record<string, number>[];
    return { renter, id, offer, before, listed, increase: increase as Record<string, number>, hostKey };
  };

  it('is listed for the renter, and only for him', async () => {
    const { renter, id, offer, before, listed, increase, hostKey } = await asked();
    expect(listed).toMatchObject({ success: true, count: 1, truncated: false });
    expect(increase).toMatchObject({ contract_id: id, platform_fee: 0.25 });
    expect(increase.old_gpu_costpersec).toBeCloseTo(before.gpuPricePerHour / 3_600, 12);
    expect(increase.new_gpu_costpersec).toBeCloseTo((0.45 / 0.75 / 3_600) * offer.num_gpus, 9);
    expect(increase.contract_end_date).toBe(before.endMs / 1_000);
    expect(increase.ask_end_date).toBeGreaterThan(before.endMs / 1_000);
    const others = await renter.get('/api/v0/instances/pending-price-increases/', hostKey);
    expect(others.body.pending_price_increases).toEqual([]);
  });

  it('accepted, changes the price and the end', async () => {
    const { renter, id, increase } = await asked();
    const body = { pending_price_increase_id: increase.pending_price_increase_id };
    expect((await renter.put('/api/v0/instances/accept-price-increase/', body)).body).toEqual({
      success: true,
    });
    const after = renter.truthOf(id);
    expect(after.gpuPricePerHour).toBeCloseTo((increase.new_gpu_costpersec ?? 0) * 3_600, 9);
    expect(after.billedPerHour.gpu).toBe(after.gpuPricePerHour);
    expect(after.endMs / 1_000).toBe(increase.ask_end_date);
    expect(await renter.put('/api/v0/instances/accept-price-increase/', body)).toMatchObject({
      status: 404,
      body: { error: 'no_pending_price_increase' },
    });
  });

  it('refused, changes nothing', async () => {
    const { renter, id, before, increase } = await asked();
    const path = `/api/v0/instances/${id}/reject-price-increase/`;
    const body = { pending_price_increase_id: increase.pending_price_increase_id };
    expect((await renter.put(path, body)).status).toBe(200);
    expect(renter.truthOf(id)).toMatchObject({
      gpuPricePerHour: before.gpuPricePerHour,
      endMs: before.endMs,
    });
    const listed = await renter.get('/api/v0/instances/pending-price-increases/');
    expect(listed.body).toMatchObject({ count: 0, pending_price_increases: [] });
  });

  it('takes no other field, and is gone with the contract', async () => {
    const { renter, before, increase } = await asked();
    const body = { pending_price_increase_id: increase.pending_price_increase_id };
    const path = '/api/v0/instances/accept-price-increase/';
    expect((await renter.put(path, { ...body, client_id: 'me' })).status).toBe(400);
    expect((await renter.put(path, {})).status).toBe(400);
    await renter.clock.step(Math.max(DAY, before.endMs - renter.clock.now() + 1));
    expect((await renter.put(path, body)).status).toBe(404);
  });
});
