// Hosts and the instances on their machines: later ends, higher prices, what is cleaned up, what is earned.
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, type Offer } from '../a-sim.ts';
import { aHost, askBody, CREATE_ASKS, type HostWorld, type MachineRow } from './a-host.ts';

interface Rented {
  readonly host: HostWorld;
  readonly id: number;
  readonly offer: Offer;
  readonly machineId: number;
  readonly row: () => Promise<Record<string, unknown>>;
  readonly machine: () => Promise<MachineRow>;
}

/** A renter's instance on a machine of the host, which is listed for ten days at a price of its own. */
async function rented(options: { readonly bid?: boolean } = {}): Promise<Rented> {
  const host = aHost({ credit: 1_000 });
  const machine = async (id: number) => (await host.machines()).find((each) => each.id === id) as MachineRow;
  for (const { id: machineId, timeout } of await host.machines()) {
    if (timeout !== 0) continue;
    await host.hostJson(
      'PUT',
      CREATE_ASKS,
      askBody(machineId, { price_gpu: 0.3, price_disk: 0.1, duration: 10 * 86_400 }),
    );
    const slots = new Map(host.sim.truth.slots().map((slot) => [slot.gpuId, slot.state]));
    const offer = (await host.offersOf(machineId)).find((each) =>
      each.gpu_ids.every((gpu) => slots.get(gpu) === 'free'),
    );
    if (!offer) continue;
    const response = await host.call(`/api/v0/asks/${offer.id}/`, {
      method: 'PUT',
      body: JSON.stringify({
        client_id: 'me',
        image: 'pytorch/pytorch:latest',
        disk: 20,
        runtype: 'ssh',
        price: options.bid ? offer.min_bid : null,
      }),
    });
    const { new_contract: id } = (await response.json()) as { new_contract: number };
    const row = async () => {
      const answer = await host.call(`/api/v0/instances/${id}/?owner=me`);
      return ((await answer.json()) as { instances: Record<string, unknown> }).instances;
    };
    return { host, id, offer, machineId, row, machine: () => machine(machineId) };
  }
  throw new Error('No machine of the host has a free GPU; take another seed');
}

describe('a contract with an instance', () => {
  it('shows in the letters, the counters and the clients of the machine, also when it is stopped', async () => {
    const { host, id, offer, machine } = await rented();
    const running = await machine();
    const clientsOf = (row: MachineRow) => (row.clients as { id: number }[]).map((client) => client.id);
    expect(clientsOf(running)).toContain(id);
    const letters = (row: MachineRow) => row.gpu_occupancy.replaceAll(/[^D]/g, '').length;
    await host.call(`/api/v0/instances/${id}/`, { method: 'PUT', body: '{"state":"stopped"}' });
    const stopped = await machine();
    expect(letters(running) - letters(stopped)).toBe(offer.num_gpus);
    expect((running.current_rentals_running as number) - (stopped.current_rentals_running as number)).toBe(1);
    expect(stopped.current_rentals_resident).toBe(running.current_rentals_resident);
    expect(stopped.current_rentals_on_demand).toBe(running.current_rentals_on_demand);
    expect(clientsOf(stopped)).toContain(id);
    expect(stopped.alloc_disk_space).toBe(20);
  });

  it('that is interruptible is an I', async () => {
    const { machine, offer } = await rented({ bid: true });
    expect((await machine()).gpu_occupancy.replaceAll(/[^I]/g, '').length).toBeGreaterThanOrEqual(
      offer.num_gpus,
    );
  });

  it('that is prepaid is an R', async () => {
    const { host, machineId, id, offer } = await rented();
    await host.hostJson('PUT', CREATE_ASKS, askBody(machineId, { credit_discount_max: 0.4 }));
    const paid = await host.call(`/api/v0/instances/prepay/${id}/`, {
      method: 'PUT',
      body: JSON.stringify({ amount: 50 }),
    });
    expect(paid.status).toBe(200);
    const row = (await host.machines()).find((each) => each.id === machineId);
    expect(row?.gpu_occupancy.replaceAll(/[^R]/g, '').length).toBe(offer.num_gpus);
    expect(row).toMatchObject({ current_rentals_running_reserved: 1, current_rentals_reserved: 1 });
  });

  it('keeps price and end when the host changes the listing', async () => {
    const { host, machineId, row } = await rented();
    const before = await row();
    await host.hostJson('PUT', CREATE_ASKS, askBody(machineId, { price_gpu: 0.9 }));
    await host.hostJson('PUT', CREATE_ASKS, askBody(machineId, { price_gpu: 0.1 }));
    const after = await row();
    expect([after.dph_base, after.end_date]).toEqual([before.dph_base, before.end_date]);
  });

  it('goes on until the later end at the same price', async () => {
    const { host, machineId, row } = await rented();
    const endSec = ((await row()).end_date as number) + 86_400;
    const answer = await host.hostJson('PUT', CREATE_ASKS, askBody(machineId, { end_date: endSec }));
    expect(answer.extended).toBeGreaterThanOrEqual(1);
    expect((await row()).end_date).toBe(endSec);
    await host.clock.step(10.5 * DAY);
    expect(host.sim.truth.log().filter(({ what }) => what === 'expired')).toEqual([]);
  });

  it('at a higher price is asked, and goes on until then when its renter accepts', async () => {
    const { host, machineId, row, id, offer } = await rented();
    const before = await row();
    const endSec = (before.end_date as number) + 86_400;
    await host.hostJson('PUT', CREATE_ASKS, askBody(machineId, { end_date: endSec, price_gpu: 0.6 }));
    expect(await row()).toMatchObject({ end_date: before.end_date, dph_base: before.dph_base });
    const pending = await host.call('/api/v0/instances/pending-price-increases/');
    const { pending_price_increases: list } = (await pending.json()) as {
      pending_price_increases: Record<string, number>[];
    };
    expect(list).toHaveLength(1);
    expect(list[0]).toMatchObject({ contract_id: id, ask_end_date: endSec });
    expect(((list[0]?.new_gpu_costpersec as number) * 3_600) / offer.num_gpus).toBeCloseTo(0.8, 9);
    await host.call('/api/v0/instances/accept-price-increase/', {
      method: 'PUT',
      body: JSON.stringify({ pending_price_increase_id: list[0]?.pending_price_increase_id }),
    });
    const after = await row();
    expect(after.end_date).toBe(endSec);
    expect(after.dph_base).toBeCloseTo(0.8 * offer.num_gpus, 9);
  });

  it('goes on when its machine is taken off the market, cut anew, or put up again', async () => {
    const { host, machineId, id, offer } = await rented();
    await host.clock.step(HOUR / 2);
    await host.hostJson('DELETE', `/api/v0/machines/${machineId}/asks/`, {});
    await host.hostJson('PUT', CREATE_ASKS, askBody(machineId, { min_chunk: 1 }));
    await host.hostJson('PUT', CREATE_ASKS, askBody(machineId, { min_chunk: 2 }));
    const lost = host.sim.truth
      .log()
      .filter((event) => event.id === id && /stopped|outbid|destroyed/.test(event.what));
    expect(lost).toEqual([]);
    const slots = host.sim.truth.slots().filter(({ gpuId }) => offer.gpu_ids.includes(gpuId));
    expect(new Set(slots.map(({ state }) => state))).toEqual(new Set(['on-demand']));
  });
});

describe('cleanup machine', () => {
  it('deletes the data of contracts that have ended, and of no other', async () => {
    const { host, machineId, id } = await rented();
    const clean = () => host.hostJson('PUT', `/api/v0/machines/${machineId}/cleanup/`, {});
    expect(await clean()).toMatchObject({ success: true, num_deleted: 0, machine_id: machineId });
    await host.clock.step(10 * DAY + HOUR);
    expect(await clean()).toMatchObject({ num_deleted: 1 });
    expect(await clean()).toMatchObject({ num_deleted: 0 });
    const gone = host.sim.truth.log().filter((event) => event.id === id && event.what === 'destroyed');
    expect(gone).toHaveLength(1);
  });
});

describe('what a renter pays', () => {
  it('is earned by the host, but for a quarter', async () => {
    const { host, machineId, id } = await rented();
    await host.clock.step(6 * HOUR);
    await host.call(`/api/v0/instances/${id}/`, { method: 'DELETE', body: '{}' });
    const day = Math.floor(host.clock.now() / DAY);
    const earnings = await host.hostJson(
      'GET',
      `/api/v0/users/me/machine-earnings?owner=me&sday=${day - 1}&eday=${day}&machid=${machineId}`,
    );
    const paid = host.sim.truth
      .rentals(0, host.clock.now() + 1)
      .filter((rental) => rental.machineId === machineId).length;
    expect(paid).toBeGreaterThan(0);
    const { total_stor: stored } = earnings.summary as { total_stor: number };
    // 20 GB for 6 hours at 0.10 a month, which is what the host wrote.
    expect(stored).toBeCloseTo((0.1 * 20 * 6) / 720, 6);
  });
});
