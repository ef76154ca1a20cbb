// The ground truth as the simulator's owner reads it, always of the present moment.
import type { Assembly } from './assemble.ts';
import type { MarketTruth } from './market/market.ts';
import type { AccountTruth, SimTruth } from './types.ts';

const NOTHING_TRUE: MarketTruth = { slots: () => [], rentals: () => [], listedOfferIds: () => [] };

/** `step` brings the simulation to the clock's time. */
export function simTruth(assembly: Assembly, step: () => void): SimTruth {
  const { simulated, instances, service, billing, time } = assembly;
  const market = simulated?.truth ?? NOTHING_TRUE;
  return {
    slots: () => {
      step();
      return market.slots();
    },
    rentals: (fromMs, toMs) => {
      step();
      return market.rentals(fromMs, toMs);
    },
    listedOfferIds: () => {
      step();
      return market.listedOfferIds();
    },
    instances: () => {
      step();
      return instances?.truth() ?? [];
    },
    charges: (filter = {}) => {
      step();
      return billing.charges({ ...filter, toMs: filter.toMs ?? time.nowMs() });
    },
    accounts: () => {
      step();
      return service.accounts.all().map((account): AccountTruth => {
        const atMs = time.nowMs();
        return {
          accountId: account.id,
          email: account.email,
          role: account.role,
          hostId: account.hostId,
          apiKey: (account.keys[0] as { readonly key: string }).key,
          creditUsd: billing.creditUsd(account, atMs),
          spentUsd: billing.spentUsd(account, atMs),
          spendPerHour: billing.spendPerHour(account),
        };
      });
    },
    log: (seq) => {
      step();
      return service.truthLog.since(seq);
    },
    follow: (listener) => service.truthLog.follow(listener),
  };
}
