// The tables of `tables.ts`, numbered. A released step is never edited.
import type { StoreMigration } from '../../../base/store/index.ts';
import { INSTANCE_CURSOR, type MemoryTables } from './tables.ts';

export const memoryMigrations: readonly StoreMigration[] = [
  {
    folder: 'rent/rental/memory',
    number: 1,
    name: 'host_memory',
    async up(db) {
      await db.schema
        .createTable('host_observations')
        .addColumn('key', 'text', (column) => column.primaryKey())
        .addColumn('machine_id', 'bigint', (column) => column.notNull())
        .addColumn('host_id', 'bigint')
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('figures', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('host_observations_by_machine')
        .on('host_observations')
        .columns(['machine_id', 'at'])
        .execute();
      await db.schema
        .createTable('host_stretches')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('instance_id', 'bigint', (column) => column.notNull())
        .addColumn('machine_id', 'bigint', (column) => column.notNull())
        .addColumn('host_id', 'bigint')
        .addColumn('running_since', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('host_stretches_key', ['account', 'instance_id'])
        .execute();
      await db.schema
        .createTable('host_cursors')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('seq', 'bigint', (column) => column.notNull())
        .execute();
      await db
        .$extendTables<MemoryTables>()
        .insertInto('host_cursors')
        .values({ name: INSTANCE_CURSOR, seq: 0 })
        .execute();
    },
  },
];
