// Taking GPUs on the market for an instance, and giving them back. The crowd and all accounts compete for the same.
import { endRental, startRental } from '../market/rentals.ts';
import { isUp, minimumBid } from '../market/world.ts';
import type { Fleet } from './fleet.ts';
import type { Instance } from './instance.ts';

/** Whether it would get its GPUs if it asked now. */
export function canHold({ machine, chunk, terms }: Instance): boolean {
  if (!isUp(machine) || (chunk.mask & machine.onDemandMask) !== 0) return false;
  return terms.type !== 'bid' || terms.gpuPricePerHour >= minimumBid(machine, chunk.mask, chunk.size);
}

/** Takes its GPUs; bids that hold some of them lose all of theirs. `displaced` is called when it loses them itself. */
export function hold(
  fleet: Fleet,
  instance: Instance,
  atMs: number,
  displaced: (instance: Instance, atMs: number) => void,
): void {
  const { machine, chunk, gpuIds, terms } = instance;
  const rentalId = fleet.nextRentalId;
  fleet.nextRentalId += 1;
  instance.rental = startRental(fleet.world, {
    rentalId,
    // The machine may have been cut anew since; the contract is on the chunk that was rented.
    ask: { machine, chunk, gpuIds, index: 0, rows: [] },
    kind: terms.type === 'bid' ? 'bid' : 'on-demand',
    atMs,
    pricePerHour: terms.gpuPricePerHour,
    contractEndMs: terms.endMs,
    tenant: {
      displaced: (lostMs) => {
        instance.rental = undefined;
        displaced(instance, lostMs);
      },
    },
  });
}

export function release(fleet: Fleet, instance: Instance, atMs: number): void {
  const { rental } = instance;
  instance.rental = undefined;
  if (rental) endRental(fleet.world, rental, atMs);
}
