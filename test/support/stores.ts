// A fresh, empty state store for each test, on every engine that this machine has.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import { SteppedClock, silentLog } from '../../src/base/std/index.ts';
import { openStore, type Store, type StoreOptions } from '../../src/base/store/index.ts';

export type Engine = 'sqlite' | 'postgres';

/** For `describe.each`: SQLite always, PostgreSQL where it is installed. */
export const ENGINES: readonly Engine[] = inject('postgresUrl') ? ['sqlite', 'postgres'] : ['sqlite'];

let databases = 0;

/** The address of a store that does not exist yet (SQLite) or is empty (PostgreSQL); gone after the test. */
export async function freshStoreUrl(engine: Engine): Promise<string> {
  if (engine === 'sqlite') return join(temporaryFolder(), 'state.db');
  const name = `t_${process.pid}_${++databases}`;
  const server = inject('postgresUrl');
  await administer(server, `CREATE DATABASE ${name}`);
  onTestFinished(() => administer(server, `DROP DATABASE ${name} WITH (FORCE)`));
  return server.replace('/postgres?', `/${name}?`);
}

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vd-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestStore {
  readonly url: string;
  readonly store: Store;
  readonly clock: SteppedClock;
  /** The same store once more, as another process has it. */
  readonly openAgain: (options?: Partial<StoreOptions>) => Promise<Store>;
}

export async function freshStore(engine: Engine, options: Partial<StoreOptions> = {}): Promise<TestStore> {
  const url = await freshStoreUrl(engine);
  const clock = new SteppedClock();
  const openAgain = async (again: Partial<StoreOptions> = {}) => {
    const store = await openStore({ url, clock, log: silentLog, ...options, ...again });
    onTestFinished(() => store.close());
    return store;
  };
  return { url, clock, store: await openAgain(), openAgain };
}

async function administer(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
