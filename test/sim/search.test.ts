// What a search answers: filters with every operator and spelling of values, order, limits, bundling, prices.
import { describe, expect, it } from 'vitest';
import { aSim, DAY, HOUR, type Offer } from './a-sim.ts';

const { search, post, sim } = aSim();
const all = await search();
const field = (offer: Offer, name: string) => offer[name] as number;
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const median = (values: readonly number[]) => sorted(values)[values.length >> 1] as number;
const midPrice = median(all.map((offer) => offer.dph_total));

describe('a filter', () => {
  const cases: [name: string, filter: Record<string, unknown>, holds: (offer: Offer) => boolean][] = [
    ['eq', { num_gpus: { eq: 2 } }, (o) => o.num_gpus === 2],
    ['a number as text', { num_gpus: { eq: '2' } }, (o) => o.num_gpus === 2],
    ['a decimal as text', { num_gpus: { gte: ' 2.0 ' } }, (o) => o.num_gpus >= 2],
    ['neq', { num_gpus: { neq: 1 } }, (o) => o.num_gpus !== 1],
    ['gt', { dph_total: { gt: midPrice } }, (o) => o.dph_total > midPrice],
    ['gte keeps the limit itself', { dph_total: { gte: midPrice } }, (o) => o.dph_total >= midPrice],
    ['lt', { dph_total: { lt: midPrice } }, (o) => o.dph_total < midPrice],
    ['lte keeps the limit itself', { dph_total: { lte: midPrice } }, (o) => o.dph_total <= midPrice],
    ['in', { num_gpus: { in: [1, '4'] } }, (o) => o.num_gpus === 1 || o.num_gpus === 4],
    ['notin', { num_gpus: { notin: ['1', 4] } }, (o) => o.num_gpus !== 1 && o.num_gpus !== 4],
    ['two operators on a field', { num_gpus: { gt: 1, lt: '8' } }, (o) => o.num_gpus > 1 && o.num_gpus < 8],
    ['two fields', { num_gpus: { eq: 1 }, rentable: { eq: true } }, (o) => o.num_gpus === 1 && o.rentable],
    ['a boolean', { rentable: { eq: false } }, (o) => !o.rentable],
    ['a boolean as text', { rentable: { eq: 'False' } }, (o) => !o.rentable],
    ['a text', { verification: { eq: 'deverified' } }, (o) => o.verification === 'deverified'],
    ['verified', { verified: { eq: true } }, (o) => o.verification === 'verified'],
    ['not verified', { verified: { eq: 'false' } }, (o) => o.verification !== 'verified'],
    ['datacenter', { datacenter: { eq: true } }, (o) => o.hosting_type === 1],
    ['not datacenter', { datacenter: { eq: false } }, (o) => o.hosting_type === 0],
    ['countries', { geolocation: { in: ['US', 'CA'] } }, (o) => /, (US|CA)$/.test(String(o.geolocation))],
    ['not a country', { geolocation: { neq: 'US' } }, (o) => /, (?!US)[A-Z]{2}$/.test(String(o.geolocation))],
    ['what is null is not external', { external: { eq: 'false' } }, () => true],
    ['nothing is external', { external: { eq: true } }, () => false],
    ['null by name', { start_date: { eq: null } }, (o) => o.start_date === null],
    ['null is not compared', { cpu_ghz: { gt: 0 } }, (o) => o.cpu_ghz !== null],
    ['null is not unequal', { cpu_ghz: { neq: 1 } }, (o) => o.cpu_ghz !== null],
    ['not null by name', { cpu_ghz: { neq: null } }, (o) => o.cpu_ghz !== null],
    ['the alias reliability2', { reliability2: { gt: '0.99' } }, (o) => field(o, 'reliability') > 0.99],
    ['the alias gpu_ram_GB', { gpu_ram_GB: { gte: 24 } }, (o) => field(o, 'gpu_ram') >= 24_000],
    ['the alias ubuntu_version', { ubuntu_version: { eq: '22.04' } }, (o) => o.os_version === '22.04'],
    [
      'a driver as text',
      { driver_version: { gte: '570.86.15' } },
      (o) => field(o, 'driver_vers') >= 570_086_015,
    ],
    [
      'a driver as number',
      { driver_version: { lt: 570086015 } },
      (o) => field(o, 'driver_vers') < 570_086_015,
    ],
    ['remaining time', { duration: { gte: 30 * 86_400 } }, (o) => field(o, 'duration') >= 30 * 86_400],
    ['an empty condition', { num_gpus: {} }, () => true],
    ['allocated storage', { allocated_storage: 500 }, (o) => field(o, 'disk_space') >= 500],
    ['hosting_type', { hosting_type: { eq: '1' } }, (o) => o.hosting_type === 1],
    ['gpu_frac', { gpu_frac: { eq: 1 } }, (o) => o.gpu_frac === 1],
    ['rented by the caller', { rented: { eq: true } }, () => false],
    ['host_id', { host_id: { eq: all[0]?.host_id } }, (o) => o.host_id === all[0]?.host_id],
    ['id', { id: { eq: all[7]?.id } }, (o) => o.id === all[7]?.id],
    ['ask_contract_id', { ask_contract_id: { in: [all[7]?.id] } }, (o) => o.id === all[7]?.id],
  ];
  const alwaysEmptyOrFull = new Set([
    'what is null is not external',
    'nothing is external',
    'an empty condition',
    'rented by the caller',
  ]);
  it.each(cases)('%s', async (name, filter, holds) => {
    const found = await search({ disable_bundling: true, limit: 10_000, ...filter });
    const wanted = all.filter(holds).map((offer) => offer.id);
    expect(sorted(found.map((offer) => offer.id))).toEqual(sorted(wanted));
    // A case that selects nothing or everything would pass without a filter, too.
    if (!alwaysEmptyOrFull.has(name)) {
      expect(wanted.length).toBeGreaterThan(0);
      expect(wanted.length).toBeLessThan(all.length);
    }
  });

  it('of a GPU name is exact, with spaces', async () => {
    const name = 'RTX 4090';
    const found = await search({ disable_bundling: true, gpu_name: { eq: name } });
    expect(found.length).toBe(all.filter((offer) => offer.gpu_name === name).length);
    expect(found.length).toBeGreaterThan(0);
    expect(await search({ gpu_name: { eq: 'RTX_4090' } })).toEqual([]);
    expect(await search({ gpu_name: { eq: 'rtx 4090' } })).toEqual([]);
  });

  it('finds a country behind an empty region, but not behind a comma without a space', async () => {
    const offers = ['Quebec, CA', ', CA', 'Quebec,CA', 'Viken, NO'].map((geolocation, id) => ({
      id: id + 1,
      geolocation,
      gpu_name: 'RTX 4090',
    }));
    const odd = aSim({ replay: { name: 'odd places', warnings: [], polls: [{ atMs: undefined, offers }] } });
    const ids = async (geolocation: unknown) =>
      (await odd.search({ geolocation } as never)).map(({ id }) => id);
    expect(await ids({ eq: 'CA' })).toEqual([1, 2]);
    expect(await ids({ notin: ['CA'] })).toEqual([4]);
    expect(await ids({ eq: 'Quebec' })).toEqual([]);
  });
});

describe('a search that makes no sense is refused with 400', () => {
  const cases: [name: string, body: unknown, message: string][] = [
    ['unknown field', { gpu_nam: { eq: 1 } }, 'gpu_nam is not a valid search key'],
    ['a client-side alias', { dph: { lt: 1 } }, 'dph is not a valid search key'],
    ['a field of the prototype', { constructor: { eq: 1 } }, 'constructor is not a valid search key'],
    ['unknown operator', { num_gpus: { '0': 1 } }, '0 is not a valid search op'],
    ['operator of the prototype', { num_gpus: { toString: 1 } }, 'toString is not a valid search op'],
    ['bare value', { num_gpus: 2 }, 'not a valid search op'],
    ['not a number', { num_gpus: { eq: 'two' } }, '"two" is not a valid value for num_gpus'],
    ['an empty text as number', { num_gpus: { eq: '' } }, 'not a valid value for num_gpus'],
    ['not a boolean', { rentable: { eq: 'maybe' } }, '"maybe" is not a valid value for rentable'],
    ['null compared', { num_gpus: { gt: null } }, 'null is not a valid value'],
    ['unknown type', { type: 'spot' }, '"spot" is not a valid type'],
    ['unknown order', { order: [['price', 'asc']] }, 'price is not a valid search key'],
    ['unknown direction', { order: [['dph_total', 'up']] }, 'up is not a valid order direction'],
    ['order as text', { order: 'dph_total' }, 'order is not a list'],
    ['limit as text', { limit: 'many' }, 'limit'],
    ['negative limit', { limit: -1 }, 'limit'],
    ['negative storage', { allocated_storage: -5 }, 'allocated_storage'],
    ['a list', [1, 2], 'Invalid json body'],
    ['null', null, 'Invalid json body'],
  ];
  it.each(cases)('%s', async (_, body, message) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      success: false,
      error: 'invalid_request',
      msg: expect.stringContaining(message) as string,
    });
  });

  it('broken JSON', async () => {
    const response = await sim.fetch('https://console.vast.ai/api/v0/bundles/', {
      method: 'POST',
      headers: { authorization: `Bearer ${sim.apiKey}` },
      body: '{"limit": ',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request', msg: 'Invalid json body' });
  });
});

describe('order and limit', () => {
  it('sorts by any field in either direction, then by the next', async () => {
    const found = await search({
      disable_bundling: true,
      order: [
        ['num_gpus', 'desc'],
        ['dph_total', 'asc'],
      ],
    });
    expect(found.length).toBe(all.length);
    found.slice(1).forEach((offer, i) => {
      const before = found[i] as Offer;
      expect(offer.num_gpus).toBeLessThanOrEqual(before.num_gpus);
      if (offer.num_gpus === before.num_gpus)
        expect(offer.dph_total).toBeGreaterThanOrEqual(before.dph_total);
    });
  });

  it('sorts by one number', async () => {
    const prices = (await search({ disable_bundling: true, order: [['dph_total', 'desc']] })).map(
      (o) => o.dph_total,
    );
    expect(prices).toEqual([...prices].sort((a, b) => b - a));
  });

  it('ranks by score when nothing is asked', async () => {
    const scores = all.map((offer) => field(offer, 'score'));
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });

  it.each([0, 1, 7, 64])('answers with %d rows at the limit', async (limit) => {
    expect((await search({ disable_bundling: true, limit })).length).toBe(limit);
    expect((await search({ disable_bundling: true, limit: String(limit) })).length).toBe(limit);
  });

  it('pages by price above the last without losing a row, under a cap', async () => {
    const capped = aSim({ cap: 64 });
    const seen = new Map<number, Offer>();
    let above = 0;
    for (let page = 0; page < 40; page += 1) {
      const rows = await capped.search({
        disable_bundling: true,
        order: [['dph_total', 'asc']],
        dph_total: { gte: above },
      });
      for (const row of rows) seen.set(row.id, row);
      if (rows.length < 64) break;
      above = rows.at(-1)?.dph_total ?? 0;
    }
    expect(sorted([...seen.keys()])).toEqual(sorted(all.map((offer) => offer.id)));
  });
});

describe('the cap', () => {
  it('cuts every answer, whatever limit is asked', async () => {
    const { search: capped } = aSim({ cap: 64 });
    expect((await capped({ disable_bundling: true, limit: 10_000 })).length).toBe(64);
    expect((await capped({ disable_bundling: true, limit: 63 })).length).toBe(63);
  });

  it('changes by day when a list is given, and comes round again', async () => {
    const world = aSim({ cap: [64, 128, 20] });
    const lengths: number[] = [];
    for (let day = 0; day < 4; day += 1) {
      lengths.push((await world.search()).length);
      await world.clock.step(DAY);
    }
    expect(lengths).toEqual([64, 128, 20, 64]);
  });

  it('shows another part of the market in another minute, the same in the same', async () => {
    const world = aSim({ cap: 30 });
    const ids = async () => (await world.search({})).map((offer) => offer.id).join();
    const first = await ids();
    expect(await ids()).toBe(first);
    await world.clock.step(60_000);
    expect(await ids()).not.toBe(first);
  });
});

describe('bundling', () => {
  it('folds the chunks of a size of a machine into one row that counts them', async () => {
    const bundled = await search({});
    const groups = new Map<string, number>();
    for (const offer of all) {
      const key = `${offer.machine_id}/${offer.num_gpus}`;
      groups.set(key, (groups.get(key) ?? 0) + 1);
    }
    expect(bundled.length).toBe(groups.size);
    expect(bundled.length).toBeLessThan(all.length);
    for (const offer of bundled) {
      const count = groups.get(`${offer.machine_id}/${offer.num_gpus}`) as number;
      expect(offer.bundled_results).toBe(count > 1 ? count : null);
    }
  });

  it('shows different siblings over time', async () => {
    const world = aSim();
    const ids = async () => new Set((await world.search({})).map((offer) => offer.id));
    const first = await ids();
    await world.clock.step(60_000);
    const second = await ids();
    const changed = [...second].filter((id) => !first.has(id)).length;
    expect(changed).toBeGreaterThan(0.05 * second.size);
  });
});

describe('prices', () => {
  it.each(['ondemand', 'on-demand', undefined])('type %s is on-demand', async (type) => {
    const found = await search({ disable_bundling: true, ...(type !== undefined && { type }) });
    expect(found).toEqual(all);
  });

  it('of a bid search are the least winning bids of the same offers', async () => {
    const bids = new Map((await search({ disable_bundling: true, type: 'bid' })).map((o) => [o.id, o]));
    expect(bids.size).toBe(all.length);
    for (const offer of all) {
      const bid = bids.get(offer.id) as Offer;
      expect(bid.dph_base).toBe(offer.min_bid);
      expect(bid.is_bid).toBe(false);
    }
    expect(all.some((offer) => (offer.min_bid as number) < 0.8 * offer.dph_base)).toBe(true);
  });

  it('of a reserved search are discounted by what the host gives', async () => {
    const reserved = await search({ disable_bundling: true, type: 'reserved' });
    for (const offer of reserved) {
      const discount = offer.dph_base * field(offer, 'credit_discount_max');
      expect(field(offer, 'discounted_dph_total')).toBeCloseTo(offer.dph_total - discount, 12);
    }
    expect(reserved.some((offer) => field(offer, 'discounted_dph_total') < offer.dph_total)).toBe(true);
  });

  it.each([0, 8, 100])('hold the price of %d GB', async (gb) => {
    const found = await search({ disable_bundling: true, allocated_storage: gb });
    expect(found.length).toBeGreaterThan(0);
    for (const offer of found) {
      const disk = (field(offer, 'storage_cost') * gb) / 720;
      expect(field(offer, 'storage_total_cost')).toBeCloseTo(disk, 15);
      expect(offer.dph_total).toBe(offer.dph_base + field(offer, 'storage_total_cost'));
    }
  });

  it('stay right when more views are asked for than are kept, in any order', async () => {
    const fresh = aSim();
    const sizes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    for (const gb of [...sizes, ...sizes.toReversed(), 3, 9, 0]) {
      await fresh.clock.step(HOUR);
      for (const offer of await fresh.search({
        disable_bundling: true,
        allocated_storage: gb,
        type: gb % 2 ? 'bid' : 'on-demand',
      })) {
        expect(offer.dph_total).toBe(offer.dph_base + (field(offer, 'storage_cost') * gb) / 720);
        if (gb % 2) expect(offer.dph_base).toBe(offer.min_bid);
      }
    }
  });

  it('are priced with 8 GB when nothing is asked', () => {
    const offer = all[0] as Offer;
    expect(field(offer, 'storage_total_cost')).toBe((field(offer, 'storage_cost') * 8) / 720);
  });
});

describe('the schema’s default filters', () => {
  it('are not applied unless asked for: recorded answers hold unverified offers', () => {
    expect(all.some((offer) => !offer.rentable)).toBe(true);
    expect(all.some((offer) => offer.verification !== 'verified')).toBe(true);
  });

  it('can be switched on, and give way to a filter of the same field', async () => {
    const documented = aSim({ searchDefaults: 'documented' });
    const found = await documented.search();
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((offer) => offer.rentable && offer.verification === 'verified')).toBe(true);
    const taken = await documented.search({ disable_bundling: true, rentable: { eq: false } });
    expect(taken.length).toBeGreaterThan(0);
    expect(taken.every((offer) => !offer.rentable)).toBe(true);
  });
});
