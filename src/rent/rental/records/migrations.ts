// The tables of rentals, numbered. A released step is never edited.
import type { StoreMigration } from '../../../base/store/index.ts';

export const rentalMigrations: readonly StoreMigration[] = [
  {
    folder: 'rent/rental',
    number: 1,
    name: 'rentals',
    async up(db) {
      await db.schema
        .createTable('rentals')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('install', 'text', (column) => column.notNull())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('need', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('since', 'bigint', (column) => column.notNull())
        .addColumn('version', 'bigint', (column) => column.notNull())
        .addColumn('attempt', 'integer', (column) => column.notNull())
        .addColumn('launch', 'text', (column) => column.notNull())
        .addColumn('terms', 'text')
        .addColumn('instance_id', 'bigint')
        .addColumn('machine_id', 'bigint')
        .addColumn('host_id', 'bigint')
        .addColumn('reservation_id', 'text')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('booting_at', 'bigint')
        .addColumn('ready_at', 'bigint')
        .addColumn('ran_ms', 'bigint', (column) => column.notNull())
        .addColumn('running_since', 'bigint')
        .addColumn('prepaid_until', 'bigint', (column) => column.notNull())
        .addColumn('grace_until', 'bigint')
        .addColumn('destroy_after', 'bigint')
        .addColumn('destroy_asked_at', 'bigint')
        .addColumn('destroy_attempts', 'integer', (column) => column.notNull())
        .addColumn('gone_at', 'bigint')
        .addColumn('receipt', 'text')
        .execute();
      // One need has one rental that is not over, whoever asks for it and from how many processes.
      await db.schema
        .createIndex('rentals_by_need')
        .on('rentals')
        .columns(['account', 'need'])
        .unique()
        .where((eb) => eb('status' as never, 'not in', ['gone', 'void'] as never))
        .execute();
      await db.schema.createIndex('rentals_by_status').on('rentals').columns(['status']).execute();
      await db.schema
        .createTable('rental_attempts')
        .addColumn('rental_id', 'text', (column) => column.notNull())
        .addColumn('attempt', 'integer', (column) => column.notNull())
        .addColumn('label', 'text', (column) => column.notNull().unique())
        .addColumn('offer_id', 'bigint', (column) => column.notNull())
        .addColumn('machine_id', 'bigint', (column) => column.notNull())
        .addColumn('sent_at', 'bigint')
        .addColumn('outcome', 'text')
        .addColumn('instance_id', 'bigint')
        .addPrimaryKeyConstraint('rental_attempts_key', ['rental_id', 'attempt'])
        .execute();
      await db.schema
        .createTable('machine_claims')
        .addColumn('machine_id', 'bigint', (column) => column.primaryKey())
        .addColumn('rental_id', 'text', (column) => column.notNull())
        .addColumn('until', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  {
    folder: 'rent/rental',
    number: 2,
    name: 'account',
    async up(db) {
      await db.schema
        .createTable('account_generations')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('generation', 'bigint', (column) => column.notNull())
        .addColumn('started_at', 'bigint', (column) => column.notNull())
        .addColumn('ended_at', 'bigint', (column) => column.notNull())
        .addColumn('complete', 'integer', (column) => column.notNull())
        .addColumn('found', 'integer', (column) => column.notNull())
        .addColumn('total', 'integer', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('account_generations_key', ['account', 'generation'])
        .execute();
      await db.schema
        .createTable('account_instances')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('instance_id', 'bigint', (column) => column.notNull())
        .addColumn('listed', 'text', (column) => column.notNull())
        .addColumn('label', 'text', (column) => column.notNull())
        .addColumn('first_seen_at', 'bigint', (column) => column.notNull())
        .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
        .addColumn('last_generation', 'bigint', (column) => column.notNull())
        .addColumn('missed', 'integer', (column) => column.notNull())
        .addColumn('gone_at', 'bigint')
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('status_since', 'bigint', (column) => column.notNull())
        .addColumn('idle_since', 'bigint')
        .addColumn('last_ssh_at', 'bigint')
        .addPrimaryKeyConstraint('account_instances_key', ['account', 'instance_id'])
        .execute();
      await db.schema
        .createTable('accounts')
        .addColumn('key_print', 'text', (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('user_id', 'bigint', (column) => column.notNull())
        .addColumn('email', 'text', (column) => column.notNull())
        .addColumn('checked_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('host_keys')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('instance_id', 'bigint', (column) => column.notNull())
        .addColumn('fingerprint', 'text', (column) => column.notNull())
        .addColumn('pinned_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('host_keys_key', ['account', 'instance_id'])
        .execute();
    },
  },
];
