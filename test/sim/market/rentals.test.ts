// The books of a machine while rentals begin and end.
import { describe, expect, it } from 'vitest';
import { createDice } from '../../../src/sim/dice.ts';
import { buildWorld } from '../../../src/sim/market/population.ts';
import { changeBid, endRental, startRental } from '../../../src/sim/market/rentals.ts';
import { type Machine, minimumBid } from '../../../src/sim/market/world.ts';

/** A machine of two GPUs or more, with a way to rent some of them. */
function anIdleMachine() {
  const world = buildWorld({ dice: createDice('rentals'), startMs: 0, offers: 200 });
  const machine = world.machines.find(({ numGpus }) => numGpus >= 4) as Machine;
  let rentalId = 0;
  const rent = (
    mask: number,
    kind: 'on-demand' | 'bid',
    more: { readonly isDefaultJob?: boolean; readonly pricePerHour?: number } = {},
  ) => {
    rentalId += 1;
    const chunk = { mask, size: mask === 0b11 ? 2 : 1 };
    const ask = { machine, chunk, index: 0, gpuIds: [], rows: [] };
    return startRental(world, { rentalId, ask, kind, atMs: rentalId, pricePerHour: 1, ...more });
  };
  return { world, machine, rent };
}

describe('a default job', () => {
  it('is in nobody’s way: its GPU counts as free, and a bid costs no more for it', () => {
    const { world, machine, rent } = anIdleMachine();
    const floor = minimumBid(machine, 1, 1);
    rent(0b1, 'bid', { isDefaultJob: true, pricePerHour: 100 });
    expect(machine.bidMask).toBe(0);
    expect(machine.onDemandMask).toBe(0);
    expect(minimumBid(machine, 1, 1)).toBe(floor);
    expect(world.rentals).toEqual([]);
  });

  it('ends when anybody rents its GPU', () => {
    const { machine, rent } = anIdleMachine();
    const job = rent(0b1, 'bid', { isDefaultJob: true });
    const bid = rent(0b1, 'bid');
    expect(job.endMs).toBe(2);
    expect(machine.rentals).toEqual([bid]);
  });
});

describe('who watches a machine', () => {
  it('is told when a larger bid that lost one GPU gives the others back, and when a rental or a bid falls', () => {
    const { world, machine, rent } = anIdleMachine();
    const freed: number[] = [];
    machine.watchers.add({ freed: (atMs) => freed.push(atMs) });
    rent(0b11, 'bid');
    expect(freed).toEqual([]);
    const onDemand = rent(0b1, 'on-demand');
    expect(freed).toEqual([2]);
    endRental(world, onDemand, 7);
    endRental(world, onDemand, 8);
    expect(freed).toEqual([2, 7]);
    const bid = rent(0b1, 'bid');
    changeBid(world, bid, 2, 10);
    expect(freed).toEqual([2, 7]);
    changeBid(world, bid, 0.5, 11);
    expect(freed).toEqual([2, 7, 11]);
    rent(0b1, 'on-demand');
    expect(freed).toEqual([2, 7, 11]);
  });
});
