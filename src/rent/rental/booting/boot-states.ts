// What a boot remembers between its steps. It is written before and after each act, so that whoever goes on after a
// crash knows what may have been done.
import type { Store, StoreMigration } from '../../../base/store/index.ts';
import type { Rental } from '../records/index.ts';
import type { BootPhase, SshFacts } from './boot-facts.ts';
import type { PullMark } from './pull-estimate.ts';

export const bootMigrations: readonly StoreMigration[] = [
  {
    folder: 'rent/rental/booting',
    number: 1,
    name: 'boot_states',
    async up(db) {
      await db.schema
        .createTable('boot_states')
        .addColumn('rental_id', 'text', (column) => column.primaryKey())
        .addColumn('instance_id', 'bigint', (column) => column.notNull())
        .addColumn('begun_at', 'bigint', (column) => column.notNull())
        .addColumn('version', 'bigint', (column) => column.notNull())
        .addColumn('memory', 'text', (column) => column.notNull())
        .execute();
    },
  },
];

/** A type and not an interface: Kysely wants an index. */
type BootTables = {
  boot_states: {
    rental_id: string;
    instance_id: number;
    begun_at: number;
    version: number;
    /** A `BootMemory` as JSON. */
    memory: string;
  };
};

/** Times are epoch ms. Log lines are redacted before they come here. */
export interface BootMemory {
  readonly phase: BootPhase;
  readonly phaseSinceMs: number;
  /** In phases that are over. */
  readonly spentMs: Readonly<Partial<Record<BootPhase, number>>>;
  readonly daemonLines: readonly string[];
  readonly daemonAskedAtMs?: number;
  readonly containerLines: readonly string[];
  readonly containerAskedAtMs?: number;
  readonly firstPull?: PullMark;
  readonly lastPull?: PullMark;
  readonly key: { readonly tries: number; readonly askedAtMs?: number };
  readonly reboot: { readonly askedAtMs?: number; readonly doneAtMs?: number };
  readonly ssh: SshFacts;
}

export interface BootState {
  readonly rentalId: string;
  readonly instanceId: number;
  readonly begunAtMs: number;
  /** 0 while nothing is stored. */
  readonly version: number;
  readonly memory: BootMemory | undefined;
}

export interface BootStates {
  /** Of this boot of this instance; an earlier one of the same rental is forgotten. */
  load(rental: Pick<Rental, 'id'>, instanceId: number, begunAtMs: number): Promise<BootState>;
  /** Undefined when another process has written since it was read: it goes on with the boot, not we. */
  save(state: BootState, memory: BootMemory): Promise<BootState | undefined>;
}

export function createBootStates(store: Store): BootStates {
  const db = store.db.$extendTables<BootTables>();
  return {
    async load({ id }, instanceId, begunAtMs) {
      const row = await db
        .selectFrom('boot_states')
        .selectAll()
        .where('rental_id', '=', id)
        .executeTakeFirst();
      const isSame = row?.instance_id === instanceId && row.begun_at === begunAtMs;
      return {
        rentalId: id,
        instanceId,
        begunAtMs,
        version: row?.version ?? 0,
        memory: row && isSame ? (JSON.parse(row.memory) as BootMemory) : undefined,
      };
    },
    save: (state, memory) =>
      store.transaction(async (trx) => {
        const { rentalId, instanceId, begunAtMs, version } = state;
        const table = trx.$extendTables<BootTables>();
        const row = {
          instance_id: instanceId,
          begun_at: begunAtMs,
          version: version + 1,
          memory: JSON.stringify(memory),
        };
        const written =
          version === 0
            ? await table
                .insertInto('boot_states')
                .values({ rental_id: rentalId, ...row })
                .onConflict((conflict) => conflict.column('rental_id').doNothing())
                .executeTakeFirst()
                .then(({ numInsertedOrUpdatedRows }) => numInsertedOrUpdatedRows)
            : await table
                .updateTable('boot_states')
                .set(row)
                .where('rental_id', '=', rentalId)
                .where('version', '=', version)
                .executeTakeFirst()
                .then(({ numUpdatedRows }) => numUpdatedRows);
        return written === 1n ? { ...state, version: version + 1, memory } : undefined;
      }),
  };
}
