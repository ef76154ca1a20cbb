import { describe, expect, it, onTestFinished } from 'vitest';
import { SteppedClock } from '../../../src/base/std/index.ts';
import { readEventsSince } from '../../../src/base/store/index.ts';
import type { Rental } from '../../../src/rent/rental/index.ts';
import { createSim, type Sim, type SimOptions, twinInside } from '../../../src/sim/index.ts';
import { stepUntil } from '../a-rent-world.ts';
import { gpusOf, HOUR, openRentStore, type RentingProcess, startProcess } from '../a-renting.ts';

const MINUTE = 60_000;

async function aRenting(options: Partial<SimOptions> = {}) {
  const clock = new SteppedClock();
  let sim: Sim;
  const inside = await twinInside({ clock, seed: 'controller', programs: gpusOf(() => sim) });
  sim = createSim({ seed: 'controller', clock, offers: 400, credit: 1_000, ...options }, inside);
  const store = await openRentStore(':memory:', clock);
  // A disk is kept for two hours instead of a day: nothing else happens in the other twenty-two.
  const policy = { storageTailMs: 2 * HOUR };
  const process = startProcess({ sim, clock, name: 'first', store, policy });
  onTestFinished(async () => {
    await sim.close();
    await store.close();
  });
  const live = <T>(work: Promise<T>) => stepUntil(clock, work);
  return {
    sim,
    clock,
    store,
    process,
    live,
    /** Rounds, as a controller makes them, for so long. */
    async rounds(ms: number, of: RentingProcess = process) {
      const untilMs = clock.now() + ms;
      while (clock.now() < untilMs) {
        const nextAtMs = await live(of.controller.round());
        await clock.step(Math.max(1, Math.min(nextAtMs, untilMs) - clock.now()));
      }
    },
    get: async (rental: Rental) => (await process.records.get(rental.id)) as Rental,
    present: () => sim.truth.instances().filter((one) => one.destroyedMs === undefined),
    statuses: async (rental: Rental) => {
      const events = await readEventsSince(store.db, 0, { noun: 'rental', id: rental.id });
      return events.map((event) => event.status).filter((status, at, all) => status !== all[at - 1]);
    },
  };
}

describe('a box', () => {
  it('boots, is entered, and is destroyed when its lease and the time to collect are over', async () => {
    const world = await aRenting();
    const rental = await world.live(world.process.rentBox('box'));
    await world.rounds(30 * MINUTE);
    expect((await world.get(rental)).status).toBe('ready');
    expect(world.present()).toHaveLength(1);
    await world.rounds(HOUR);
    expect((await world.get(rental)).status).toBe('stopped');
    expect(world.present()[0]).toMatchObject({ intended: 'stopped' });
    await world.rounds(4 * HOUR);
    expect((await world.get(rental)).status).toBe('gone');
    expect(world.present()).toEqual([]);
    expect(await world.statuses(rental)).toEqual([
      'intended',
      'creating',
      'booting',
      'ready',
      'stopped',
      'ending',
      'gone',
    ]);
  });

  it('has its bill in the ledger to the cent, and nothing set aside afterwards', async () => {
    const world = await aRenting();
    const rental = await world.live(world.process.rentBox('box'));
    await world.rounds(40 * MINUTE);
    const ready = await world.get(rental);
    await world.process.records.change(ready, { status: 'ending', reason: 'a person asked for it' });
    await world.rounds(30 * MINUTE);
    const gone = await world.get(rental);
    expect(gone.status).toBe('gone');
    const billed = world.sim.truth.charges().reduce((sum, charge) => sum + charge.amountUsd, 0);
    const [state] = [await world.process.ledger.findReservation(`rent ${rental.id} ${gone.attempt}`)];
    expect(state).toMatchObject({ status: 'settled', held: 0 });
    expect((state?.spent ?? 0) / 1e6).toBeCloseTo(billed, 2);
  });

  it.each([
    'fatal-pull',
    'stuck-loading',
    'wrong-gpu',
    'stuck-tunnel',
  ] as const)('that meets %s at its start leaves nothing that costs, and says why', async (fault) => {
    const world = await aRenting({ faults: { [fault]: 1 } });
    const rental = await world.live(world.process.rentBox('box'));
    await world.rounds(HOUR);
    const ended = await world.get(rental);
    if (fault === 'stuck-tunnel') return expect(ended.status).toBe('ready');
    expect(ended.status).toBe('gone');
    expect(world.present()).toEqual([]);
    expect(await world.statuses(rental)).not.toContain('ready');
  });

  it('whose host dies is gone with its proof, and its need is free again', async () => {
    const world = await aRenting();
    const rental = await world.live(world.process.rentBox('box'));
    await world.rounds(20 * MINUTE);
    const { instanceId } = await world.get(rental);
    const call = (path: string, init: RequestInit) =>
      world.sim.fetch(`https://console.vast.ai/api/v0${path}`, {
        ...init,
        headers: { authorization: `Bearer ${world.sim.apiKey}` },
      });
    await call(`/instances/${instanceId}/`, { method: 'DELETE', body: '{}' });
    await world.rounds(10 * MINUTE);
    expect((await world.get(rental)).status).toBe('gone');
    const again = await world.live(world.process.rentBox('box'));
    expect(again.id).not.toBe(rental.id);
  });

  it('that somebody stops by hand stands still and is told of, and goes on when it is started', async () => {
    const world = await aRenting();
    const rental = await world.live(world.process.rentBox('box', { leaseMs: 10 * HOUR }));
    await world.rounds(20 * MINUTE);
    const { instanceId } = await world.get(rental);
    await world.live(world.process.client.instances.setState(instanceId as number, 'stopped'));
    await world.rounds(5 * MINUTE);
    expect((await world.get(rental)).status).toBe('stopped');
    expect(world.process.alerts.map((alert) => alert.kind)).toContain('parked');
    await world.live(world.process.client.instances.setState(instanceId as number, 'running'));
    await world.rounds(10 * MINUTE);
    expect((await world.get(rental)).status).toBe('ready');
  });
});

describe('a box that was parked and taken back', () => {
  it('keeps its data when its start fails, since somebody has worked on it', async () => {
    const world = await aRenting();
    const { process } = world;
    const rental = await world.live(process.rentBox('box', { leaseMs: 10 * HOUR }));
    await world.rounds(20 * MINUTE);
    await world.live(process.ender.park(await world.get(rental), 'a test'));
    world.sim.fail('stuck-tunnel', { id: (await world.get(rental)).instanceId as number });
    const undone = await world.live(process.ender.undo(await world.get(rental)));
    expect(undone.kind).toBe('starting');
    await world.rounds(HOUR);
    expect((await world.get(rental)).status).toBe('ready');
    expect(world.present()).toHaveLength(1);
  });

  it('boots anew when it had never been entered', async () => {
    const world = await aRenting();
    const { process } = world;
    const rental = await world.live(process.rentBox('box', { leaseMs: 10 * HOUR }));
    await world.live(process.ender.park(rental, 'a test'));
    const undone = await world.live(process.ender.undo(await world.get(rental)));
    expect(undone).toMatchObject({ kind: 'starting', rental: { status: 'booting' } });
    await world.rounds(40 * MINUTE);
    expect((await world.get(rental)).status).toBe('ready');
  });
});

describe('a process that starts where another has died', () => {
  it('ends an intent whose owner died before anything was sent, and frees its money', async () => {
    const world = await aRenting();
    const stuck = world.process.rentBox('box', { signal: AbortSignal.abort() });
    await expect(world.live(stuck)).rejects.toThrow();
    expect(await world.process.ledger.listOpenReservations()).toEqual([]);
    expect(world.present()).toEqual([]);
  });

  it('goes on with a boot under way, and does not begin another', async () => {
    const world = await aRenting();
    const rental = await world.live(world.process.rentBox('box'));
    await world.rounds(MINUTE);
    const heir = startProcess({ sim: world.sim, clock: world.clock, name: 'heir', store: world.store });
    await world.rounds(30 * MINUTE, heir);
    expect((await world.get(rental)).status).toBe('ready');
    expect(world.present()).toHaveLength(1);
  });
});
