// What owners are told without anybody having done anything: disks that fill up, GPUs that idle, contracts and listings
// that end, verifications that fail. Each is in the truth log once, and goes to the webhooks that want it.
import { describe, expect, it } from 'vitest';
import type { SimOptions } from '../../../src/sim/index.ts';
import type { Container } from '../../../src/sim/instances/index.ts';
import { DAY, HOUR } from '../a-sim.ts';
import { aHost, askBody, CREATE_ASKS, machineOf } from '../hosts/a-host.ts';
import { aRenter, type Renter } from '../instances/a-renter.ts';

const MINUTE = 60_000;

interface Figures {
  diskGb: number;
  isIdle: boolean;
}

/** A container that says these figures, and does nothing else. */
const aContainer = (figures: Figures): Container => ({
  start: async () => {},
  stop: async () => {},
  reboot: async () => {},
  recycle: async () => {},
  destroy: async () => {},
  sshPort: 40_000,
  logs: async () => '',
  execute: async () => '',
  diskUsedGb: () => figures.diskGb,
  trafficGb: () => ({ up: 0, down: 0 }),
  isGpuIdle: () => figures.isIdle,
  befall: async () => {},
});

/** Webhooks for these events go into the list, with the slug and the message that they bring. */
function listening(events: readonly string[]) {
  const told: string[] = [];
  const options: Partial<SimOptions> = {
    webhooks: {
      fetch: async (input, init) => {
        const { notif_type: slug } = (await new Request(input, init).json()) as { notif_type: string };
        told.push(slug);
        return new Response(null, { status: 204 });
      },
    },
  };
  const hook = { name: 'h', webhook_url: 'https://hooks.example.com/', event_types: events };
  return { told, options, hook };
}

async function running(figures: Figures, events: readonly string[], seed = 'tests') {
  const { told, options, hook } = listening(events);
  const renter = aRenter({ ...options, seed }, () => aContainer(figures));
  await renter.send('POST', '/api/v0/webhooks/', hook);
  const id = await renter.rented((await renter.anOffer()).id);
  await renter.until(id, ({ actual }) => actual === 'running');
  return { renter, id, told };
}

const timesOf = (renter: Renter, id: number, what: string) =>
  renter.sim.truth.log().flatMap((event) => (event.id === id && event.what === what ? [event.atMs] : []));

/** In steps in which containers answer. */
async function pass(renter: Renter, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10 * MINUTE) {
    await renter.clock.step(Math.min(left, 10 * MINUTE));
    renter.sim.step();
    await renter.clock.untilIdle();
  }
}

describe('a disk that fills up', () => {
  it('is told of at nine tenths, and again when it is full; each once', async () => {
    const figures = { diskGb: 8.9, isIdle: false };
    const { renter, id, told } = await running(figures, [
      'client:instance_disk_low',
      'client:instance_storage_full',
    ]);
    await pass(renter, 2 * HOUR);
    expect(told).toEqual([]);
    figures.diskGb = 9.1;
    await pass(renter, 3 * HOUR);
    expect(told).toEqual(['instance_disk_low']);
    figures.diskGb = 9.95;
    await pass(renter, 3 * HOUR);
    figures.diskGb = 9.1;
    await pass(renter, 3 * HOUR);
    expect(told).toEqual(['instance_disk_low', 'instance_storage_full']);
    expect(renter.log(id).filter((what) => /disk_low|storage_full/.test(what))).toEqual([
      'disk_low',
      'storage_full',
    ]);
  });

  it('is told of at once when a fault fills it', async () => {
    const { renter, id, told } = await running({ diskGb: 1, isIdle: false }, [
      'client:instance_storage_full',
    ]);
    renter.sim.fail('disk-full', { id });
    await pass(renter, 1);
    expect(told).toEqual(['instance_storage_full']);
  });
});

describe('GPUs that do nothing', () => {
  it('are told of after 24 hours of it, once, and show as 0 %', async () => {
    const figures = { diskGb: 1, isIdle: true };
    // A seed in which the machine is up all the time: who lost sight of it knows of no idleness.
    const { renter, id, told } = await running(figures, ['client:instance_gpu_idle'], 'idle');
    expect((await renter.row(id))?.gpu_util).toBe(0);
    await pass(renter, 23 * HOUR);
    figures.isIdle = false;
    await pass(renter, 10 * MINUTE);
    expect((await renter.row(id))?.gpu_util).toBeGreaterThan(0);
    figures.isIdle = true;
    await pass(renter, 24 * HOUR);
    expect(told).toEqual([]);
    await pass(renter, 10 * MINUTE);
    expect(told).toEqual(['instance_gpu_idle']);
    await pass(renter, 30 * HOUR);
    expect(told).toEqual(['instance_gpu_idle']);
  });
});

describe('a contract that ends', () => {
  it('is told of a day before, once', async () => {
    const { told, options, hook } = listening(['client:instance_expires']);
    const renter = aRenter(options);
    await renter.send('POST', '/api/v0/webhooks/', hook);
    const id = await renter.rented((await renter.anOffer()).id);
    const { endMs } = renter.truthOf(id);
    await renter.clock.step(endMs - DAY - 1 - renter.clock.now());
    expect(timesOf(renter, id, 'expiring')).toEqual([]);
    await renter.clock.step(1);
    expect(timesOf(renter, id, 'expiring')).toEqual([endMs - DAY]);
    await pass(renter, 2 * DAY);
    expect(timesOf(renter, id, 'expiring')).toHaveLength(1);
    expect(timesOf(renter, id, 'expired')).toEqual([endMs]);
    expect(told).toEqual(['instance_expires']);
  });
});

describe('a host', () => {
  async function told(event: string) {
    const { told: list, options, hook } = listening([event]);
    const host = aHost(options);
    await host.hostJson('POST', '/api/v0/webhooks/', hook);
    const pending = async (ms: number) => {
      await host.clock.step(ms);
      host.sim.step();
      await host.clock.untilIdle();
    };
    const times = (id: number, what: string) =>
      host.sim.truth
        .log()
        .flatMap((each) =>
          each.noun === 'machine' && each.id === id && each.what === what ? [each.atMs] : [],
        );
    return { host, list, pending, times };
  }

  it('is told seven days before a listing ends, once for each end that it sets', async () => {
    const { host, list, pending, times } = await told('host:listing_ending');
    const { id } = await machineOf(host);
    const endMs = host.clock.now() + 10 * DAY;
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { end_date: endMs / 1_000 }));
    await pending(3 * DAY - 1);
    const before = list.length;
    expect(times(id, 'listing_ending').filter((atMs) => atMs >= endMs - 7 * DAY)).toEqual([]);
    await pending(1);
    expect(times(id, 'listing_ending').at(-1)).toBe(endMs - 7 * DAY);
    expect(list.length).toBe(before + 1);
    const laterMs = endMs + DAY;
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { end_date: laterMs / 1_000 }));
    await pending(2 * DAY);
    expect(times(id, 'listing_ending').slice(-2)).toEqual([endMs - 7 * DAY, laterMs - 7 * DAY]);
    await pending(10 * DAY);
    expect(times(id, 'listing_ended')).toEqual([laterMs]);
  });

  it('is never told so of a rolling listing', async () => {
    const { host, pending, times } = await told('host:listing_ending');
    const { id } = await machineOf(host);
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { duration: '3 days' }));
    const before = times(id, 'listing_ending').length;
    await pending(20 * DAY);
    expect(times(id, 'listing_ending')).toHaveLength(before);
  });

  it('is told when a machine fails its verification, each time it does', async () => {
    const { host, list, pending, times } = await told('host:verification_failed');
    const ids = (await host.machines()).map(({ id }) => id);
    const was = new Map((await host.machines()).map(({ id, verification }) => [id, verification]));
    let failed = 0;
    for (let hours = 0; hours < 90 * 24; hours += 3) {
      await pending(3 * HOUR);
      for (const { id, verification } of await host.machines()) {
        if (verification === 'deverified' && was.get(id) === 'verified') failed += 1;
        was.set(id, verification);
      }
    }
    const noted = ids.reduce((sum, id) => sum + times(id, 'verification_failed').length, 0);
    expect(failed).toBeGreaterThan(0);
    expect(noted).toBeGreaterThanOrEqual(failed);
    expect(list).toHaveLength(noted);
  });
});
