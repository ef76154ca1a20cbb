// Tells people what they would want to be woken for: parked and forgotten machines, dead hosts, ends of contracts, the
// end of the credit, prices about to rise, caps that fill up. One look a round; the outbox says each once.
import { capId, type Ledger } from '../../../base/ledger/index.ts';
import type { Clock, Log } from '../../../base/std/index.ts';
import type { Store } from '../../../base/store/index.ts';
import { type Alert, capAlert } from '../../../net/notify/index.ts';
import type { PriceIncrease, VastClient } from '../../../net/vast/index.ts';
import type { Install } from '../records/index.ts';
import { accountAlerts } from './account-alerts.ts';
import { noteCredit } from './credit.ts';
import { readPs } from './read-ps.ts';

export interface AccountTellerOptions {
  readonly account: string;
  readonly install: Install;
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'budget' | 'costs' | 'timeZone'>;
  readonly client: Pick<VastClient, 'users' | 'instances'>;
  readonly alert: (alert: Alert) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
  /** A look sooner after the last one is none; default 60,000. */
  readonly everyMs?: number;
}

/** Credit and pending prices are asked for this often; nothing about them changes by the second. */
const ASK_EVERY_MS = 10 * 60_000;

/** One call is one look. What the service does not answer is left out of it. */
export function createAccountTeller(options: AccountTellerOptions): () => Promise<void> {
  const { account, install, store, ledger, client, alert, clock, log, everyMs = 60_000 } = options;
  let lookedMs = Number.NEGATIVE_INFINITY;
  let askedMs = Number.NEGATIVE_INFINITY;
  let priceIncreases: readonly PriceIncrease[] = [];

  const ask = async () => {
    askedMs = clock.monotonic();
    const atMs = clock.now();
    const priority = { priority: 'controller' } as const;
    const { creditUsd } = await client.users.current(priority);
    if (creditUsd !== null) await noteCredit({ store, account, creditUsd, atMs });
    ({ increases: priceIncreases } = await client.instances.priceIncreases.list(priority));
  };

  return async () => {
    if (clock.monotonic() - lookedMs < everyMs) return;
    lookedMs = clock.monotonic();
    if (clock.monotonic() - askedMs >= ASK_EVERY_MS) {
      await ask().catch((error: unknown) => {
        log.warn('credit and pending prices could not be asked for', { account, error });
      });
    }
    const atMs = clock.now();
    const { rows, foot } = await readPs({ store, account, nowMs: atMs, install, ledger });
    for (const told of accountAlerts(rows, { atMs, foot, priceIncreases })) await alert(told);
    for (const cap of await ledger.budget()) {
      const told = capAlert(
        {
          cap: capId(cap),
          spentUsd: cap.spent / 1e6,
          reservedUsd: cap.reserved / 1e6,
          limitUsd: cap.limit / 1e6,
          resetsAtMs: undefined,
        },
        { atMs },
      );
      if (told) await alert(told);
    }
  };
}
