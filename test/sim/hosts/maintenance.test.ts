// Announced maintenance, with the requests that the official client was recorded to send.
import { describe, expect, it } from 'vitest';
import { HOUR } from '../a-sim.ts';
import { aHost, machineOf } from './a-host.ts';

const notice = (sdate: unknown, changes: Readonly<Record<string, unknown>> = {}) => ({
  client_id: 'me',
  sdate,
  duration: 2.0,
  maintenance_category: 'power',
  ...changes,
});

describe('maintenance of many machines', () => {
  const BATCH = '/api/v0/machines/maintenances/batch';

  it('is announced and cancelled for all of them at once', async () => {
    const host = aHost();
    const ids = (await host.machines()).slice(0, 2).map(({ id }) => id);
    const body = notice(host.clock.now() / 1_000 + 3_600, { machine_ids: ids });
    expect((await host.hostJson('POST', BATCH, body)).success).toBe(true);
    const listed = async () =>
      (await host.hostJson('GET', '/api/v0/machines/maintenances')) as unknown as { machine_id: number }[];
    expect((await listed()).map(({ machine_id: id }) => id)).toEqual(ids);
    const answer = await host.hostJson('DELETE', BATCH, { machine_ids: ids });
    expect(answer).toEqual({ success: true, msg: '2 maintenance windows were cancelled.' });
    expect(await listed()).toEqual([]);
    for (const id of ids) {
      expect(host.noted(id)).toEqual(['maintenance_announced', 'maintenance_cancelled']);
    }
  });

  it('is refused as a whole when one is not the host’s, or when none is named', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    const foreign = (await host.search({ machine_id: { neq: id } })).at(-1)?.machine_id;
    const body = notice(host.clock.now() / 1_000 + 3_600, { machine_ids: [id, foreign] });
    expect([403, 404]).toContain((await host.asHost('POST', BATCH, body)).status);
    expect((await host.asHost('POST', BATCH, { ...body, machine_ids: [] })).status).toBe(400);
    expect(host.noted(id)).toEqual([]);
  });
});

describe('schedule maint', () => {
  it('lists the window, tells the clients, and takes the machine down within it', async () => {
    const host = aHost();
    const { id, clients } = await machineOf(host);
    const startMs = host.clock.now() + 5 * HOUR;
    const answer = await host.hostJson('PUT', `/api/v0/machines/${id}/dnotify/`, notice(startMs / 1_000));
    expect(answer).toEqual({
      success: true,
      you_sent: `${(clients as unknown[]).length} notifications sent`,
    });
    const [listed] = (await host.hostJson(
      'GET',
      `/api/v0/machines/maintenances?owner=me&machine_ids=${encodeURIComponent(`[${id}, 7002]`)}`,
    )) as unknown as Record<string, unknown>[];
    expect(listed).toMatchObject({
      machine_id: id,
      start_time: startMs / 1_000,
      end_time: startMs / 1_000 + 7_200,
      duration_hours: 2,
      maintenance_category: 'power',
    });
    expect((await machineOf(host)).machine_maintenance).toEqual([listed]);
    const isUp = async () => {
      const rentable = (await host.offersOf(id)).some((offer) => offer.rentable);
      expect((await machineOf(host)).timeout).toSatisfy((sec: number) => (rentable ? sec === 0 : sec > 0));
      return rentable;
    };
    await host.clock.step(5 * HOUR - 1);
    expect(await isUp()).toBe(true);
    await host.clock.step(1);
    expect(await isUp()).toBe(false);
    const states = host.sim.truth.slots().filter(({ machineId }) => machineId === id);
    expect(new Set(states.map(({ state }) => state))).toEqual(new Set(['offline']));
    await host.clock.step(2 * HOUR);
    expect(await isUp()).toBe(true);
    expect((await machineOf(host)).machine_maintenance).toBeNull();
    expect(host.noted(id)).toEqual(['maintenance_announced', 'maintenance_begun', 'maintenance_over']);
  });

  it('reads a time as ISO, too', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    const startMs = Math.ceil(host.clock.now() / 1_000) * 1_000 + HOUR;
    await host.hostJson('PUT', `/api/v0/machines/${id}/dnotify`, notice(new Date(startMs).toISOString()));
    const [listed] = (await host.hostJson('GET', '/api/v0/machines/maintenances')) as unknown as {
      start_time: number;
    }[];
    expect(listed?.start_time).toBe(startMs / 1_000);
  });

  it.each([
    [1, {}],
    ['soon', {}],
    [null, {}],
    [4e9, { duration: 0 }],
    [4e9, { duration: null }],
    [4e9, { maintenance_category: 'holiday' }],
  ])('refuses %j with %j: 422', async (sdate, changes) => {
    const host = aHost();
    const { id } = await machineOf(host);
    const response = await host.asHost('PUT', `/api/v0/machines/${id}/dnotify`, notice(sdate, changes));
    expect(response.status).toBe(422);
    expect((await machineOf(host)).machine_maintenance).toBeNull();
  });
});

describe('cancel maint', () => {
  it('before it begins keeps the machine up', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    const sdate = host.clock.now() / 1_000 + 3_600;
    await host.hostJson('PUT', `/api/v0/machines/${id}/dnotify`, notice(sdate));
    const answer = await host.hostJson('PUT', `/api/v0/machines/${id}/cancel_maint/`, {
      client_id: 'me',
      machine_id: id,
    });
    expect(answer).toMatchObject({ success: true, machine_id: id, ctime: host.clock.now() / 1_000 });
    await host.clock.step(HOUR + 1);
    expect((await machineOf(host)).timeout).toBe(0);
    expect(host.noted(id)).toEqual(['maintenance_announced', 'maintenance_cancelled']);
  });

  it('under way brings the machine up again, once', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    await host.hostJson('PUT', `/api/v0/machines/${id}/dnotify`, notice(host.clock.now() / 1_000 + 60));
    await host.clock.step(HOUR);
    expect((await machineOf(host)).timeout).toBeGreaterThan(0);
    await host.hostJson('PUT', `/api/v0/machines/${id}/cancel_maint`, {});
    await host.hostJson('PUT', `/api/v0/machines/${id}/cancel_maint`, {});
    expect((await machineOf(host)).timeout).toBe(0);
    await host.clock.step(3 * HOUR);
    expect(host.noted(id)).toEqual(['maintenance_announced', 'maintenance_begun', 'maintenance_over']);
  });

  it('a second notice takes the place of the first', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    const now = host.clock.now() / 1_000;
    await host.hostJson('PUT', `/api/v0/machines/${id}/dnotify`, notice(now + 3_600));
    await host.hostJson('PUT', `/api/v0/machines/${id}/dnotify`, notice(now + 7_200, { duration: 1 }));
    const listed = (await host.hostJson('GET', '/api/v0/machines/maintenances')) as unknown as unknown[];
    expect(listed.length).toBe(1);
    await host.clock.step(HOUR + 1);
    expect((await machineOf(host)).timeout).toBe(0);
  });
});
