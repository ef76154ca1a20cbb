import { describe, expect, it } from 'vitest';
import { aRenter, type Renter } from './a-renter.ts';

const MINUTE = 60_000;

/** An interruptible instance that runs, at 1.5 times the least bid. */
async function bidding(options = {}) {
  const renter = aRenter(options);
  const offer = await renter.anOffer();
  const bid = offer.min_bid * 1.5;
  const id = await renter.rented(offer.id, { price: bid });
  await renter.until(id, ({ actual }) => actual === 'running');
  return { renter, offer, bid, id };
}

const outbid = async (renter: Renter, offerId: number, price: number | null) => {
  const other = await renter.rented(offerId, { price });
  await renter.until(other, ({ actual }) => actual === 'running');
  return other;
};

describe('an interruptible instance', () => {
  it('pays its bid for the whole instance', async () => {
    const { renter, bid, id, offer } = await bidding();
    expect(renter.truthOf(id)).toMatchObject({ type: 'bid', billedPerHour: { gpu: bid } });
    expect(await renter.row(id)).toMatchObject({ is_bid: true, dph_base: bid });
    const slot = renter.sim.truth.slots().find(({ gpuId }) => offer.gpu_ids.includes(gpuId));
    expect(slot).toMatchObject({ state: 'bid', lockedPricePerHour: bid });
  });

  it('starts at the least bid and waits just below it', async () => {
    const renter = aRenter();
    const offer = await renter.anOffer();
    const low = await renter.rented(offer.id, { price: offer.min_bid * 0.999 });
    expect(renter.truthOf(low)).toMatchObject({ waiting: 'queued', holdsGpus: false });
    const [shown] = await renter.search({ id: { eq: offer.id }, disable_bundling: true });
    expect(shown?.rentable).toBe(true);
    const won = await renter.rented(offer.id, { price: offer.min_bid });
    expect(renter.truthOf(won).holdsGpus).toBe(true);
  });

  it('below the least bid is refused with cancel_unavail', async () => {
    const renter = aRenter();
    const offer = await renter.anOffer();
    const price = offer.min_bid * 0.999;
    expect((await renter.rent(offer.id, { price, cancel_unavail: true })).status).toBe(410);
    expect(renter.sim.truth.instances()).toEqual([]);
  });

  it('is paused by an on-demand rental, keeps its data, and resumes when that ends', async () => {
    const { renter, id, offer } = await bidding();
    const other = await outbid(renter, offer.id, null);
    expect(renter.truthOf(id)).toMatchObject({
      actual: 'stopped',
      intended: 'running',
      waiting: 'outbid',
      holdsGpus: false,
      billedPerHour: { gpu: 0 },
    });
    expect(renter.truthOf(id).billedPerHour.disk).toBeGreaterThan(0);
    expect(await renter.row(id)).toMatchObject({ cur_state: 'stopped', next_state: 'stopped' });
    await renter.wait(30 * MINUTE);
    expect(renter.truthOf(id).waiting).toBe('outbid');
    await renter.send('DELETE', `/api/v0/instances/${other}/`);
    await renter.wait(MINUTE);
    expect(renter.truthOf(id)).toMatchObject({ actual: 'running', holdsGpus: true, waiting: undefined });
    expect(renter.log(id).filter((what) => what === 'pulled')).toHaveLength(1);
    expect(renter.log(id)).toEqual(expect.arrayContaining(['outbid', 'resumed']));
  });

  it('loses to a bid that is high enough, and only to that', async () => {
    const { renter, id, offer, bid } = await bidding();
    const low = await renter.rented(offer.id, { price: bid * 1.04 });
    expect(renter.truthOf(low).waiting).toBe('queued');
    expect(renter.truthOf(id).holdsGpus).toBe(true);
    await outbid(renter, offer.id, bid * 1.06);
    expect(renter.truthOf(id)).toMatchObject({ waiting: 'outbid', holdsGpus: false });
  });

  it('wins its GPUs back by a higher bid, and gets a winning one for null', async () => {
    const { renter, id, offer, bid } = await bidding();
    const other = await outbid(renter, offer.id, bid * 1.2);
    const path = `/api/v0/instances/bid_price/${id}/`;
    await renter.put(path, { client_id: 'me', price: bid * 1.21 });
    expect(renter.truthOf(id).holdsGpus).toBe(false);
    expect((await renter.put(path, { client_id: 'me', price: null })).body).toEqual({ success: true });
    expect(renter.truthOf(id)).toMatchObject({ holdsGpus: true });
    expect(renter.truthOf(id).gpuPricePerHour).toBeCloseTo(bid * 1.2 * 1.05, 10);
    expect(renter.truthOf(other)).toMatchObject({ waiting: 'outbid', holdsGpus: false });
  });

  it('keeps its GPUs and pays the new price when its bid changes while it runs', async () => {
    const { renter, id, bid } = await bidding();
    const path = `/api/v0/instances/bid_price/${id}/`;
    await renter.put(path, { price: bid * 2 });
    expect(renter.truthOf(id)).toMatchObject({ holdsGpus: true, billedPerHour: { gpu: bid * 2 } });
    await renter.put(path, { price: bid / 2 });
    expect(renter.truthOf(id)).toMatchObject({ holdsGpus: true, billedPerHour: { gpu: bid / 2 } });
    await renter.put(path, { price: null });
    expect(renter.truthOf(id).billedPerHour.gpu).toBe(bid / 2);
  });

  it('gives way to whoever waits with more, when its own bid falls', async () => {
    const { renter, id, offer, bid } = await bidding();
    const waiting = await renter.rented(offer.id, { price: bid * 1.01 });
    await renter.put(`/api/v0/instances/bid_price/${id}/`, { price: bid * 0.9 });
    await renter.wait(MINUTE);
    expect(renter.truthOf(waiting).holdsGpus).toBe(true);
    expect(renter.truthOf(id).waiting).toBe('outbid');
  });

  it.each([
    ['0.001', 0.001, 200],
    ['0.0009', 0.0009, 400],
    ['32 for one GPU', 32, 200],
    ['32.01 for one GPU', 32.01, 400],
    ['text', 'much', 400],
  ])('takes a bid of %s with %s', async (_, price, status) => {
    const { renter, id } = await bidding();
    expect((await renter.put(`/api/v0/instances/bid_price/${id}/`, { price })).status).toBe(status);
  });

  it('has a bid only when it is interruptible', async () => {
    const renter = aRenter();
    const id = await renter.rented((await renter.anOffer()).id);
    expect((await renter.put(`/api/v0/instances/bid_price/${id}/`, { price: 0.5 })).status).toBe(400);
  });

  it('is served after on-demand, and the highest bid before lower ones', async () => {
    const renter = aRenter();
    const offer = await renter.anOffer();
    const first = await renter.rented(offer.id, { price: offer.min_bid * 1.1, target_state: 'stopped' });
    const second = await renter.rented(offer.id, { price: offer.min_bid * 3, target_state: 'stopped' });
    const third = await renter.rented(offer.id, { target_state: 'stopped' });
    const blocker = await renter.rented(offer.id);
    for (const id of [first, second, third])
      await renter.put(`/api/v0/instances/${id}/`, { state: 'running' });
    const holderOf = () => [first, second, third].filter((id) => renter.truthOf(id).holdsGpus);
    expect(holderOf()).toEqual([]);
    await renter.send('DELETE', `/api/v0/instances/${blocker}/`);
    await renter.wait(MINUTE);
    expect(holderOf()).toEqual([third]);
    expect([...renter.log(first), ...renter.log(second)]).not.toContain('resumed');
    await renter.send('DELETE', `/api/v0/instances/${third}/`);
    await renter.wait(MINUTE);
    expect(holderOf()).toEqual([second]);
  });
});
