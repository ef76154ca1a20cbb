// Machines that come into other hands: who earns, whose id is shown, who rents for nothing.
import { describe, expect, it } from 'vitest';
import { HOUR } from '../a-sim.ts';
import { aHost, askBody, CREATE_ASKS } from './a-host.ts';

describe('transferred machines', () => {
  it('belong to the other host from then on, also in searches', async () => {
    const host = aHost({ account: 'host-without-machines' });
    const other = async () => {
      const response = await host.call('/api/v0/machines?owner=me');
      return ((await response.json()) as { machines: { id: number }[] }).machines.map(({ id }) => id);
    };
    expect(await other()).toEqual([]);
    const [machine] = await host.machines();
    const id = machine?.id as number;
    const give = (recipient: string) =>
      host.asHost('POST', '/api/v0/machines/transfer_ownership', { machine_id: id, recipient });
    expect((await give('nobody@example.com')).status).toBe(400);
    expect((await give('simulated@example.com')).status).toBe(200);
    expect((await host.machines()).map((each) => each.id)).not.toContain(id);
    expect(await other()).toEqual([id]);
    expect((await host.asHost('PUT', CREATE_ASKS, askBody(id))).status).toBe(403);
    for (const offer of await host.offersOf(id)) expect(offer.host_id).toBe(100_001);
    expect(host.noted(id)).toEqual(['transferred']);
  });

  it('earn for their new owner from then on; what they earned before stays with the old one', async () => {
    const host = aHost({ account: 'host-without-machines', offers: 1_000 });
    const busy = (await host.machines()).find(({ gpu_occupancy: letters }) => /^(D )+$/.test(letters));
    const id = busy?.id as number;
    const earned = async (key: string | undefined) => {
      const response = await host.call(`/api/v0/users/me/machine-earnings?machid=${id}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      const { per_machine: machines, current } = (await response.json()) as {
        per_machine: { machine_id: number; gpu_earn: number }[];
        current: { balance: number };
      };
      return { usd: machines.reduce((sum, each) => sum + each.gpu_earn, 0), balance: current.balance };
    };
    const { hostApiKey: old, apiKey: heir } = host.sim;
    await host.clock.step(2 * HOUR);
    await host.hostJson('POST', '/api/v0/machines/transfer_ownership', {
      machine_id: id,
      recipient: 'simulated@example.com',
    });
    const before = (await earned(old)).usd;
    expect(before).toBeGreaterThan(0);
    expect((await earned(heir)).usd).toBe(0);
    await host.clock.step(2 * HOUR);
    expect((await earned(old)).usd).toBe(before);
    const after = await earned(heir);
    expect(after.usd).toBeGreaterThan(0);
    // It has no other machine, and was not paid yet.
    expect(after.balance).toBeCloseTo(after.usd, 6);
    const { machines } = (await (await host.call('/api/v0/machines')).json()) as {
      machines: { earn_day: number }[];
    };
    expect(machines[0]?.earn_day).toBeCloseTo(after.usd, 6);
  });

  it('show their new owner’s id to those who rent there, also in a price increase', async () => {
    const host = aHost({ account: 'host-without-machines' });
    const renter = host.sim.accounts.add({ credit: 100 });
    const asRenter = async (method: string, path: string, body?: unknown) => {
      const headers = { authorization: `Bearer ${renter.apiKey}` };
      const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
      return (await (await host.call(path, init)).json()) as Record<string, unknown>;
    };
    const own = (await host.machines()).map(({ id }) => id);
    const [offer] = await host.search({ machine_id: { in: own }, rentable: { eq: true } });
    const rent = { image: 'x', disk: 8 };
    const { new_contract: instance } = await asRenter('PUT', `/api/v0/asks/${offer?.id}/`, rent);
    const shown = async () => {
      const { instances } = await asRenter('GET', `/api/v0/instances/${instance as number}/`);
      return (instances as { host_id: number }).host_id;
    };
    expect(await shown()).toBe(offer?.host_id);
    await host.hostJson('POST', '/api/v0/machines/transfer_ownership', {
      machine_id: offer?.machine_id,
      recipient: 'simulated@example.com',
    });
    expect(await shown()).toBe(100_001);
    const asked = askBody(offer?.machine_id as number, { price_gpu: 90, duration: '9 years' });
    await host.call(CREATE_ASKS, { method: 'PUT', body: JSON.stringify(asked) });
    expect(await asRenter('GET', '/api/v0/instances/pending-price-increases/')).toMatchObject({
      pending_price_increases: [{ contract_id: instance, host_id: 100_001 }],
    });
  });

  it('can be rented by their new owner for nothing, volumes too, and not by the old one', async () => {
    const host = aHost({ account: 'host-without-machines' });
    const own = (await host.machines()).map(({ id }) => id);
    const [offer] = await host.search({
      machine_id: { in: own },
      rentable: { eq: true },
      avail_vol_size: { gte: 10 },
    });
    await host.hostJson('POST', '/api/v0/machines/transfer_ownership', {
      machine_id: offer?.machine_id,
      recipient: 'simulated@example.com',
    });
    const rent = { image: 'x', disk: 8 };
    const volume = { id: offer?.avail_vol_ask_id, size: 5 };
    expect((await host.asHost('PUT', `/api/v0/asks/${offer?.id}/`, rent)).status).toBe(403);
    expect((await host.asHost('PUT', '/api/v0/volumes/', volume)).status).toBe(403);
    const asHeir = (path: string, body: object) =>
      host.call(path, { method: 'PUT', body: JSON.stringify(body) });
    expect((await asHeir(`/api/v0/asks/${offer?.id}/`, rent)).status).toBe(200);
    expect((await asHeir('/api/v0/volumes/', volume)).status).toBe(200);
    await host.clock.step(HOUR);
    expect(host.sim.truth.charges({ accountId: 100_001 })).toEqual([]);
  });

  it('cannot be given to a renter', async () => {
    const host = aHost();
    const [machine] = await host.machines();
    const body = { machine_ids: [machine?.id], recipient: 'simulated@example.com' };
    expect((await host.asHost('POST', '/api/v0/machines/transfer_ownership', body)).status).toBe(400);
  });
});
