// Whatever renters, the crowd, chance and faults do: no GPU has two holders, nobody pays for a GPU that does not run
// for them, no instance is lost, and the same acts leave the same log.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TruthEvent } from '../../../src/sim/truth-log.ts';
import { aRenter, type Renter } from './a-renter.ts';

const MINUTE = 60_000;
const FAULTS = [
  'stuck-loading',
  'fatal-pull',
  'host-death',
  'outbid-wave',
  'resurrect-once',
  'wrong-gpu',
  'credit-exhaustion',
] as const;

type Act =
  | { readonly do: 'rent'; readonly pick: number; readonly bid: boolean; readonly stopped: boolean }
  | { readonly do: 'stop' | 'start' | 'reboot' | 'recycle' | 'destroy' | 'snapshot'; readonly pick: number }
  | { readonly do: 'bid'; readonly pick: number; readonly factor: number }
  | { readonly do: 'wait'; readonly minutes: number }
  | { readonly do: 'fault'; readonly pick: number };

const pick = fc.nat({ max: 1_000 });
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('rent' as const),
      pick,
      bid: fc.boolean(),
      stopped: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'stop' as const,
        'start' as const,
        'reboot' as const,
        'recycle' as const,
        'destroy' as const,
        'snapshot' as const,
      ),
      pick,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('bid' as const),
      pick,
      factor: fc.double({ min: 0.5, max: 2, noNaN: true }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 600 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fault' as const), pick }) },
);

async function perform(renter: Renter, ids: number[], step: Act): Promise<void> {
  const { sim, send, put } = renter;
  const chosen = ids.length === 0 ? 0 : (ids[('pick' in step ? step.pick : 0) % ids.length] as number);
  switch (step.do) {
    case 'rent': {
      const offers = await renter.search({ disable_bundling: true, disk_space: { gte: 10 } });
      const offer = offers[step.pick % offers.length];
      if (!offer) return;
      const { body } = await renter.rent(offer.id, {
        price: step.bid ? Number(offer.min_bid) * 1.01 : null,
        target_state: step.stopped && step.pick % 5 === 0 ? 'stopped' : 'running',
      });
      if (body.new_contract !== undefined) ids.push(body.new_contract);
      return;
    }
    case 'stop':
      await put(`/api/v0/instances/${chosen}/`, { state: 'stopped' });
      return;
    case 'start':
      await put(`/api/v0/instances/${chosen}/`, { state: 'running' });
      return;
    case 'reboot':
    case 'recycle':
      await put(`/api/v0/instances/${step.do}/${chosen}/`);
      return;
    case 'snapshot':
      await send('POST', `/api/v0/instances/take_snapshot/${chosen}/`, {
        personal_repo: 'me/image',
        pause: 'true',
      });
      return;
    case 'destroy':
      await send('DELETE', `/api/v0/instances/${chosen}/`);
      return;
    case 'bid': {
      const truth = sim.truth.instances().find(({ instanceId }) => instanceId === chosen);
      await put(`/api/v0/instances/bid_price/${chosen}/`, {
        price: Math.max(0.01, (truth?.gpuPricePerHour ?? 1) * step.factor),
      });
      return;
    }
    case 'fault':
      sim.fail(FAULTS[step.pick % FAULTS.length] as (typeof FAULTS)[number]);
      return;
    case 'wait':
      await renter.clock.step(step.minutes * MINUTE);
      sim.step();
  }
}

function checkHolders({ sim }: Renter): void {
  const slots = new Map(sim.truth.slots().map((slot) => [slot.gpuId, slot.state]));
  const held = new Set<number>();
  for (const instance of sim.truth.instances()) {
    if (instance.billedPerHour.gpu > 0) {
      expect(instance.holdsGpus, `${instance.instanceId} is billed without GPUs`).toBe(true);
      expect(['running', 'frozen']).toContain(instance.actual);
    }
    if (instance.destroyedMs !== undefined) {
      expect(instance.holdsGpus).toBe(false);
      expect(instance.billedPerHour).toEqual({ gpu: 0, disk: 0 });
    }
    if (instance.actual === 'running') expect(instance.holdsGpus).toBe(true);
    if (!instance.holdsGpus) continue;
    for (const gpuId of instance.gpuIds) {
      expect(held.has(gpuId), `GPU ${gpuId} has two holders`).toBe(false);
      held.add(gpuId);
      expect(['offline', instance.type === 'bid' ? 'bid' : 'on-demand']).toContain(slots.get(gpuId));
    }
  }
}

async function checkListing(renter: Renter): Promise<void> {
  const there = renter.sim.truth
    .instances()
    .filter(({ destroyedMs }) => destroyedMs === undefined)
    .map(({ instanceId }) => instanceId);
  const { body } = await renter.get('/api/v0/instances/');
  expect((body.instances as { id: number }[]).map(({ id }) => id).sort((a, b) => a - b)).toEqual(there);
}

/** Hours in which the log has it running, and hours of GPUs that were charged. */
function checkCharges(log: readonly TruthEvent[]): void {
  const runMs = new Map<number, number>();
  const since = new Map<number, number>();
  const charged = new Map<number, number>();
  for (const { noun, id, atMs, what, data } of log) {
    if (noun === 'instance') {
      const fromMs = since.get(id);
      if (fromMs !== undefined) runMs.set(id, (runMs.get(id) ?? 0) + atMs - fromMs);
      const isRunning = data.actual_status === 'running' || data.actual_status === 'frozen';
      const isHeld = (data.gpus as number[]).length > 0;
      if (isRunning && isHeld) since.set(id, atMs);
      else since.delete(id);
    }
    if (noun === 'charge' && what === 'gpu')
      charged.set(id, (charged.get(id) ?? 0) + (data.quantity as number) * 3_600_000);
  }
  expect(since.size).toBe(0);
  for (const id of new Set([...runMs.keys(), ...charged.keys()])) {
    expect(Math.abs((charged.get(id) ?? 0) - (runMs.get(id) ?? 0)), `instance ${id}`).toBeLessThan(1);
  }
}

async function play(acts: readonly Act[], seed: number): Promise<string> {
  const renter = aRenter({ seed, offers: 60, credit: 100_000 });
  const ids: number[] = [];
  for (const step of acts) {
    await perform(renter, ids, step);
    checkHolders(renter);
    await checkListing(renter);
  }
  for (let round = 0; round < 2; round += 1) {
    for (const { instanceId } of renter.sim.truth.instances()) {
      await renter.send('DELETE', `/api/v0/instances/${instanceId}/`);
    }
    await renter.clock.step(5 * MINUTE);
  }
  expect(renter.sim.truth.instances().every(({ destroyedMs }) => destroyedMs !== undefined)).toBe(true);
  checkHolders(renter);
  const log = renter.sim.truth.log();
  checkCharges(log);
  return JSON.stringify(log);
}

describe('random acts of renters, time and faults', () => {
  it('never give a GPU two holders, charge for one that does not run, or lose an instance', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 5, maxLength: 40 }),
        fc.nat({ max: 50 }),
        async (acts, seed) => {
          await play(acts, seed);
        },
      ),
      { numRuns: 40, seed: 11 },
    );
  }, 60_000);

  it('leave byte for byte the same log when they are repeated', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 20, maxLength: 40 }), async (acts) => {
        expect(await play(acts, 5)).toBe(await play(acts, 5));
      }),
      { numRuns: 5, seed: 12 },
    );
  }, 60_000);
});
