// Kysely over PostgreSQL, for several controllers on one store. The driver is loaded only when it is asked for.
import { type Dialect, PostgresDialect } from 'kysely';
import type pg from 'pg';
import type { Log } from '../std/index.ts';

/** Connections of one process: reads in parallel, and a few transactions. */
const POOL_MAX = 8;
const CONNECT_TIMEOUT_MS = 10_000;

const INT8_OID = 20;
const NUMERIC_OID = 1700;

export interface PostgresStore {
  readonly dialect: Dialect;
  /** The address as it may be shown: without the password. */
  readonly location: string;
}

export async function openPostgres(url: string, log: Log): Promise<PostgresStore> {
  const { default: driver } = await import('pg');
  const pool = new driver.Pool({
    connectionString: url,
    max: POOL_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'vastdeck',
    types: numbersAsNumbers(driver),
  });
  const location = shownAddress(url);
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => log.warn('database connection lost', { location, error }));
  // One that breaks in use fails its query, which says so; the client's own event would end the process as well.
  pool.on('connect', (client) => client.on('error', () => {}));
  return { dialect: new PostgresDialect({ pool }), location };
}

/** PostgreSQL gives 64-bit integers as text: here they are times, counts and sequence numbers, below 2^53. */
function numbersAsNumbers(driver: typeof pg): pg.CustomTypesConfig {
  return {
    getTypeParser: (oid: number, format?: 'text' | 'binary') => {
      if ((oid === INT8_OID || oid === NUMERIC_OID) && format !== 'binary') return Number;
      return driver.types.getTypeParser(oid, format as 'text');
    },
  };
}

/** `postgres://user@host:5432/name`; the password and the parameters stay out of logs and errors. */
export function shownAddress(url: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/[^:@/?]*):.*@/i, '$1@').replace(/[?#].*$/, '');
}
