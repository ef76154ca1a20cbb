// `vd cost`: our own ledger beside what the service charged, what it burns now, and where that leads by the month's end.
import type { CostRow, Ledger } from '../../../base/ledger/index.ts';
import { DAY_MS, HOUR_MS } from '../../../base/std/index.ts';
import type { Store } from '../../../base/store/index.ts';
import type { VastClient } from '../../../net/vast/index.ts';
import type { RentalTables } from '../records/tables.ts';
import { splitCharges } from './charge-split.ts';
import { monthAround, spentSince } from './ledger-days.ts';
import { readPs } from './read-ps.ts';

export interface CostOptions {
  readonly ledger: Pick<Ledger, 'costs' | 'timeZone'>;
  readonly store: Store;
  readonly account: string;
  /** `job`, `label`, `gpu`, `host`, `day`, `fleet`, `account`, …: one table for each. */
  readonly by: readonly string[];
  readonly sinceMs: number;
  readonly nowMs: number;
  /** Without it the service is not asked. */
  readonly client?: Pick<VastClient, 'billing'>;
  readonly signal?: AbortSignal;
}

/** Dollars. */
export interface CostReport {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Of all accounts in this store, by our ledger. What has no such name stands under the empty value. */
  readonly groups: readonly { readonly by: string; readonly rows: readonly CostRow[] }[];
  /** Of this account. */
  readonly spentUsd: number;
  /** Undefined where the service was not asked. */
  readonly charged: ChargedBeside | undefined;
  /** Of the whole account, ours or not. */
  readonly usdPerHour: number;
  /** Of the part that is ours. */
  readonly oursUsdPerHour: number;
  readonly month: {
    readonly fromMs: number;
    readonly untilMs: number;
    /** Of this account by our ledger, so far. */
    readonly spentUsd: number;
    /** That, and what ours burn now for the rest of the month. */
    readonly projectedUsd: number;
  };
}

/** Both for the same whole days (UTC), since the service tells no smaller part. */
export interface ChargedBeside {
  readonly fromMs: number;
  readonly totalUsd: number;
  /** Of instances that our records know. */
  readonly oursUsd: number;
  /** Of everything else on the account. */
  readonly othersUsd: number;
  readonly ledgerUsd: number;
  /** Ours as charged less our ledger; above 0 the ledger is behind. */
  readonly differenceUsd: number;
  /** Sentences: why it is not the whole. */
  readonly faults: readonly string[];
}

/** Throws what a read of the service throws. */
export async function costReport(options: CostOptions): Promise<CostReport> {
  const { ledger, account, by, sinceMs, nowMs } = options;
  const groups = await Promise.all(
    by.map(async (name) => ({
      by: name,
      rows: await ledger.costs({ by: name, sinceMs, untilMs: nowMs + 1 }),
    })),
  );
  const { rows } = await readPs(options);
  const rateOf = (own: typeof rows) => own.reduce((sum, { usdPerHour }) => sum + (usdPerHour ?? 0), 0);
  const oursUsdPerHour = rateOf(rows.filter(({ isOurs }) => isOurs));
  const month = monthAround(ledger, nowMs);
  const spentUsd = await spentSince(ledger, { account, sinceMs: month.fromMs });
  return {
    sinceMs,
    untilMs: nowMs,
    groups,
    spentUsd: await spentSince(ledger, { account, sinceMs }),
    charged: options.client && (await chargedBeside(options, options.client)),
    usdPerHour: rateOf(rows),
    oursUsdPerHour,
    month: {
      ...month,
      spentUsd,
      projectedUsd: spentUsd + (oursUsdPerHour * (month.untilMs - nowMs)) / HOUR_MS,
    },
  };
}

async function chargedBeside(
  { ledger, store, account, sinceMs, nowMs, signal }: CostOptions,
  client: Pick<VastClient, 'billing'>,
): Promise<ChargedBeside> {
  const fromMs = Math.floor(sinceMs / DAY_MS) * DAY_MS;
  const { rows, faults } = await client.billing.charges({ fromMs, toMs: nowMs }, signal ? { signal } : {});
  const known = await store.db
    .$extendTables<RentalTables>()
    .selectFrom('rentals')
    .select('instance_id')
    .where('account', '=', account)
    .where('instance_id', 'is not', null)
    .execute();
  const ours = new Set(known.map((row) => `instance-${row.instance_id}`));
  const sum = (own: typeof rows) => splitCharges(own).total / 1e6;
  const oursUsd = sum(rows.filter(({ source }) => ours.has(source ?? '')));
  const totalUsd = sum(rows);
  const ledgerUsd = await spentSince(ledger, { account, sinceMs: fromMs });
  return {
    fromMs,
    totalUsd,
    oursUsd,
    othersUsd: totalUsd - oursUsd,
    ledgerUsd,
    differenceUsd: oursUsd - ledgerUsd,
    faults,
  };
}
