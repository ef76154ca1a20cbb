// Volumes, scheduled jobs, copies and the bill, each against the simulator.
import { InvalidRequestError, MalformedAnswerError, NoSuchInstanceError } from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../sim/a-sim.ts';
import { aTenant } from './a-tenant.ts';
import { failureOf, json, scriptedService, settle } from './scripted-service.ts';

describe('volumes', () => {
  it('are found, rented, listed, cloned and removed', async () => {
    const { client, done, failed, sim } = aTenant();
    const offers = await done(
      client.volumes.search({ disk_space: { gte: 100 }, order: [['storage_cost', 'asc']] }),
    );
    expect(
      offers.every(({ diskGb, verification }) => (diskGb ?? 0) >= 100 && verification === 'verified'),
    ).toBe(true);
    const [first, second] = offers;
    const id = await done(client.volumes.create(first?.id ?? 0, { sizeGb: 20, name: 'data' }));
    const [volume] = await done(client.volumes.list());
    expect(volume).toMatchObject({
      id,
      label: 'data',
      sizeGb: 20,
      machineId: first?.machineId,
      instanceIds: [],
      pricePerHour: expect.closeTo(((first?.storagePricePerGbMonth ?? 0) * 20) / 720, 9),
    });
    const clone = await done(client.volumes.clone(id, { offerId: second?.id ?? 0, sizeGb: 30 }));
    const machines = (await done(client.volumes.list())).map((each) => [
      each.id,
      each.machineId,
      each.sizeGb,
    ]);
    expect(machines).toEqual([
      [id, first?.machineId, 20],
      [clone, second?.machineId, 30],
    ]);
    expect(await done(client.volumes.remove(id))).toBe('removed');
    expect(await done(client.volumes.remove(id))).toBe('not-found');
    expect((await done(client.volumes.list())).map((each) => each.id)).toEqual([clone]);
    expect(sim.truth.log().filter(({ noun, what }) => noun === 'volume' && what === 'deleted')).toHaveLength(
      1,
    );
    expect(await failed(client.volumes.remove(Number.NaN))).toBeInstanceOf(InvalidRequestError);
  });

  it('come with an instance, which keeps them from being removed', async () => {
    const { client, done, failed } = aTenant();
    const { offers } = await done(
      client.offers.searchBody({ rentable: { eq: true }, disable_bundling: true }),
    );
    const disks = await done(client.volumes.search({ disk_space: { gte: 50 } }));
    const offer = offers.find(({ machineId }) => disks.some((disk) => disk.machineId === machineId));
    const disk = disks.find(({ machineId }) => machineId === offer?.machineId);
    const { instanceId } = await done(
      client.instances.create(offer?.id ?? 0, {
        image: 'x',
        volume: { mountPath: '/data', offerId: disk?.id ?? 0, sizeGb: 20 },
      }),
    );
    const [volume] = await done(client.volumes.list());
    expect(volume?.instanceIds).toEqual([instanceId]);
    const { instances } = await done(client.instances.list());
    expect(instances[0]?.mounts).toEqual([{ volumeId: volume?.id, path: '/data', sizeGb: 20 }]);
    expect(await failed(client.volumes.remove(volume?.id ?? 0))).toBeInstanceOf(InvalidRequestError);
  });

  it('whose id is only in their name are known by it', async () => {
    const named = scriptedService([json({ success: true, volume_name: 'V.20118481' })]);
    expect(await settle(named.clock, named.client.volumes.create(5, { sizeGb: 10 }))).toBe(20_118_481);
    expect(JSON.parse(named.seen[0]?.body ?? '')).toEqual({ id: 5, size: 10 });
  });
});

describe('scheduled jobs', () => {
  it('stop an instance at their hour, and are changed and removed', async () => {
    const { client, done, failed, running, truthOf, wait, clock } = aTenant();
    const instanceId = await running();
    const times = { startMs: clock.now(), endMs: clock.now() + 7 * DAY, frequency: 'HOURLY' } as const;
    const id = (await done(client.schedule.create({ instanceId, action: 'stop', ...times }))) ?? 0;
    const jobs = await done(client.schedule.list());
    expect(jobs).toMatchObject([
      { id, instanceId, action: 'stop', frequency: 'HOURLY', startMs: times.startMs },
    ]);
    const twice = await failed(client.schedule.create({ instanceId, action: 'stop', ...times }));
    expect(twice).toBeInstanceOf(InvalidRequestError);
    expect(twice).toMatchObject({ status: 422 });
    await wait(HOUR);
    expect(truthOf(instanceId).intended).toBe('stopped');
    await done(
      client.schedule.update(id, { instanceId, action: 'stop', ...times, frequency: 'DAILY', hourOfDay: 3 }),
    );
    expect(await done(client.schedule.list())).toMatchObject([{ frequency: 'DAILY', hourOfDay: 3 }]);
    await done(client.schedule.remove(id));
    expect(await done(client.schedule.list())).toEqual([]);
  });

  it.each([
    'start',
    'destroy',
    'reboot',
    'recycle',
  ] as const)('%s it, and are read back as that', async (action) => {
    const { client, done, running, wait, clock, log, truthOf } = aTenant();
    const instanceId = await running();
    if (action === 'start') await done(client.instances.setState(instanceId, 'stopped'));
    const times = { startMs: clock.now(), endMs: clock.now() + 2 * HOUR, frequency: 'HOURLY' } as const;
    await done(client.schedule.create({ instanceId, action, ...times }));
    expect(await done(client.schedule.list())).toMatchObject([{ instanceId, action }]);
    await wait(HOUR);
    expect(log(instanceId)).toContain('job_run');
    if (action === 'destroy') expect(truthOf(instanceId).destroyedMs).toBeDefined();
    if (action === 'start') expect(truthOf(instanceId).intended).toBe('running');
  });

  it('for an instance that there is not, or that end before they begin, are refused', async () => {
    const { client, failed } = aTenant();
    const wish = { action: 'destroy', startMs: 1_000, endMs: 2_000, frequency: 'DAILY' } as const;
    expect(await failed(client.schedule.create({ instanceId: 4242, ...wish }))).toBeInstanceOf(
      NoSuchInstanceError,
    );
    for (const wrong of [
      { instanceId: Number.NaN },
      { instanceId: 1, endMs: 1_000 },
      { instanceId: 1, endMs: Number.NaN },
    ]) {
      expect(await failed(client.schedule.create({ ...wish, ...wrong }))).toBeInstanceOf(InvalidRequestError);
    }
  });

  it('that somebody else made are shown, without an action of ours', async () => {
    const row = {
      id: 3,
      api_endpoint: '/api/v0/instances/command/7/',
      request_method: 'PUT',
      request_body: { command: 'ls' },
    };
    const { client, clock } = scriptedService([json([row])]);
    expect(await settle(clock, client.schedule.list())).toMatchObject([
      { id: 3, instanceId: 7, action: undefined },
    ]);
  });
});

describe('copies', () => {
  it('go from instance to instance, and can be cancelled', async () => {
    const { client, done, running, log } = aTenant();
    const [from, to] = [await running('from'), await running('to')];
    const started = await done(
      client.copies.start({ instanceId: from, path: '/workspace/' }, { instanceId: to, path: '/workspace/' }),
    );
    expect(started.message).toContain('begun');
    expect(started.target).toEqual({ host: expect.any(String), port: expect.any(Number) });
    await done(client.copies.cancel(to));
    expect(log(to)).toEqual(expect.arrayContaining(['copy_begun', 'copy_cut_off']));
  });

  it('with the own computer say where rsync goes', async () => {
    const { client, done, failed, running, log } = aTenant();
    const id = await running();
    const start = await done(client.copies.start({ localPath: './data' }, { instanceId: id, path: '/data' }));
    expect(start.source).toBeUndefined();
    expect(start.target?.port).toBeGreaterThan(1_024);
    expect(log(id)).not.toContain('copy_begun');
    const home = client.copies.start({ localPath: './data' }, { instanceId: id, path: '/root' });
    expect(await failed(home)).toBeInstanceOf(InvalidRequestError);
    const nobody = client.copies.start({ localPath: './data' }, { instanceId: 4242, path: '/data' });
    expect(await failed(nobody)).toBeInstanceOf(NoSuchInstanceError);
  });

  it('send ids as the official client does', async () => {
    const { client, clock, seen } = scriptedService([json({ success: true })]);
    await settle(clock, client.copies.start({ volumeId: 12, path: '/a' }, { localPath: 'DIR' }));
    await settle(clock, client.copies.start({ instanceId: 7, path: '/b' }, { volumeId: 12, path: '/a' }));
    expect(seen.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { client_id: 'me', src_id: 'V.12', dst_id: 'local', src_path: '/a', dst_path: 'DIR' },
      { client_id: 'me', src_id: 'C.7', dst_id: 'V.12', src_path: '/b', dst_path: '/a' },
    ]);
  });

  it('go to storage elsewhere by a connection of the account', async () => {
    const { sim, clientOf, done, anOffer, until, log } = aTenant();
    const { apiKey } = sim.accounts.add({ credit: 100, connections: [{ name: 'bucket', cloudType: 's3' }] });
    const client = clientOf(apiKey);
    const [connection] = await done(client.copies.connections());
    expect(connection).toEqual({ id: expect.any(Number), name: 'bucket', cloudType: 's3' });
    const offer = await anOffer();
    const { instanceId } = await done(client.instances.create(offer.id, { image: 'ubuntu' }));
    await until(instanceId, ({ actual }) => actual === 'running');
    const wish = {
      instanceId,
      connectionId: connection?.id ?? 0,
      sourcePath: '/workspace',
      targetPath: '/bucket',
    };
    expect(await done(client.copies.startCloud({ ...wish, direction: 'to-cloud' }))).toContain('begun');
    expect(log(instanceId)).toContain('copy_begun');
    await done(client.copies.cancelCloud(instanceId));
    expect(log(instanceId)).toContain('copy_cut_off');
  });
});

describe('the bill', () => {
  it('of instances agrees with what the simulator charged, to its last digit', async () => {
    const { client, done, running, wait, sim, clock } = aTenant();
    const startMs = clock.now();
    const ids = [await running('one'), await running('two')];
    await wait(3 * HOUR);
    for (const id of ids) await done(client.instances.destroy(id));
    const { rows, faults, total } = await done(
      client.billing.charges({ fromMs: startMs - DAY, toMs: clock.now(), types: ['instance'] }),
    );
    expect({ faults, total }).toEqual({ faults: [], total: 2 });
    for (const id of ids) {
      const row = rows.find(({ contractId }) => contractId === id);
      const spentUsd = sim.truth
        .charges({ instanceId: id })
        .reduce((sum, { amountUsd }) => sum + amountUsd, 0);
      expect(row?.amountUsd).toBeCloseTo(spentUsd, 2);
      expect(row).toMatchObject({
        type: 'instance',
        source: `instance-${id}`,
        label: id === ids[0] ? 'one' : 'two',
      });
      const parts = row?.items.reduce((sum, { amountUsd }) => sum + amountUsd, 0);
      expect(parts).toBeCloseTo(spentUsd, 2);
      expect(row?.items.map(({ type }) => type)).toEqual(expect.arrayContaining(['gpu', 'disk']));
    }
  });

  it('of several pages is read to its end', async () => {
    const { client, done, rent, search, sim, wait, clock } = aTenant({
      intervalFactor: 0,
      offers: 1_000,
      credit: 1e6,
    });
    const offers = await search({ disable_bundling: true, rentable: { eq: true }, num_gpus: { eq: 1 } });
    let rented = 0;
    for (const { id } of offers) if ((await rent(id, { cancel_unavail: true })).status === 200) rented += 1;
    expect(rented).toBeGreaterThan(100);
    await wait(HOUR);
    const { rows, faults, total, pages } = await done(
      client.billing.charges({ fromMs: clock.now() - DAY, toMs: clock.now() }),
    );
    expect(faults).toEqual([]);
    expect({ total, pages, rows: rows.length }).toEqual({
      total: rented,
      pages: Math.ceil(rented / 100),
      rows: rented,
    });
    const spentUsd = sim.truth.charges().reduce((sum, { amountUsd }) => sum + amountUsd, 0);
    // Each row is rounded to a tenth of a cent.
    expect(Math.abs(rows.reduce((sum, { amountUsd }) => sum + amountUsd, 0) - spentUsd)).toBeLessThan(
      rented * 0.0006,
    );
  });

  it('has what was paid, with the sign of the service', async () => {
    const { client, done, running, clock, sim } = aTenant({ credit: 200 });
    const fromMs = clock.now() - HOUR;
    const id = await running();
    await done(client.instances.prepay(id, 50));
    sim.accounts.deposit(sim.truth.accounts()[0]?.accountId ?? 0, 25);
    const all = await done(client.billing.invoices({ fromMs, toMs: clock.now() + HOUR }));
    expect(all.faults).toEqual([]);
    expect(all.rows).toContainEqual(
      expect.objectContaining({ type: 'reserved', service: 'instance_prepay', amountUsd: 50 }),
    );
    expect(all.rows).toContainEqual(expect.objectContaining({ type: 'credit', amountUsd: -25 }));
    const services = ['instance_prepay'];
    const some = await done(client.billing.invoices({ fromMs, toMs: clock.now() + HOUR, services }));
    expect(some.rows).toHaveLength(1);
    expect(await failureOf(clock, client.billing.invoices({ fromMs: 2_000, toMs: 1_000 }))).toBeInstanceOf(
      InvalidRequestError,
    );
  });

  it('with a row that cannot be read, or sums that disagree, says so', async () => {
    const charge = {
      start: 1,
      end: 2,
      type: 'instance',
      source: 'instance-1',
      amount: 0.5,
      metadata: {},
      items: [],
    };
    const { client, clock } = scriptedService([
      json({
        success: true,
        total: 4,
        next_token: 't',
        results: [charge, { ...charge, amount: 'much' }, { ...charge, items: [{ type: 'gpu' }] }],
      }),
      json({ success: true, total: 5, next_token: null, results: [] }),
    ]);
    const { rows, faults } = await settle(clock, client.billing.charges({ fromMs: 0, toMs: 1 }));
    expect(rows).toHaveLength(1);
    expect(faults).toEqual([
      expect.stringContaining('cannot be read'),
      expect.stringContaining('cannot be read'),
      'page 2 speaks of 5 rows, page 1 of 4',
      'the service speaks of 4 rows and listed 3',
    ]);
    const endless = json({ success: true, total: 9, next_token: 't', results: [charge] });
    const second = scriptedService([endless]);
    const { faults: more } = await settle(
      second.clock,
      second.client.billing.charges({ fromMs: 0, toMs: 1 }),
    );
    expect(more.join()).toContain('does not end');
    expect(second.seen).toHaveLength(2);
    const wrong = scriptedService([json({ success: true, results: {} })]);
    expect(await failureOf(wrong.clock, wrong.client.billing.charges({ fromMs: 0, toMs: 1 }))).toBeInstanceOf(
      MalformedAnswerError,
    );
  });
});
