// Whatever a host does, in whatever order, and whoever rents meanwhile: what searches show fits the chunks, the letters
// of the occupancy and the truth.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkTree } from '../../../src/sim/market/chunk-tree.ts';
import { DAY, HOUR } from '../a-sim.ts';
import { aHost, askBody, CREATE_ASKS, type HostWorld } from './a-host.ts';

const whichMachine = fc.nat({ max: 9 });
const act = fc.oneof(
  fc.record({ do: fc.constant('list' as const), which: whichMachine, changes: listingChanges() }),
  fc.record({ do: fc.constant('unlist' as const), which: whichMachine }),
  fc.record({
    do: fc.constant('minbid' as const),
    which: whichMachine,
    price: fc.double({ min: 0.001, max: 0.3, noNaN: true }),
  }),
  fc.record({ do: fc.constant('defrag' as const), which: whichMachine }),
  fc.record({ do: fc.constant('defjob' as const), which: whichMachine }),
  fc.record({
    do: fc.constant('maintain' as const),
    which: whichMachine,
    hours: fc.integer({ min: 1, max: 30 }),
  }),
  fc.record({ do: fc.constant('cancel' as const), which: whichMachine }),
  fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 120 }) }),
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

function listingChanges() {
  return fc.record(
    {
      price_gpu: fc.double({ min: 0.05, max: 2, noNaN: true }),
      min_chunk: fc.constantFrom(1, 2, 4, 8),
      duration: fc.constantFrom('1 day', '3 days', '1 week'),
    },
    { requiredKeys: [] },
  );
}

async function perform(host: HostWorld, machines: readonly number[], what: Act): Promise<void> {
  if (what.do === 'wait') return await host.clock.step(what.hours * HOUR);
  const id = machines[what.which % machines.length] as number;
  switch (what.do) {
    case 'list':
      await host.asHost('PUT', CREATE_ASKS, askBody(id, what.changes));
      return;
    case 'unlist':
      await host.asHost('DELETE', `/api/v0/machines/${id}/asks`, {});
      return;
    case 'minbid':
      await host.asHost('PUT', `/api/v0/machines/${id}/minbid`, { price: what.price });
      return;
    case 'defrag':
      await host.asHost('PUT', '/api/v0/machines/defrag_offers', { machine_ids: [id] });
      return;
    case 'defjob':
      await host.asHost('PUT', '/api/v0/machines/create_bids', { machine: id, price_gpu: 0.1, image: 'x' });
      return;
    case 'maintain':
      await host.asHost('PUT', `/api/v0/machines/${id}/dnotify`, {
        sdate: host.clock.now() / 1_000 + 1_800,
        duration: what.hours,
      });
      return;
    case 'cancel':
      await host.asHost('PUT', `/api/v0/machines/${id}/cancel_maint`, {});
  }
}

const bySize = (a: number, b: number) => a - b;

async function expectConsistent(host: HostWorld, seenIds: Map<number, string>): Promise<void> {
  const slots = host.sim.truth.slots();
  const now = host.clock.now();
  const rentals = host.sim.truth.rentals(now, now + 1).filter(({ endMs }) => endMs === undefined);
  const offers = await host.search();
  for (const machine of await host.machines()) {
    const here = slots.filter(({ machineId }) => machineId === machine.id);
    const held = new Map(
      rentals
        .filter(({ machineId }) => machineId === machine.id)
        .flatMap(({ gpuIds, kind }) => gpuIds.map((gpuId) => [gpuId, kind] as const)),
    );
    // One letter for each slot, in the machine's own order.
    expect(machine.gpu_occupancy).toMatch(/^([DIRx] ){1,14}$/);
    const letters = here.map(({ gpuId }) =>
      held.has(gpuId) ? (held.get(gpuId) === 'bid' ? 'I ' : 'D ') : 'x ',
    );
    expect(machine.gpu_occupancy).toBe(letters.join(''));
    const rows = offers.filter((offer) => offer.machine_id === machine.id);
    if (!machine.listed) expect(rows).toEqual([]);
    for (const { state } of here) {
      if (state === 'unlisted') expect(machine.listed).toBe(false);
      if (state === 'free') expect(machine.listed).toBe(true);
      if (state === 'offline') expect(machine.timeout).toBeGreaterThan(0);
    }
    if (rows.length === 0) continue;
    const sizes = chunkTree(machine.num_gpus, machine.listed_min_gpu_count as number).map(({ size }) => size);
    expect(rows.map((row) => row.num_gpus).sort(bySize)).toEqual(sizes.sort(bySize));
    const stateOf = new Map(here.map(({ gpuId, state }) => [gpuId, state]));
    for (const row of rows) {
      const states = row.gpu_ids.map((gpuId) => stateOf.get(gpuId));
      expect(row.rentable).toBe(states.every((state) => state === 'free' || state === 'bid'));
      expect(row.dph_base).toBeCloseTo((machine.listed_gpu_cost / 0.75) * row.num_gpus, 9);
      // An id never comes to mean other GPUs.
      const meaning = `${machine.id}: ${row.gpu_ids.join()}`;
      expect(seenIds.get(row.id) ?? meaning).toBe(meaning);
      seenIds.set(row.id, meaning);
      // The truth does not tell what a bid on a machine that is down was.
      if (machine.timeout !== 0) continue;
      expect(row.min_bid).toBeLessThanOrEqual(
        Math.max(row.dph_base, maxBid(host, row.gpu_ids) * row.num_gpus) + 1e-9,
      );
    }
  }
}

/** What a GPU of these must be bid at least, where bids run. */
function maxBid(host: HostWorld, gpuIds: readonly number[]): number {
  const prices = host.sim.truth
    .slots()
    .filter(({ gpuId, state }) => gpuIds.includes(gpuId) && state === 'bid')
    .map(({ lockedPricePerHour: price }) => (price ?? 0) * 1.05);
  return Math.max(0, ...prices);
}

describe('the asks of a host', () => {
  it('fit chunks, letters and truth after any sequence of acts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 400 }),
        fc.array(act, { minLength: 1, maxLength: 14 }),
        async (seed, acts) => {
          const host = aHost({ seed, offers: 150 });
          const machines = (await host.machines()).map(({ id }) => id);
          const seenIds = new Map<number, string>();
          await expectConsistent(host, seenIds);
          for (const what of acts) {
            await perform(host, machines, what);
            await expectConsistent(host, seenIds);
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('are the same again for the same seed and the same acts: the same truth, byte for byte', async () => {
    const run = async () => {
      const host = aHost({ seed: 9 });
      const machines = (await host.machines()).map(({ id }) => id);
      for (const what of [
        { do: 'defjob', which: 1 },
        { do: 'list', which: 0, changes: { price_gpu: 0.3, min_chunk: 2, duration: '1 week' } },
        { do: 'wait', hours: 50 },
        { do: 'unlist', which: 1 },
        { do: 'maintain', which: 0, hours: 3 },
        { do: 'wait', hours: 100 },
      ] as const)
        await perform(host, machines, what);
      return JSON.stringify([host.sim.truth.log(), await host.machines(), host.sim.truth.slots()]);
    };
    expect(await run()).toBe(await run());
  });
});

describe('an unlisted day', () => {
  it('loses no rental that runs, and takes no new one', async () => {
    const host = aHost({ offers: 1_000 });
    const machines = await host.machines();
    for (const { id } of machines) await host.asHost('DELETE', `/api/v0/machines/${id}/asks`, {});
    const from = host.clock.now();
    await host.clock.step(6 * DAY);
    const own = new Set(machines.map(({ id }) => id));
    const started = host.sim.truth
      .rentals(from, host.clock.now())
      .filter(({ machineId, startMs }) => own.has(machineId) && startMs > from);
    expect(started).toEqual([]);
  });
});
