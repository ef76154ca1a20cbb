// A listed instance with what a test wants of it.
import type { Instance } from '../../../src/net/vast/index.ts';
import type { Rental } from '../../../src/rent/rental/index.ts';

export const NOW = Date.UTC(2026, 10, 22, 12);
export const HOUR = 3_600_000;

/** Runs on demand at $0.50/h, of which 0.036 are 36 GB of disk at $0.72 a GB and month. */
export function anInstance(given: Partial<Instance> = {}): Instance {
  return {
    id: 7,
    machineId: 70,
    hostId: 700,
    label: 'theirs',
    actualStatus: 'running',
    intendedStatus: 'running',
    currentState: 'running',
    isInterruptible: false,
    pricePerHour: 0.5,
    gpuPricePerHour: 0.464,
    minBidPerHour: 0.3,
    diskGb: 36,
    storagePricePerGbMonth: 0.72,
    endsAtMs: NOW + 1_000 * HOUR,
    gpuName: 'RTX 4090',
    gpuCount: 1,
    gpuRamGb: 24,
    ...given,
  } as Instance;
}

export function aRental(given: Partial<Rental> = {}): Rental {
  return {
    id: 'rental_0123456789abcdefgh',
    name: 'box',
    status: 'ready',
    prepaidUntilMs: NOW + 3 * HOUR,
    terms: { bidPerHour: 0.2, pricePerHour: 0.236, diskPricePerHour: 0.036 },
    ...given,
  } as Rental;
}
