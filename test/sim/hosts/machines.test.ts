// What hosts see of their machines, and what they do to them beside listing.
import { describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../a-sim.ts';
import { aHost, askBody, CREATE_ASKS, machineOf } from './a-host.ts';

/** The fields that clients read, as the reference lists them. */
const FIELDS =
  'id machine_id hostname timeout listed verification error_description vm_error_level vm_error_msg num_gpus gpu_name gpu_ram gpu_lanes gpu_mem_bw bw_nvlink gpu_max_cur_temp total_flops mobo_name cpu_name cpu_ram cpu_cores cpu_arch pcie_bw pci_gen driver_version cuda_max_good kernel_version ubuntu_version disk_space max_disk_space alloc_disk_space avail_disk_space disk_name disk_bw inet_up inet_down direct_port_count public_ipaddr geolocation start_date end_date duration client_end_date listed_min_gpu_count listed_gpu_cost listed_storage_cost listed_volume_cost listed_inet_up_cost listed_inet_down_cost min_bid_price credit_discount_max bid_gpu_cost bid_image bid_image_args bid_image_args_str gpu_occupancy current_rentals_running current_rentals_running_on_demand current_rentals_running_reserved current_rentals_resident current_rentals_on_demand current_rentals_reserved volume_rented_size earn_hour earn_day reliability2 num_reports num_recent_reports machine_maintenance clients'.split(
    ' ',
  );

describe('the host account', () => {
  it('by default runs the largest host of up to 20 machines that has one of 8 GPUs', async () => {
    const host = aHost({ offers: 2_000 });
    const machines = await host.machines();
    expect(machines.length).toBeLessThanOrEqual(20);
    expect(machines.length).toBeGreaterThan(2);
    expect(machines.some(({ num_gpus: gpus }) => gpus === 8)).toBe(true);
    expect(host.sim.hostApiKey).not.toBe(host.sim.apiKey);
    const offers = await host.search({
      host_id: { eq: (await host.offersOf((machines[0] as { id: number }).id))[0]?.host_id },
      disable_bundling: true,
    });
    const shown = new Set(offers.map((offer) => offer.machine_id));
    for (const id of shown) expect(machines.map((machine) => machine.id)).toContain(id);
  });

  it('runs the host that is asked for, and there is an error for one that is not', async () => {
    const [offer] = await aHost().search();
    const hostId = offer?.host_id as number;
    const chosen = aHost({ hostId });
    const ids = (await chosen.machines()).map(({ id }) => id);
    expect(ids).toContain(offer?.machine_id);
    expect(() => aHost({ hostId: 1 })).toThrow(RangeError);
  });

  it('is the first account where that is a host', async () => {
    const host = aHost({ account: 'host' });
    expect(host.sim.hostApiKey).toBe(host.sim.apiKey);
    expect((await host.machines()).length).toBeGreaterThan(0);
  });
});

describe('show machines', () => {
  it('has the fields that clients read, for each machine', async () => {
    const host = aHost();
    for (const machine of await host.machines()) {
      expect(Object.keys(machine).sort()).toEqual([...FIELDS].sort());
      expect(machine.machine_id).toBe(machine.id);
      expect(machine.hostname === null || typeof machine.hostname === 'string').toBe(true);
    }
  });

  it('one of them comes as a bare list', async () => {
    const host = aHost();
    const machine = await machineOf(host);
    const one = await (await host.asHost('GET', `/api/v0/machines/${machine.id}?owner=me`)).json();
    expect(one).toEqual([machine]);
  });

  it('is refused to a renter with 401, and 403 for a machine of somebody else', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    expect((await host.call('/api/v0/machines')).status).toBe(401);
    expect((await host.call(`/api/v0/machines/${id}`)).status).toBe(401);
    const own = new Set((await host.machines()).map((machine) => machine.id));
    const other = (await host.search()).find((offer) => !own.has(offer.machine_id));
    expect((await host.asHost('GET', `/api/v0/machines/${other?.machine_id}`)).status).toBe(403);
    expect((await host.asHost('GET', '/api/v0/machines/5')).status).toBe(404);
  });

  it('counts rentals and what they earn as the truth has them', async () => {
    const host = aHost({ offers: 1_000 });
    await host.clock.step(9 * HOUR);
    const now = host.clock.now();
    const rentals = host.sim.truth.rentals(now, now + 1).filter(({ endMs }) => endMs === undefined);
    let running = 0;
    for (const machine of await host.machines()) {
      const here = rentals.filter(({ machineId }) => machineId === machine.id);
      running += here.length;
      expect(machine.current_rentals_running).toBe(here.length);
      expect(machine.current_rentals_resident).toBe(here.length);
      const onDemand = here.filter(({ kind }) => kind === 'on-demand');
      expect(machine.current_rentals_running_on_demand).toBe(onDemand.length);
      expect(machine.current_rentals_on_demand).toBe(onDemand.length);
      const paid = here.reduce((sum, { lockedPricePerHour }) => sum + lockedPricePerHour, 0);
      const isDown = (machine.timeout as number) > 0;
      expect(machine.earn_hour).toBeCloseTo(isDown ? 0 : paid * 0.75, 6);
      expect((machine.clients as unknown[]).length).toBe(here.length);
      if (here.length > 0 && !isDown) expect(machine.earn_day).toBeGreaterThan(0);
    }
    expect(running).toBeGreaterThan(5);
  });
});

describe('a managed machine', () => {
  it('keeps its price and its listing; chance moves those of others', async () => {
    const host = aHost({ offers: 600 });
    const before = await host.machines();
    const whole = (offers: Awaited<ReturnType<typeof host.search>>) =>
      new Map(offers.filter((offer) => offer.gpu_frac === 1).map((offer) => [offer.machine_id, offer]));
    const first = whole(await host.search());
    // Its listings are fixed until they end; these do not end meanwhile.
    for (const { id } of before) await host.hostJson('PUT', CREATE_ASKS, askBody(id, { duration: '1 year' }));
    let outages = 0;
    for (let day = 0; day < 40; day += 1) {
      await host.clock.step(DAY);
      outages += (await host.machines()).filter(({ timeout }) => (timeout as number) > 0).length;
    }
    const after = await host.machines();
    const same = ({ listed_gpu_cost: price, listed, min_bid_price: floor }: (typeof before)[number]) =>
      JSON.stringify([price, listed, floor]);
    expect(after.map(same)).toEqual(before.map(same));
    expect(after.map(({ reliability2 }) => reliability2)).not.toEqual(
      before.map(({ reliability2 }) => reliability2),
    );
    expect(outages).toBeGreaterThan(0);
    const last = whole(await host.search());
    for (const { id } of after) {
      if (last.has(id) && first.has(id)) expect(last.get(id)?.id).toBe(first.get(id)?.id);
    }
    const own = new Set(before.map(({ id }) => id));
    const moved = [...last].filter(
      ([id, offer]) => !own.has(id) && first.get(id)?.dph_base !== offer.dph_base,
    );
    expect(moved.length).toBeGreaterThan(50);
  });

  it('changes no draw of another: prices and reliability of all others are the same, whoever is managed', async () => {
    const [offer] = await aHost().search();
    const [a, b] = [aHost(), aHost({ hostId: offer?.host_id as number })];
    const ids = async (host: ReturnType<typeof aHost>) => (await host.machines()).map(({ id }) => id);
    const managed = new Set([...(await ids(a)), ...(await ids(b))]);
    const shownBy = async (host: ReturnType<typeof aHost>) => {
      await host.clock.step(20 * DAY);
      return new Map(
        (await host.search())
          .filter((each) => !managed.has(each.machine_id))
          .map((each) => [each.id, [each.dph_base, each.reliability, each.verification, each.end_date]]),
      );
    };
    const [left, right] = [await shownBy(a), await shownBy(b)];
    expect(left.size).toBeGreaterThan(100);
    expect(left).toEqual(right);
  });
});

describe('reports', () => {
  it('of a renter are seen by the host', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    const sent = { problem: 'slow disk', message: '30 MB/s' };
    const answer = await host.call(`/api/v0/machines/${id}/report`, {
      method: 'PUT',
      body: JSON.stringify(sent),
    });
    expect(answer.status).toBe(200);
    const reports = await (await host.asHost('GET', `/api/v0/machines/${id}/reports/`)).json();
    expect(reports).toEqual([{ ...sent, created_at: host.clock.now() / 1_000 }]);
    expect(await machineOf(host)).toMatchObject({ num_reports: 1, num_recent_reports: 1 });
    await host.clock.step(8 * DAY);
    expect(await machineOf(host)).toMatchObject({ num_reports: 1, num_recent_reports: 0 });
    expect(host.noted(id)).toContain('reported');
    const all = '/api/v0/users/me/machine-reports';
    const listed = async () =>
      (await host.hostJson('GET', all)) as unknown as { id: number; acknowledged: boolean }[];
    expect(await listed()).toMatchObject([{ ...sent, machine_id: id, acknowledged: false }]);
    const ids = (await listed()).map((report) => report.id);
    const acknowledge = async (body: object) =>
      (await host.hostJson('POST', `${all}/acknowledge`, body)).acknowledged;
    expect(await acknowledge({ ids: [999] })).toBe(0);
    expect(await acknowledge({ ids })).toBe(1);
    expect(await acknowledge({})).toBe(0);
    expect(await listed()).toMatchObject([{ machine_id: id, acknowledged: true }]);
    const asRenter = await host.call(all);
    expect(await asRenter.json()).toEqual([]);
    expect((await host.asHost('GET', '/api/v0/users/1/machine-reports')).status).toBe(403);
    const nowhere = await host.call('/api/v0/machines/5/report', { method: 'PUT', body: '{}' });
    expect(nowhere.status).toBe(404);
  });
});

describe('errors', () => {
  it('are the machines that are down or deverified', async () => {
    const host = aHost({ offers: 1_000 });
    let seen = 0;
    for (let day = 0; day < 15; day += 1) {
      const wrong = (await host.machines()).filter(
        ({ timeout, verification }) => (timeout as number) > 0 || verification === 'deverified',
      );
      seen += wrong.length;
      const { errors } = await host.hostJson('GET', '/api/v0/machines/errors');
      expect((errors as { machine_id: number }[]).map((each) => each.machine_id)).toEqual(
        wrong.map(({ id }) => id),
      );
      expect(await host.hostJson('GET', '/api/v0/machines/errors/count')).toEqual({
        success: true,
        count: wrong.length,
      });
      await host.clock.step(DAY);
    }
    expect(seen).toBeGreaterThan(0);
  });
});

describe('defrag machines', () => {
  it('cuts them so that free GPUs stand in one chunk, under new ids, and moves no rental', async () => {
    let cut = 0;
    for (let seed = 1; seed <= 6; seed += 1) {
      const host = aHost({ seed, offers: 1_500 });
      for (const { id } of await host.machines()) {
        const largestFree = async () =>
          Math.max(
            0,
            ...(await host.offersOf(id)).filter((offer) => offer.rentable).map((offer) => offer.num_gpus),
          );
        const before = { largest: await largestFree(), occupancy: occupancy(await host.machines(), id) };
        const ids = (await host.offersOf(id)).map((offer) => offer.id);
        const answer = await host.hostJson('PUT', '/api/v0/machines/defrag_offers/', { machine_ids: [id] });
        const isCut = String(answer.msg).startsWith('1');
        if (isCut) cut += 1;
        expect(occupancy(await host.machines(), id)).toBe(before.occupancy);
        const after = (await host.offersOf(id)).map((offer) => offer.id);
        if (isCut) expect(after.filter((each) => ids.includes(each))).toEqual([]);
        else expect(after).toEqual(ids);
        const isUp = (await host.machines()).find((machine) => machine.id === id)?.timeout === 0;
        if (isCut && isUp) expect(await largestFree()).toBeGreaterThan(before.largest);
      }
    }
    expect(cut).toBeGreaterThan(0);
  });
});

function occupancy(
  machines: readonly { id: number; gpu_occupancy: string }[],
  id: number,
): string | undefined {
  return machines.find((machine) => machine.id === id)?.gpu_occupancy;
}

describe('delete machine', () => {
  it('is refused while somebody rents, and then takes the machine out of the account and the market', async () => {
    const host = aHost({ offers: 1_000 });
    const machines = await host.machines();
    const busy = machines.find(({ gpu_occupancy: letters }) => /[DI]/.test(letters));
    const idle = machines.find(({ gpu_occupancy: letters }) => !/[DI]/.test(letters));
    const remove = (id: number | undefined) =>
      host.asHost('POST', `/api/v0/machines/${id}/force_delete/`, {});
    expect((await remove(busy?.id)).status).toBe(400);
    expect((await remove(idle?.id)).status).toBe(200);
    expect((await host.machines()).map(({ id }) => id)).not.toContain(idle?.id);
    expect(await host.offersOf(idle?.id as number)).toEqual([]);
    expect((await host.asHost('PUT', CREATE_ASKS, askBody(idle?.id as number))).status).toBe(404);
    expect(host.noted(idle?.id as number)).toEqual(['unlisted', 'deleted']);
  });
});

describe('show earnings', () => {
  it('sums what the machines earned by machine and by day, and agrees with the rentals', async () => {
    const host = aHost({ offers: 1_000 });
    const first = Math.floor(host.clock.now() / DAY);
    await host.clock.step(3 * DAY);
    const query = `owner=me&sday=${first}.3&eday=${first + 2}.9&machid=null`;
    const answer = await host.hostJson('GET', `/api/v0/users/me/machine-earnings?${query}`);
    const days = answer.per_day as { day: number; gpu_earn: number }[];
    expect(days.map(({ day }) => day)).toEqual([first, first + 1, first + 2]);
    const sum = (rows: unknown) =>
      (rows as { gpu_earn: number }[]).reduce((total, { gpu_earn: earned }) => total + earned, 0);
    expect(sum(answer.per_machine)).toBeCloseTo(sum(days), 6);
    expect(answer.summary).toMatchObject({ total_stor: 0 });
    expect((answer.summary as { total_gpu: number }).total_gpu).toBeCloseTo(sum(days), 6);
    // Without the hours in which machines were down it is less, but not by much.
    const own = new Set((await host.machines()).map(({ id }) => id));
    const [from, to] = [first * DAY, (first + 3) * DAY];
    const paid = host.sim.truth
      .rentals(from, to)
      .filter(({ machineId }) => own.has(machineId))
      .reduce((total, { startMs, endMs, lockedPricePerHour }) => {
        const ms = Math.min(endMs ?? to, to) - Math.max(startMs, from);
        return total + (lockedPricePerHour * ms) / HOUR;
      }, 0);
    expect(sum(days)).toBeLessThanOrEqual(0.75 * paid + 1e-6);
    expect(sum(days)).toBeGreaterThan(0.6 * paid);
    expect(answer.current).toMatchObject({ service_fee: 0 });
  });

  it('of one machine are its own, and nobody sees those of others', async () => {
    const host = aHost({ offers: 1_000 });
    await host.clock.step(DAY);
    const [machine] = await host.machines();
    const answer = await host.hostJson(
      'GET',
      `/api/v0/users/me/machine-earnings?owner=me&machid=${machine?.id}`,
    );
    for (const { machine_id: id } of answer.per_machine as { machine_id: number }[])
      expect(id).toBe(machine?.id);
    expect((await host.call('/api/v0/users/me/machine-earnings?owner=me')).status).toBe(401);
    expect((await host.asHost('GET', '/api/v0/users/me/machine-earnings?machid=5')).status).toBe(404);
    expect((await host.asHost('GET', '/api/v0/users/100001/machine-earnings')).status).toBe(403);
    const { per_day: days } = await host.hostJson('GET', '/api/v0/user/earnings/data');
    expect((days as unknown[]).length).toBeGreaterThan(0);
    expect(await host.hostJson('GET', '/api/v0/user/earnings')).not.toHaveProperty('per_day');
  });
});
