import { describe, expect, it } from 'vitest';
import { nextRun } from '../../../src/sim/instances/schedule.ts';
import { aRenter, type Json, type Renter } from './a-renter.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PATH = '/api/v0/commands/schedule_job/';
/** A Thursday. */
const START = Date.UTC(2026, 0, 1);

async function running(): Promise<{ renter: Renter; id: number }> {
  const renter = aRenter({ credit: 10_000 });
  const id = await renter.rented((await renter.anOffer()).id);
  await renter.until(id, ({ actual }) => actual === 'running');
  return { renter, id };
}

/** As `reboot instance ID --schedule DAILY --hour 3` sends it. */
const job = (id: number, changes: Json = {}) => ({
  start_time: START / 1_000,
  end_time: (START + 7 * DAY) / 1_000,
  api_endpoint: `/api/v0/instances/reboot/${id}/`,
  request_method: 'PUT',
  request_body: { instance_id: id },
  day_of_the_week: null,
  hour_of_the_day: 3,
  frequency: 'DAILY',
  instance_id: id,
  ...changes,
});

const times = ({ sim }: Renter, what: string) =>
  sim.truth
    .log()
    .filter((event) => event.what === what)
    .map(({ atMs }) => (atMs - START) / HOUR);

describe('a scheduled job', () => {
  it('runs daily at its hour, until its end', async () => {
    const { renter, id } = await running();
    expect((await renter.send('POST', PATH, job(id))).body).toEqual({
      success: true,
      scheduled_job_id: 7_001,
    });
    for (let day = 0; day < 10; day += 1) await renter.clock.step(DAY);
    renter.sim.step();
    expect(times(renter, 'rebooting')).toEqual([3, 27, 51, 75, 99, 123, 147]);
  });

  it.each([
    ['HOURLY', null, null, [1, 2, 3, 4]],
    ['DAILY', null, 5, [5, 29, 53, 77]],
    ['DAILY', '*', 0, [24, 48, 72, 96]],
    ['WEEKLY', 0, 12, [84, 252, 420, 588]],
    ['WEEKLY', 4, 0, [168, 336, 504, 672]],
  ] as const)('%s on day %s at hour %s comes in time', (frequency, day, hour, hours) => {
    const set = {
      frequency,
      day: day === '*' ? null : day,
      hour,
      startMs: START,
      endMs: START + 60 * DAY,
    };
    const runs: number[] = [];
    for (let atMs = START; runs.length < 4; ) {
      atMs = nextRun(set, atMs) ?? Number.NaN;
      runs.push((atMs - START) / HOUR);
    }
    expect(runs).toEqual(hours);
    expect(nextRun({ ...set, endMs: START + (hours[0] as number) * HOUR }, START)).toBeUndefined();
  });

  it('stops and starts, and what fails does not end it', async () => {
    const { renter, id } = await running();
    const state = (name: string, hour: number) =>
      job(id, {
        api_endpoint: `/api/v0/instances/${id}/`,
        request_body: { state: name },
        hour_of_the_day: hour,
      });
    expect((await renter.send('POST', PATH, state('stopped', 1))).status).toBe(200);
    // One job for each address: the second changes the first.
    const refused = await renter.send('POST', PATH, state('running', 2));
    expect(refused).toMatchObject({ status: 422, body: { scheduled_job_id: 7_001 } });
    await renter.send('POST', PATH, job(id, { hour_of_the_day: 2 }));
    await renter.clock.step(3 * HOUR);
    renter.sim.step();
    expect(renter.truthOf(id)).toMatchObject({ intended: 'stopped' });
    expect(times(renter, 'job_failed')).toEqual([2]);
    await renter.put(`/api/v0/instances/${id}/`, { state: 'running' });
    await renter.clock.step(DAY);
    renter.sim.step();
    expect(times(renter, 'job_run').slice(0, 4)).toEqual([1, 2, 25, 26]);
  });

  it('is listed as a bare array, changed and taken away', async () => {
    const { renter, id } = await running();
    await renter.send('POST', PATH, job(id));
    const listed = (await renter.get(PATH)).body as unknown as Json[];
    expect(listed).toEqual([{ id: 7_001, ...job(id) }]);
    expect((await renter.put(`${PATH}7001/`, job(id, { hour_of_the_day: 5 }))).body.success).toBe(true);
    await renter.clock.step(4 * HOUR);
    renter.sim.step();
    expect(times(renter, 'rebooting')).toEqual([]);
    await renter.clock.step(2 * HOUR);
    renter.sim.step();
    expect(times(renter, 'rebooting')).toEqual([5]);
    expect((await renter.send('DELETE', `${PATH}7001/`)).body.success).toBe(true);
    expect((await renter.send('DELETE', `${PATH}7001/`)).status).toBe(404);
    await renter.clock.step(2 * DAY);
    renter.sim.step();
    expect(times(renter, 'rebooting')).toEqual([5]);
    expect((await renter.get(PATH)).body).toEqual([]);
  });

  it('ends with its instance', async () => {
    const { renter, id } = await running();
    await renter.send('POST', PATH, job(id));
    await renter.send('DELETE', `/api/v0/instances/${id}/`);
    await renter.clock.step(2 * DAY);
    expect((await renter.get(PATH)).body).toEqual([]);
  });

  it.each([
    [{ frequency: 'YEARLY' }, 400],
    [{ hour_of_the_day: 23 }, 200],
    [{ hour_of_the_day: 24 }, 400],
    [{ day_of_the_week: 6 }, 200],
    [{ day_of_the_week: 7 }, 400],
    [{ day_of_the_week: '*' }, 200],
    [{ end_time: START / 1_000 }, 400],
    [{ api_endpoint: '/api/v0/users/current/' }, 400],
    [{ api_endpoint: '/api/v0/instances/reboot/4242/', instance_id: 4_242 }, 404],
  ])('with %o is answered with %i', async (changes, status) => {
    const { renter, id } = await running();
    expect((await renter.send('POST', PATH, job(id, changes))).status).toBe(status);
  });
});
