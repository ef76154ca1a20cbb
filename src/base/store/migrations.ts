// Numbered migrations of all folders, run in one transaction under a lock: on SQLite the write lock, on
// PostgreSQL an advisory one. Several processes may open a fresh store at once.
import type { Kysely } from 'kysely';
import { type Migration as KyselyMigration, Migrator } from 'kysely/migration';
import { assert } from '../std/index.ts';
import { NewerStoreError } from './errors.ts';
import type { StoreDb, StoreDialect } from './tables.ts';

/** One step of a folder's tables. Never edited after a release: a change is a new number. */
export interface StoreMigration {
  /** The folder that owns the tables, for example `base/store`. */
  readonly folder: string;
  /** 1, 2, 3, … within the folder. */
  readonly number: number;
  readonly name: string;
  up(db: Kysely<unknown>, dialect: StoreDialect): Promise<void>;
}

const APPLIED_TABLE = 'kysely_migration';

/** `base/store/0001-events`: how the store remembers that a migration has been run. */
function migrationKey({ folder, number, name }: StoreMigration): string {
  return `${folder}/${String(number).padStart(4, '0')}-${name}`;
}

export async function migrate(
  db: StoreDb,
  {
    dialect,
    location,
    migrations,
  }: {
    readonly dialect: StoreDialect;
    readonly location: string;
    readonly migrations: readonly StoreMigration[];
  },
): Promise<void> {
  const known = new Map<string, KyselyMigration>();
  for (const migration of migrations) {
    const key = migrationKey(migration);
    assert(!known.has(key), `Migration ${key} is given twice`);
    known.set(key, { up: (trx) => migration.up(trx, dialect) });
  }
  const applied = await appliedMigrations(db);
  refuseNewer(applied, known, location);
  // Nearly always nothing is to be done; then neither the lock nor the look at every table is needed.
  if ([...known.keys()].every((key) => applied.includes(key))) return;
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => Object.fromEntries(known) },
    // Folders number on their own, so a new one of `base` sorts before an old one of `rent`.
    allowUnorderedMigrations: true,
  }).migrateToLatest();
  if (!error) return;
  // A newer version may have opened the store at the same moment.
  refuseNewer(await appliedMigrations(db), known, location);
  throw error;
}

async function appliedMigrations(db: StoreDb): Promise<string[]> {
  const ours = db.$extendTables<{ kysely_migration: { name: string; timestamp: string } }>();
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === APPLIED_TABLE)) return [];
  return (await ours.selectFrom(APPLIED_TABLE).select('name').execute()).map((row) => row.name);
}

function refuseNewer(
  applied: readonly string[],
  known: ReadonlyMap<string, unknown>,
  location: string,
): void {
  const unknown = applied.filter((key) => !known.has(key)).sort();
  if (unknown.length > 0) throw new NewerStoreError(location, unknown);
}
