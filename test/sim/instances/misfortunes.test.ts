// Faults of things, each ordered by hand and by chance, as renters see them and as they are in truth.
import { describe, expect, it } from 'vitest';
import type { FaultPlan } from '../../../src/sim/index.ts';
import { aRenter, type Renter } from './a-renter.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function booted(faults: FaultPlan, changes = {}): Promise<{ renter: Renter; id: number }> {
  const renter = aRenter({ faults });
  const id = await renter.rented((await renter.anOffer()).id, changes);
  await renter.wait(30 * MINUTE);
  return { renter, id };
}

describe('stuck-loading', () => {
  it('keeps an instance loading for good, with its GPU and without a bill for it; a reboot helps', async () => {
    const renter = aRenter();
    renter.sim.fail('stuck-loading');
    const id = await renter.rented((await renter.anOffer()).id);
    await renter.wait(10 * HOUR);
    expect(renter.truthOf(id)).toMatchObject({
      actual: 'loading',
      holdsGpus: true,
      billedPerHour: { gpu: 0 },
    });
    expect(renter.sim.faultCounts()['stuck-loading']).toBe(1);
    expect((await renter.put(`/api/v0/instances/reboot/${id}/`)).status).toBe(200);
    await renter.until(id, ({ actual }) => actual === 'running');
  });

  it('comes by chance', async () => {
    const { renter, id } = await booted({ 'stuck-loading': 1 });
    expect(renter.truthOf(id).actual).toBe('loading');
  });
});

describe('fatal-pull', () => {
  it('fails a boot in five ways, with the words of docker and the contract stopped', async () => {
    const texts = new Map<string, string>();
    for (let seed = 1; seed <= 40 && texts.size < 5; seed += 1) {
      const renter = aRenter({ seed, faults: { 'fatal-pull': 1 } });
      const id = await renter.rented((await renter.anOffer()).id, { image: 'repo/image:1' });
      await renter.until(id, ({ intended }) => intended === 'stopped');
      const failed = renter.sim.truth.log().find(({ what }) => what === 'boot_failed');
      const row = await renter.row(id);
      const why = failed?.data.why as string;
      texts.set(why, row?.status_msg as string);
      expect(row).toMatchObject({
        actual_status: why === 'port-bind' ? 'created' : 'loading',
        intended_status: 'stopped',
        cur_state: 'stopped',
        next_state: 'stopped',
      });
      expect(renter.truthOf(id)).toMatchObject({ holdsGpus: false, billedPerHour: { gpu: 0 } });
    }
    expect(texts.get('pull-limit')).toContain('toomanyrequests: You have reached your pull rate limit');
    expect(texts.get('no-manifest')).toContain('manifest for repo/image:1 not found: manifest unknown');
    expect(texts.get('unauthorised')).toContain('denied: requested access to the resource is denied');
    expect(texts.get('no-space')).toContain('no space left on device');
    expect(texts.get('port-bind')).toContain('port is already allocated');
  }, 20_000);

  it('can be started again once its cause is gone', async () => {
    const renter = aRenter();
    renter.sim.fail('fatal-pull');
    const id = await renter.rented((await renter.anOffer()).id);
    await renter.until(id, ({ intended }) => intended === 'stopped');
    expect((await renter.put(`/api/v0/instances/${id}/`, { state: 'running' })).body.success).toBe(true);
    await renter.until(id, ({ actual }) => actual === 'running');
  });
});

describe('host-death', () => {
  it('takes the machine away for good: unknown, then offline, and no bill', async () => {
    const { renter, id } = await booted({});
    renter.sim.fail('host-death', { id });
    expect(renter.truthOf(id)).toMatchObject({ actual: 'unknown', billedPerHour: { gpu: 0 } });
    await renter.wait(MINUTE);
    expect(renter.truthOf(id)).toMatchObject({ actual: 'offline', billedPerHour: { gpu: 0, disk: 0 } });
    expect(await renter.row(id)).toMatchObject({ actual_status: 'offline', intended_status: 'running' });
    await renter.wait(48 * HOUR);
    expect(renter.truthOf(id).actual).toBe('offline');
    const { gpuIds } = renter.truthOf(id);
    const slot = renter.sim.truth.slots().find(({ gpuId }) => gpuIds.includes(gpuId));
    expect(slot?.state).toBe('offline');
    expect((await renter.send('DELETE', `/api/v0/instances/${id}/`)).status).toBe(200);
  });

  it('keeps a stopped instance from starting until the machine is back, which it never is', async () => {
    const { renter, id } = await booted({});
    await renter.put(`/api/v0/instances/${id}/`, { state: 'stopped' });
    const other = await renter.rented((await renter.anOffer(2)).id);
    renter.sim.fail('host-death', { id: other });
    expect(renter.truthOf(id).actual).toBe('exited');
    const { body } = await renter.put(`/api/v0/instances/${other}/`, { state: 'stopped' });
    expect(body.success).toBe(true);
    expect((await renter.put(`/api/v0/instances/${other}/`, { state: 'running' })).body).toMatchObject({
      success: false,
      error: 'resources_unavailable',
    });
    await renter.wait(HOUR);
    expect(renter.truthOf(other)).toMatchObject({ waiting: 'queued', actual: 'offline' });
  });

  it('comes by chance within half a day', async () => {
    const { renter, id } = await booted({ 'host-death': 1 });
    await renter.wait(12 * HOUR);
    expect(renter.truthOf(id).actual).toBe('offline');
    expect(renter.sim.faultCounts()['host-death']).toBe(1);
  });
});

describe('outbid-wave', () => {
  it('takes the GPUs of every interruptible instance, and gives them back within the hour', async () => {
    const renter = aRenter();
    const one = await renter.anOffer(1);
    const ids = [await renter.rented(one.id, { price: one.min_bid })];
    const two = await renter.anOffer(2);
    ids.push(await renter.rented(two.id, { price: two.min_bid }));
    for (const id of ids) await renter.until(id, ({ actual }) => actual === 'running');
    renter.sim.fail('outbid-wave');
    for (const id of ids) expect(renter.truthOf(id)).toMatchObject({ waiting: 'outbid', holdsGpus: false });
    const slots = renter.sim.truth.slots().filter(({ gpuId }) => one.gpu_ids.includes(gpuId));
    expect(slots.map(({ state }) => state)).toEqual(['bid']);
    await renter.wait(9 * MINUTE);
    for (const id of ids) expect(renter.truthOf(id).waiting).toBe('outbid');
    await renter.wait(55 * MINUTE);
    for (const id of ids) expect(renter.log(id)).toContain('resumed');
  });

  it('leaves on-demand instances alone, and can strike one only', async () => {
    const renter = aRenter();
    const one = await renter.anOffer(1);
    const struck = await renter.rented(one.id, { price: one.min_bid });
    const two = await renter.anOffer(2);
    const spared = await renter.rented(two.id, { price: two.min_bid });
    const onDemand = await renter.rented((await renter.anOffer(4)).id);
    renter.sim.fail('outbid-wave', { id: struck });
    renter.sim.fail('outbid-wave', { id: onDemand });
    expect([struck, spared, onDemand].map((id) => renter.truthOf(id).holdsGpus)).toEqual([false, true, true]);
  });
});

describe('resurrect-once', () => {
  it('lists a destroyed instance again, and bills its disk, until it is destroyed once more', async () => {
    const { renter, id } = await booted({ 'resurrect-once': 1 });
    const destroy = () => renter.send('DELETE', `/api/v0/instances/${id}/`);
    expect((await destroy()).body.success).toBe(true);
    expect(await renter.row(id)).toBeUndefined();
    await renter.wait(19_000);
    expect(await renter.row(id)).toBeUndefined();
    await renter.wait(2 * MINUTE);
    expect(await renter.row(id)).toMatchObject({ id, actual_status: 'exited' });
    expect(renter.truthOf(id)).toMatchObject({ destroyedMs: undefined, holdsGpus: false });
    expect(renter.truthOf(id).billedPerHour.disk).toBeGreaterThan(0);
    expect((await destroy()).body.success).toBe(true);
    await renter.wait(10 * MINUTE);
    expect(await renter.row(id)).toBeUndefined();
    expect(renter.truthOf(id).billedPerHour).toEqual({ gpu: 0, disk: 0 });
    expect(renter.sim.faultCounts()['resurrect-once']).toBe(1);
  });
});

describe('credit-exhaustion', () => {
  it('takes the credit, and with it the GPUs', async () => {
    const { renter, id } = await booted({});
    renter.sim.fail('credit-exhaustion');
    expect(renter.truthOf(id)).toMatchObject({ intended: 'stopped', holdsGpus: false });
    const { body } = await renter.get('/api/v0/users/current');
    expect(body.credit).toBeLessThanOrEqual(0);
    const slot = renter.sim.truth.slots().find(({ gpuId }) => renter.truthOf(id).gpuIds.includes(gpuId));
    expect(slot?.state).toBe('free');
  });

  it('comes by chance some hours after the first rental', async () => {
    const { renter, id } = await booted({ 'credit-exhaustion': 1 });
    await renter.wait(6 * HOUR);
    expect(renter.truthOf(id).intended).toBe('stopped');
  });
});

describe('wrong-gpu', () => {
  it('shows another GPU, or fewer, once the instance runs', async () => {
    const shown = new Set<string>();
    for (let seed = 1; seed <= 12 && shown.size < 2; seed += 1) {
      const renter = aRenter({ seed, faults: { 'wrong-gpu': 1 } });
      const offer = await renter.anOffer(2);
      const id = await renter.rented(offer.id);
      expect(await renter.row(id)).toMatchObject({ gpu_name: offer.gpu_name, num_gpus: 2 });
      await renter.until(id, ({ actual }) => actual === 'running');
      const row = await renter.row(id);
      if (row?.gpu_name !== offer.gpu_name) shown.add('another');
      else if (row?.num_gpus === 1) shown.add('fewer');
      else throw new Error('It is what the offer said');
      expect(row?.gpu_totalram).toBe(Number(row?.gpu_ram) * Number(row?.num_gpus));
    }
    expect([...shown].sort()).toEqual(['another', 'fewer']);
  });
});

describe('faults of the inside', () => {
  it.each([
    'key-refused',
    'slow-ssh',
    'ssh-reset',
    'stuck-tunnel',
    'key-lost',
    'disk-full',
  ] as const)('%s strikes the newest running instance when it is ordered, and is in the log', async (fault) => {
    const { renter, id } = await booted({});
    renter.sim.fail(fault);
    const struck = renter.sim.truth.log().filter(({ noun }) => noun === 'fault');
    expect(struck).toMatchObject([{ id, what: fault }]);
    expect(renter.sim.faultCounts()[fault]).toBe(1);
  });

  it('come by chance in their time: keys are lost after 9 to 18 hours', async () => {
    const { renter, id } = await booted({ 'key-lost': 1, 'slow-ssh': 1 });
    await renter.wait(18 * HOUR);
    const log = renter.sim.truth.log().filter((event) => event.id === id);
    const runningMs = log.find(({ what }) => what === 'running')?.atMs ?? 0;
    const hoursUntil = (fault: string) =>
      ((log.find(({ what }) => what === fault)?.atMs ?? Number.NaN) - runningMs) / HOUR;
    expect(hoursUntil('slow-ssh')).toBe(0);
    expect(hoursUntil('key-lost')).toBeGreaterThanOrEqual(9);
    expect(hoursUntil('key-lost')).toBeLessThanOrEqual(18);
  });
});
