// `vd ps`: every instance of the account from the store alone. It asks nobody, so it is quick, and says how old it is.
import type { Ledger } from '../../../base/ledger/index.ts';
import { HOUR_MS } from '../../../base/std/index.ts';
import type { Store } from '../../../base/store/index.ts';
import type { EndingTables } from '../ending/tables.ts';
import type { Install } from '../records/label.ts';
import { OVER_STATUSES, type Rental } from '../records/rental.ts';
import { createRentalRecords } from '../records/rental-records.ts';
import { readCredit } from './credit.ts';
import { spentToday } from './ledger-days.ts';
import { type PsRow, psRow } from './ps-row.ts';

export interface PsOptions {
  readonly store: Store;
  readonly account: string;
  readonly nowMs: number;
  /** Tells apart what is ours and not recorded from what another install made. */
  readonly install?: Install;
  /** Default: what was spent today is not told. */
  readonly ledger?: Pick<Ledger, 'costs' | 'timeZone'>;
}

export interface PsFoot {
  /** Dollars an hour now, of all whose price is known. */
  readonly burnPerHour: number;
  /** Instances whose price is not known. */
  readonly unpriced: number;
  /** By our own ledger, since its midnight; null where there is no ledger. */
  readonly spentTodayUsd: number | null;
  /** As it was last told, and when; null while nobody has asked. */
  readonly creditUsd: number | null;
  readonly creditAtMs: number | null;
  /** When the credit is used up at this rate; null where that is not known, or nothing burns. */
  readonly creditEndsAtMs: number | null;
  /** Since the last complete listing began; null when there was none. */
  readonly viewAgeMs: number | null;
  /** Whether the last listing that ended was complete. */
  readonly isViewComplete: boolean;
  /** Why it was not; empty when it was. */
  readonly viewReason: string;
}

export interface Ps {
  /** The oldest first. */
  readonly rows: readonly PsRow[];
  readonly foot: PsFoot;
}

export async function readPs(options: PsOptions): Promise<Ps> {
  const { store, account, nowMs, ledger } = options;
  const rows = await readRows(options);
  const priced = rows.flatMap(({ usdPerHour }) => usdPerHour ?? []);
  const burnPerHour = priced.reduce((sum, each) => sum + each, 0);
  const credit = await readCredit({ store, account });
  return {
    rows,
    foot: {
      burnPerHour,
      unpriced: rows.length - priced.length,
      spentTodayUsd: ledger ? await spentToday(ledger, { account, nowMs }) : null,
      creditUsd: credit?.creditUsd ?? null,
      creditAtMs: credit?.atMs ?? null,
      creditEndsAtMs:
        credit && burnPerHour > 0
          ? Math.round(credit.atMs + (Math.max(0, credit.creditUsd) / burnPerHour) * HOUR_MS)
          : null,
      ...(await viewOf(options)),
    },
  };
}

async function readRows({ store, account, nowMs, install }: PsOptions): Promise<readonly PsRow[]> {
  const tables = store.db.$extendTables<EndingTables>();
  const listed = await tables
    .selectFrom('account_instances')
    .selectAll()
    .where('account', '=', account)
    .where('gone_at', 'is', null)
    .orderBy('first_seen_at')
    .orderBy('instance_id')
    .execute();
  const ends = await tables
    .selectFrom('instance_ends')
    .selectAll()
    .where('account', '=', account)
    .where('gone_at', 'is', null)
    .execute();
  const rentals = await rentalsOf(
    store,
    account,
    listed.map((row) => row.instance_id),
  );
  const endOf = new Map(ends.map((end) => [end.instance_id, end]));
  const byInstance = new Map(rentals.map((rental) => [rental.instanceId, rental]));
  const seen = listed.map((row) =>
    psRow({
      listed: row,
      rental: byInstance.get(row.instance_id),
      end: endOf.get(row.instance_id),
      install,
      nowMs,
    }),
  );
  const held = new Set(listed.map((row) => row.instance_id));
  const unseen = rentals
    .filter(({ status, instanceId }) => !OVER_STATUSES.includes(status) && !held.has(instanceId ?? -1))
    .map((rental) =>
      psRow({ listed: undefined, rental, end: endOf.get(rental.instanceId ?? -1), install, nowMs }),
    );
  return withRefs([...seen, ...unseen]);
}

/** Those that are not over, and those that are while their instance is still listed: it may have come back. */
async function rentalsOf(
  store: Store,
  account: string,
  instanceIds: readonly number[],
): Promise<readonly Rental[]> {
  const records = createRentalRecords(store);
  const live = await records.list({ account, isLive: true });
  const known = new Set(live.map(({ instanceId }) => instanceId));
  const others = instanceIds.filter((id) => !known.has(id));
  if (others.length === 0) return live;
  const over = await store.db
    .$extendTables<EndingTables>()
    .selectFrom('rentals')
    .select('id')
    .where('account', '=', account)
    .where('status', 'in', OVER_STATUSES)
    .where('instance_id', 'in', others)
    .orderBy('created_at')
    .execute();
  const found = await Promise.all(over.map(({ id }) => records.get(id)));
  return [...live, ...found.filter((rental) => rental !== undefined)];
}

/** A name that is an id, or that two have, names nothing. */
function withRefs(rows: readonly Omit<PsRow, 'ref'>[]): readonly PsRow[] {
  const times = new Map<string, number>();
  for (const { name } of rows) times.set(name, (times.get(name) ?? 0) + 1);
  return rows.map((row) => {
    const isName = row.name !== '' && times.get(row.name) === 1 && !/^\d+$/.test(row.name);
    return { ...row, ref: isName ? row.name : String(row.id ?? row.rentalId ?? '') };
  });
}

async function viewOf({
  store,
  account,
  nowMs,
}: PsOptions): Promise<Pick<PsFoot, 'viewAgeMs' | 'isViewComplete' | 'viewReason'>> {
  const generations = store.db
    .$extendTables<EndingTables>()
    .selectFrom('account_generations')
    .select(['started_at', 'complete', 'reason'])
    .where('account', '=', account)
    .where('ended_at', '>', 0)
    .orderBy('generation', 'desc')
    .limit(1);
  const last = await generations.executeTakeFirst();
  const complete =
    last?.complete === 1 ? last : await generations.where('complete', '=', 1).executeTakeFirst();
  return {
    viewAgeMs: complete ? Math.max(0, nowMs - complete.started_at) : null,
    isViewComplete: last?.complete === 1,
    viewReason: last === undefined ? 'nobody has listed the account yet' : last.reason,
  };
}
