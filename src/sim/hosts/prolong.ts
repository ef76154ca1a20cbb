// What a later end of the listing means for the contracts that run: at the same price or a lower one they go on until
// then; at a higher price their renters are asked.
import { HOST_SHARE } from '../market/calibration.ts';
import { bitCount } from '../market/chunk-tree.ts';
import { type Machine, renterPrice } from '../market/world.ts';
import type { AskedPrices, Contracts } from './contracts.ts';

/** Prices were multiplied and divided on their way. */
const TOLERANCE = 1e-9;
const GB_PER_TB = 1_024;

/** How many contracts were prolonged. The crowd never goes on at a higher price. */
export function prolongContracts(contracts: Contracts, machine: Machine, atMs: number): number {
  const endMs = machine.endDateMs;
  const isLater = (contractEndMs: number) => contractEndMs < endMs && contractEndMs > atMs;
  let prolonged = 0;
  for (const rental of machine.rentals) {
    if (rental.tenant || !isLater(rental.contractEndMs)) continue;
    const asked = renterPrice(machine) * bitCount(rental.mask);
    if (rental.kind === 'on-demand' && isRaised(rental.lockedPricePerHour, asked)) continue;
    rental.contractEndMs = endMs;
    prolonged += 1;
  }
  for (const instance of contracts.on(machine)) {
    const { terms, chunk } = instance;
    if (!isLater(terms.endMs)) continue;
    const asked = askedPrices(machine, chunk.size);
    // The price of a bid is its renter's own.
    const isHigher =
      (terms.type !== 'bid' && isRaised(terms.gpuPricePerHour, asked.gpuPricePerHour)) ||
      isRaised(terms.storagePricePerGbMonth, asked.storagePricePerGbMonth) ||
      isRaised(terms.uploadPricePerGb, asked.uploadPricePerGb) ||
      isRaised(terms.downloadPricePerGb, asked.downloadPricePerGb);
    if (isHigher) {
      const gpuPricePerHour = terms.type === 'bid' ? terms.gpuPricePerHour : asked.gpuPricePerHour;
      contracts.offerPriceIncrease(instance, { ...asked, gpuPricePerHour }, endMs, atMs);
      continue;
    }
    contracts.extend(instance, endMs, atMs);
    prolonged += 1;
  }
  return prolonged;
}

function askedPrices(machine: Machine, gpus: number): AskedPrices {
  const { storagePrice, uploadPricePerTb, downloadPricePerTb } = machine.surroundings;
  return {
    gpuPricePerHour: (machine.hostPrice / HOST_SHARE) * gpus,
    storagePricePerGbMonth: storagePrice,
    uploadPricePerGb: uploadPricePerTb / GB_PER_TB,
    downloadPricePerGb: downloadPricePerTb / GB_PER_TB,
  };
}

function isRaised(agreed: number, asked: number): boolean {
  return asked > agreed * (1 + TOLERANCE);
}
