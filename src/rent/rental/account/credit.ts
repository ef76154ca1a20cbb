// The credit of an account as it was last told: written by whoever asks the service, read by what must not ask.
import { microUsd } from '../../../base/std/index.ts';
import type { Store, StoreMigration } from '../../../base/store/index.ts';

/** Money is micro-dollars, times are epoch milliseconds. A type and not an interface: Kysely wants an index. */
export type AccountTables = {
  account_credit: { account: string; credit_usd: number; at: number };
};

export const accountMigrations: readonly StoreMigration[] = [
  {
    folder: 'rent/rental/account',
    number: 1,
    name: 'credit',
    async up(db) {
      await db.schema
        .createTable('account_credit')
        .addColumn('account', 'text', (column) => column.primaryKey())
        .addColumn('credit_usd', 'bigint', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
];

export interface Credit {
  readonly creditUsd: number;
  readonly atMs: number;
}

/** To be called with every answer that names the credit; an older answer changes nothing. */
export async function noteCredit({
  store,
  account,
  creditUsd,
  atMs,
}: Credit & { readonly store: Store; readonly account: string }): Promise<void> {
  const row = { account, credit_usd: microUsd(creditUsd), at: Math.trunc(atMs) };
  await store.transaction(async (trx) => {
    await trx
      .$extendTables<AccountTables>()
      .insertInto('account_credit')
      .values(row)
      .onConflict((conflict) =>
        conflict.column('account').doUpdateSet(row).where('account_credit.at', '<=', row.at),
      )
      .execute();
  });
}

export async function readCredit({
  store,
  account,
}: {
  readonly store: Pick<Store, 'db'>;
  readonly account: string;
}): Promise<Credit | undefined> {
  const row = await store.db
    .$extendTables<AccountTables>()
    .selectFrom('account_credit')
    .selectAll()
    .where('account', '=', account)
    .executeTakeFirst();
  return row && { creditUsd: row.credit_usd / 1e6, atMs: row.at };
}
