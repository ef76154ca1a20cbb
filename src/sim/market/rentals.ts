// Starting and ending rentals, and keeping the machine's books right while doing so.
import { bitCount } from './chunk-tree.ts';
import { type Ask, type Machine, type Rental, type Tenant, touch, type World } from './world.ts';

export interface RentalStart {
  readonly rentalId: number;
  readonly ask: Ask;
  readonly kind: Rental['kind'];
  readonly atMs: number;
  readonly pricePerHour: number;
  /** An account's instance; the crowd's rentals have none. */
  readonly tenant?: Tenant;
}

/** Rents the ask's GPUs; interruptible rentals that hold some of them end at this moment. */
export function startRental(world: World, start: RentalStart): Rental {
  const { rentalId, ask, kind, atMs, pricePerHour, tenant } = start;
  const { machine, chunk } = ask;
  const displaced = machine.rentals.filter(
    (other) => other.kind === 'bid' && (other.mask & chunk.mask) !== 0,
  );
  for (const other of displaced) takeOut(world, other, atMs);
  const rental: Rental = {
    rentalId,
    machine,
    mask: chunk.mask,
    kind,
    startMs: atMs,
    endMs: undefined,
    lockedPricePerHour: pricePerHour,
    tenant,
  };
  machine.rentals.push(rental);
  world.rentals.push(rental);
  world.rentalsById.set(rentalId, rental);
  refreshMasks(machine, chunk.mask, atMs);
  touch(world, machine);
  for (const other of displaced) other.tenant?.displaced(atMs);
  return rental;
}

/** Gives its GPUs back. Ending a rental twice does nothing. */
export function endRental(world: World, rental: Rental, atMs: number): void {
  if (rental.endMs !== undefined) return;
  takeOut(world, rental, atMs);
  for (const watcher of rental.machine.watchers) watcher.freed?.(atMs);
}

/** A bid that is raised keeps its GPUs more easily, one that is lowered less; it never loses them by this alone. */
export function changeBid(world: World, rental: Rental, pricePerHour: number, atMs: number): void {
  const isLower = pricePerHour < rental.lockedPricePerHour;
  rental.lockedPricePerHour = pricePerHour;
  touch(world, rental.machine);
  if (isLower) for (const watcher of rental.machine.watchers) watcher.freed?.(atMs);
}

function takeOut(world: World, rental: Rental, atMs: number): void {
  rental.endMs = atMs;
  const { machine } = rental;
  machine.rentals.splice(machine.rentals.indexOf(rental), 1);
  world.rentalsById.delete(rental.rentalId);
  refreshMasks(machine, rental.mask, atMs);
  touch(world, machine);
}

function refreshMasks(machine: Machine, changed: number, atMs: number): void {
  machine.onDemandMask = 0;
  machine.bidMask = 0;
  for (const { kind, mask } of machine.rentals) {
    if (kind === 'on-demand') machine.onDemandMask |= mask;
    else machine.bidMask |= mask;
  }
  markSince(machine, changed, atMs);
}

/** Remembers that the state of these GPUs changed. */
export function markSince(machine: Machine, mask: number, atMs: number): void {
  for (let bit = 0; bit < machine.numGpus; bit += 1) if ((mask >> bit) & 1) machine.sinceMs[bit] = atMs;
}

/** GPUs of these machines, and how many of them are rented on demand or by bid. */
export function countRented(machines: readonly Machine[]): { gpus: number; onDemand: number; bid: number } {
  let gpus = 0;
  let onDemand = 0;
  let bid = 0;
  for (const machine of machines) {
    gpus += machine.numGpus;
    onDemand += bitCount(machine.onDemandMask);
    bid += bitCount(machine.bidMask);
  }
  return { gpus, onDemand, bid };
}
