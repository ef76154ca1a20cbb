// The listings of charges and invoices, compared with the ground truth of billing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aSim, DAY, HOUR } from '../a-sim.ts';
import { asking, type Body, withQuery } from '../accounts/ask.ts';

/** A world in which some instances were rented, stopped and destroyed over two and a half days. */
async function aSpendingWorld(options: { readonly instances?: number; readonly credit?: number } = {}) {
  const world = aSim({ credit: options.credit ?? 1_000 });
  const { sim, clock, search } = world;
  const ask = asking(sim);
  const offers = await search({
    rentable: { eq: true },
    order: [['dph_total', 'asc']],
    disable_bundling: true,
    limit: 40,
  });
  const machines = new Set<unknown>();
  const ids: number[] = [];
  for (const { id, machine_id: machineId } of offers) {
    if (machines.has(machineId) || ids.length === (options.instances ?? 3)) continue;
    machines.add(machineId);
    const { body } = await ask('PUT', `/api/v0/asks/${id}/`, {
      image: 'pytorch/pytorch',
      disk: 16,
      label: `l${id}`,
    });
    if (body.success) ids.push(Number(body.new_contract));
  }
  await clock.step(7.3 * HOUR);
  await ask('PUT', `/api/v0/instances/${ids[0]}/`, { state: 'stopped' });
  await clock.step(30 * HOUR);
  await ask('DELETE', `/api/v0/instances/${ids[1]}/`);
  await clock.step(22.7 * HOUR);
  sim.step();
  return { ...world, ask, ids };
}

const startMs = Date.UTC(2026, 0, 1);
const sec = (ms: number) => Math.floor(ms / 1_000);
const all = { gte: sec(startMs), lte: sec(startMs + 30 * DAY) };

/** What the truth log says was charged until now: ended stretches there, the rest by the listing of instances. */
const truthOf = ({ sim }: { readonly sim: ReturnType<typeof aSim>['sim'] }, instanceId?: number) =>
  sim.truth
    .log()
    .filter(({ noun, id }) => noun === 'charge' && (instanceId === undefined || id === instanceId))
    .reduce((sum, { data }) => sum + Number(data.amount_usd), 0);

const charges = async (ask: ReturnType<typeof asking>, query: Body = {}) => {
  const { status, body } = await ask(
    'GET',
    withQuery('/api/v0/charges/', { select_filters: { day: all }, latest_first: false, ...query }),
  );
  return { status, body, results: (body.results ?? []) as (Body & { items: Body[]; amount: number })[] };
};

describe('the listing of charges', () => {
  it('adds up to what the credit lost, to the cent, by contract and by kind', async () => {
    const world = await aSpendingWorld();
    const { ask, ids } = world;
    const { body: user } = await ask('GET', '/api/v0/users/current');
    const spent = 1_000 - Number(user.credit);
    expect(spent).toBeGreaterThan(1);
    const { results, body } = await charges(ask);
    expect([body.success, body.count, body.total, body.next_token]).toEqual([true, 3, 3, null]);
    expect(Math.abs(results.reduce((sum, { amount }) => sum + amount, 0) - spent)).toBeLessThan(0.005);
    for (const { amount, items } of results) {
      expect(Math.abs(items.reduce((sum, item) => sum + Number(item.amount), 0) - amount)).toBeLessThan(
        0.005,
      );
    }
    const gone = results.find(({ source }) => source === `instance-${ids[1]}`);
    expect(Math.abs(truthOf(world, ids[1]) - Number(gone?.amount))).toBeLessThan(0.005);
    expect(Number(user.total_spend)).toBeCloseTo(-spent, 6);
  });

  it('has rows, days and items in the published form', async () => {
    const { ask, ids, clock } = await aSpendingWorld();
    const [row] = (await charges(ask)).results;
    expect(row).toMatchObject({
      start: sec(startMs),
      end: sec(startMs + 2 * DAY),
      type: 'instance',
      source: `instance-${ids[0]}`,
      description: `Instance ${ids[0]} Charges - 3 days`,
      metadata: { label: expect.stringMatching(/^l\d+$/) },
    });
    expect(Number(row?.amount)).toBe(Number(Number(row?.amount).toFixed(3)));
    const kinds = row?.items.map(({ type }) => type) ?? [];
    expect(kinds.slice(0, 2)).toEqual(['gpu', 'disk']);
    const [gpu, disk] = row?.items ?? [];
    // It ran until it was stopped after 7.3 hours, less the time that its image took.
    const hours = Number(/^([\d.]+) hours at \$\d+\.\d{3}\/hour$/.exec(String(gpu?.description))?.[1]);
    expect(hours).toBeGreaterThan(4);
    expect(hours).toBeLessThan(7.3);
    expect(gpu).toMatchObject({
      start: sec(startMs),
      end: sec(startMs),
      source: null,
      metadata: {},
      items: [],
    });
    // Its disk is charged while it is stopped too, though not while its machine is away.
    expect(disk?.end).toBe(sec(startMs + 2 * DAY));
    const diskHours = Number(/^([\d.]+) hours at \$[\d.]+\/hour$/.exec(String(disk?.description))?.[1]);
    expect(diskHours).toBeGreaterThan(37.3);
    expect(diskHours).toBeLessThanOrEqual(60);
    expect(clock.now() - startMs).toBe(60 * HOUR);
  });

  it('counts a day when its midnight lies in the range, and days add up', async () => {
    const { ask } = await aSpendingWorld();
    const whole = (await charges(ask)).results.reduce((sum, { amount }) => sum + amount, 0);
    let sum = 0;
    for (const day of [0, 1, 2]) {
      const range = { gte: sec(startMs + day * DAY), lte: sec(startMs + (day + 1) * DAY) - 1 };
      const { results } = await charges(ask, { select_filters: { day: range } });
      sum += results.reduce((total, { amount }) => total + amount, 0);
    }
    expect(Math.abs(sum - whole)).toBeLessThan(0.01);
    const within = { gte: sec(startMs) + 1, lte: sec(startMs + DAY) - 1 };
    expect((await charges(ask, { select_filters: { day: within } })).results).toEqual([]);
  });

  it('comes in pages of any size, each row once, in either order', async () => {
    const { ask, ids } = await aSpendingWorld({ instances: 6 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 7 }), fc.boolean(), async (limit, isLatestFirst) => {
        const seen: unknown[] = [];
        let token: string | null = '';
        while (token !== null) {
          const query: Body = { limit, latest_first: isLatestFirst, after_token: token, format: 'table' };
          const { body, results } = await charges(ask, query);
          expect(results.length).toBeLessThanOrEqual(limit);
          expect(body.total).toBe(ids.length);
          seen.push(...results.map(({ source }) => source));
          token = body.next_token as string | null;
        }
        expect(seen).toHaveLength(ids.length);
        expect(new Set(seen)).toEqual(new Set(ids.map((id) => `instance-${id}`)));
      }),
      { numRuns: 12 },
    );
  });

  it('wants both ends of the range, a known format and a token of its own', async () => {
    const ask = asking(aSim().sim);
    const missing = await charges(ask, { select_filters: { day: { gte: 0 } } });
    expect([missing.status, missing.body.msg]).toEqual([
      400,
      "Must provide both 'day' gte and lte filters for instance charges",
    ]);
    expect((await ask('GET', '/api/v0/charges/')).status).toBe(400);
    expect((await charges(ask, { format: 'list' })).status).toBe(400);
    expect((await charges(ask, { after_token: 'bm9uc2Vuc2U=' })).body.error).toBe('invalid_token');
    expect((await charges(ask, { select_filters: { day: all, type: { in: ['boat'] } } })).status).toBe(400);
    expect((await charges(ask, { select_filters: { day: all, type: { in: ['volume'] } } })).results).toEqual(
      [],
    );
  });

  it('shows nobody what another account spent', async () => {
    const { sim } = await aSpendingWorld();
    const stranger = asking(sim, sim.accounts.add({ credit: 1 }).apiKey);
    expect((await charges(stranger)).results).toEqual([]);
    expect((await stranger('GET', '/api/v0/users/100001/invoices')).status).toBe(403);
  });
});

describe('invoices', () => {
  const when = { gte: sec(startMs) - 10, lte: sec(startMs + 30 * DAY) };
  const invoices = async (ask: ReturnType<typeof asking>, query: Body = {}) => {
    const { body } = await ask(
      'GET',
      withQuery('/api/v1/invoices/', { select_filters: { when }, limit: 20, ...query }),
    );
    return { body, results: (body.results ?? []) as Body[] };
  };
  const aPayingWorld = async () => {
    const world = aSim();
    const bob = world.sim.accounts.add({ email: 'bob@example.org', credit: 20 });
    const ask = asking(world.sim);
    const toMe = { recipient: 'simulated@example.com', amount: 7.25 };
    await world.clock.step(HOUR);
    await ask('PUT', '/api/v0/commands/transfer_credit/', { recipient: 'bob@example.org', amount: 30 });
    await world.clock.step(HOUR);
    await asking(world.sim, bob.apiKey)('PUT', '/api/v0/commands/transfer_credit/', toMe);
    await world.clock.step(HOUR);
    world.sim.accounts.deposit(100_001, 25);
    return { ...world, ask };
  };

  it('list payments with what the card was charged below zero, and explain the credit', async () => {
    const { ask } = await aPayingWorld();
    const { body, results } = await invoices(ask, { latest_first: false });
    expect([body.success, body.count, body.total, body.next_token]).toEqual([true, 4, 4, null]);
    expect(results.map(({ type, amount, source }) => [type, amount, source])).toEqual([
      ['credit', -100, 'stripe_payments'],
      ['transfer', 30, 'transfer'],
      ['transfer', -7.25, 'transfer'],
      ['credit', -25, 'stripe_payments'],
    ]);
    expect(results[1]).toMatchObject({
      start: sec(startMs + HOUR),
      metadata: { invoice_id: expect.any(Number), service: 'transfer' },
      items: [],
    });
    const { body: user } = await ask('GET', '/api/v0/users/current');
    expect(user.credit).toBe(-results.reduce((sum, { amount }) => sum + Number(amount), 0));
  });

  it('are filtered by service, ordered by any of three columns, and paged', async () => {
    const { ask } = await aPayingWorld();
    const filters = { when, service: { in: ['transfer'] } };
    expect((await invoices(ask, { select_filters: filters })).results.map(({ amount }) => amount)).toEqual([
      -7.25, 30,
    ]);
    const others = { when, service: { notin: ['transfer'] } };
    expect((await invoices(ask, { select_filters: others })).body.total).toBe(2);
    const order = [{ col: 'amount_cents', dir: 'asc' }];
    const amounts = (await invoices(ask, { order_by: order })).results.map(({ amount }) => amount);
    expect(amounts).toEqual([-7.25, -25, 30, -100]);
    const pages: unknown[] = [];
    let token: unknown = '';
    while (token !== null) {
      const { body, results } = await invoices(ask, { limit: 3, after_token: token, order_by: order });
      pages.push(...results.map(({ amount }) => amount));
      token = body.next_token;
    }
    expect(pages).toEqual(amounts);
  });

  it.each([
    {},
    { when: { gte: 5 } },
    { when: { gte: 10, lte: 5 } },
  ])('with the range %j are told as no success, with status 200', async (filters) => {
    const ask = asking(aSim().sim);
    const { status, body } = await ask('GET', withQuery('/api/v1/invoices/', { select_filters: filters }));
    expect([status, body]).toEqual([
      200,
      { success: false, error: 'Invalid date range', count: 0, total: 0, results: [], next_token: null },
    ]);
  });

  it('in their first version are bare rows with any column as filter', async () => {
    const { ask } = await aPayingWorld();
    const query = { select_cols: ['*'], select_filters: { amount_cents: { gt: '2600' } } };
    const { body } = await ask('GET', withQuery('/api/v0/invoices', query));
    const rows = body as unknown as Body[];
    expect(rows.map(({ amount_cents: cents, is_credit: isCredit }) => [cents, isCredit])).toEqual([
      [10_000, true],
      [3_000, false],
    ]);
    expect(rows[1]).toMatchObject({ balance_before: 100, balance_after: 70, service: 'transfer' });
  });

  it('in their old form hold charges too, which add up to the cent', async () => {
    const { ask, clock } = await aSpendingWorld();
    const query = { owner: 'me', sdate: sec(startMs) - 1, edate: sec(clock.now()), inc_charges: 'true' };
    const { body } = await ask('GET', withQuery('/api/v0/users/me/invoices', query));
    const rows = body.invoices as Body[];
    const sumOf = (type: string) =>
      rows.filter((row) => row.type === type).reduce((sum, { amount }) => sum + Number(amount), 0);
    const { body: user } = await ask('GET', '/api/v0/users/current');
    expect(sumOf('payment')).toBe(1_000);
    expect(Math.abs(sumOf('payment') - sumOf('charge') - Number(user.credit))).toBeLessThan(0.005);
    const current = body.current as Body;
    expect(Number(current.credit)).toBeCloseTo(Number(user.credit), 2);
    expect(Number(current.charges)).toBeCloseTo(sumOf('charge'), 2);
    const bare = await ask(
      'GET',
      withQuery('/api/v0/users/me/invoices', { sdate: 0, edate: sec(clock.now()) }),
    );
    expect((bare.body.invoices as Body[]).every(({ type }) => type === 'payment')).toBe(true);
    for (const { timestamp, description } of rows) {
      expect(typeof timestamp).toBe('number');
      expect(typeof description).toBe('string');
    }
  });
});

describe('the truth log of money', () => {
  it('is the same, byte for byte, for the same seed and the same requests at the same times', async () => {
    const [one, two] = [await aSpendingWorld(), await aSpendingWorld()];
    expect(JSON.stringify(one.sim.truth.log())).toBe(JSON.stringify(two.sim.truth.log()));
    expect(one.sim.truth.log().filter(({ noun }) => noun === 'charge').length).toBeGreaterThan(5);
  });
});

describe('an account whose credit runs out', () => {
  it('has its instances stopped at that millisecond, and owes for their disks from then on', async () => {
    const { sim, clock, search } = aSim({ credit: 2 });
    const ask = asking(sim);
    const [offer] = await search({
      rentable: { eq: true },
      order: [['dph_total', 'desc']],
      disable_bundling: true,
    });
    const { body } = await ask('PUT', `/api/v0/asks/${offer?.id}/`, { image: 'pytorch/pytorch', disk: 10 });
    await clock.step(20 * HOUR);
    const { body: user } = await ask('GET', '/api/v0/users/current');
    const log = sim.truth.log();
    const over = log.find(({ what }) => what === 'credit_exhausted');
    const stopped = log.find(({ what, id }) => what === 'stopped' && id === body.new_contract);
    expect(over).toBeDefined();
    expect(stopped?.atMs).toBe(over?.atMs);
    expect(Number(over?.data.credit_usd)).toBeLessThanOrEqual(0);
    expect(Number(over?.data.credit_usd)).toBeGreaterThan(-1e-4);
    expect(Number(user.credit)).toBeLessThan(Number(over?.data.credit_usd));
    expect(sim.truth.instances().at(-1)?.billedPerHour.gpu).toBe(0);
  });
});
