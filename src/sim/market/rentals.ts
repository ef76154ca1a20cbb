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
  /** Left out where the contract ends with the listing. */
  readonly contractEndMs?: number;
  readonly wishedEndMs?: number;
  readonly isDefaultJob?: boolean;
}

/** Rents the ask's GPUs; interruptible rentals that hold some of them end at this moment. */
export function startRental(world: World, start: RentalStart): Rental {
  const { rentalId, ask, kind, atMs, pricePerHour, tenant, isDefaultJob = false } = start;
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
    contractEndMs: start.contractEndMs ?? machine.endDateMs,
    wishedEndMs: start.wishedEndMs ?? Number.POSITIVE_INFINITY,
    tenant,
    isDefaultJob,
  };
  machine.rentals.push(rental);
  if (!isDefaultJob) world.rentals.push(rental);
  world.rentalsById.set(rentalId, rental);
  refreshMasks(machine, atMs);
  touch(world, machine);
  for (const other of displaced) other.tenant?.displaced(atMs);
  // A larger bid that lost one GPU gave all of them back.
  if (displaced.some((other) => (other.mask & ~chunk.mask) !== 0)) tellFreed(machine, atMs);
  return rental;
}

/** Gives its GPUs back. Ending a rental twice does nothing. */
export function endRental(world: World, rental: Rental, atMs: number): void {
  if (rental.endMs !== undefined) return;
  takeOut(world, rental, atMs);
  tellFreed(rental.machine, atMs);
}

/** A bid that is raised keeps its GPUs more easily, one that is lowered less; it never loses them by this alone. */
export function changeBid(world: World, rental: Rental, pricePerHour: number, atMs: number): void {
  const isLower = pricePerHour < rental.lockedPricePerHour;
  rental.lockedPricePerHour = pricePerHour;
  touch(world, rental.machine);
  if (isLower) tellFreed(rental.machine, atMs);
}

/** Whoever is told may rent at once. */
function tellFreed(machine: Machine, atMs: number): void {
  for (const watcher of machine.watchers) watcher.freed?.(atMs);
}

function takeOut(world: World, rental: Rental, atMs: number): void {
  rental.endMs = atMs;
  const { machine } = rental;
  machine.rentals.splice(machine.rentals.indexOf(rental), 1);
  world.rentalsById.delete(rental.rentalId);
  refreshMasks(machine, atMs);
  touch(world, machine);
}

function refreshMasks(machine: Machine, atMs: number): void {
  const { onDemandMask, bidMask } = machine;
  machine.onDemandMask = 0;
  machine.bidMask = 0;
  for (const { kind, mask, isDefaultJob } of machine.rentals) {
    if (kind === 'on-demand') machine.onDemandMask |= mask;
    // A default job is in nobody's way: GPUs that it runs on count as free.
    else if (!isDefaultJob) machine.bidMask |= mask;
  }
  markSince(machine, (onDemandMask ^ machine.onDemandMask) | (bidMask ^ machine.bidMask), atMs);
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
