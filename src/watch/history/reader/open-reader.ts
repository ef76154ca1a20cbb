// Opens a store for reading: an in-memory DuckDB with views over everything that it holds, through the newest
// poll. Any number of processes may, while a collector runs.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock, Log } from '../../../base/std/index.ts';
import { CorruptStoreError } from '../journal/errors.ts';
import { openJournal } from '../journal/open-journal.ts';
import { readStoreFile } from '../journal/store-file.ts';
import type { Origin } from '../observation.ts';
import { type DuckDbSession, openDuckDbSession } from '../segments/duckdb-session.ts';
import { readManifest } from '../segments/manifest.ts';
import { loadOpenPeriod } from '../segments/open-period.ts';
import { type StoreFiles, spanViews } from '../segments/span-views.ts';
import { findFileFaults } from '../segments/verify-folder.ts';
import { offerViews } from './offer-views.ts';
import { toPlainRows } from './plain-rows.ts';
import { rollupViews } from './rollup-views.ts';

export interface OpenMarketReaderOptions {
  /** The store's folder. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** What DuckDB may take; default 512. The process takes some 100 MB more. */
  readonly memoryLimitMb?: number;
  /** Further folders that SQL may read and write, for example where an export goes; none by default. */
  readonly folders?: readonly string[];
}

export interface MarketReader extends AsyncDisposable {
  readonly dir: string;
  readonly origin: Origin;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** In-memory, with the views of the store; see docs/reference for their columns. */
  readonly connection: DuckDBConnection;
  /** Runs a query; whole numbers come as numbers where they are exact, dates and times as ISO 8601. */
  rows(sql: string, params?: Record<string, unknown>): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** A seal lasts seconds, and two in a row do not happen; more attempts than this mean something else is wrong. */
const ATTEMPTS = 5;

/** Throws CorruptStoreError, NewerStoreError. */
export async function openMarketReader(options: OpenMarketReaderOptions): Promise<MarketReader> {
  const { clock, log, memoryLimitMb = 512, folders = [] } = options;
  const dir = resolve(options.dir);
  const startedMs = clock.monotonic();
  const store = readStoreFile(dir);
  if (!store) throw new CorruptStoreError(dir, 'there is no store.json in it, so it is no market store');
  const { origin, createdAt } = store;
  const session = await openDuckDbSession({ folders: [dir, ...folders], memoryLimitMb });
  try {
    const files = await load(session, dir);
    const { lastPoll } = files.period;
    log.debug('store opened', { dir, poll: lastPoll, tookMs: Math.round(clock.monotonic() - startedMs) });
  } catch (error) {
    session[Symbol.dispose]();
    throw error;
  }
  const { connection } = session;
  let isOpen = true;
  const close = async () => {
    if (isOpen) session[Symbol.dispose]();
    isOpen = false;
  };
  return {
    dir,
    origin,
    createdAt,
    connection,
    rows: async (sql, params) => {
      try {
        return await toPlainRows(connection, sql, params);
      } catch (error) {
        throw explain(error, dir);
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function load(session: DuckDbSession, dir: string): Promise<StoreFiles> {
  const { connection } = session;
  using journal = openJournal(dir, { mode: 'read' });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const manifest = readManifest(dir);
    const [fault] = [...manifest.segments, ...(manifest.open ? [manifest.open] : [])].flatMap((range) =>
      findFileFaults(dir, range),
    );
    // A file of an old manifest may have gone; one of the present manifest may not.
    if (fault && readManifest(dir).generation === manifest.generation)
      throw new CorruptStoreError(dir, fault);
    if (fault) continue;
    try {
      const period = await loadOpenPeriod({ connection, dir, manifest, journal, base: 'snapshot' });
      if (!period) continue;
      const files = { dir, manifest, period };
      for (const statement of spanViews(files)) await connection.run(statement);
      const last = await connection.runAndReadAll('SELECT coalesce(max(ts_ms), 0)::DOUBLE FROM polls');
      const lastTsMs = Number(last.getRows()[0]?.[0]);
      for (const statement of [...offerViews(files, lastTsMs), ...rollupViews(files)])
        await connection.run(statement);
      return files;
    } catch (error) {
      throw explain(error, dir);
    }
  }
  throw new CorruptStoreError(dir, 'its journal begins behind its newest segment');
}

/** What DuckDB says of a file that is damaged or gone is about the store, not about the query. */
function explain(error: unknown, dir: string): unknown {
  if (!(error instanceof Error) || error instanceof CorruptStoreError) return error;
  const { message } = error;
  const isAboutFile =
    /\.parquet/.test(message) ||
    /parquet|ZSTD|LZ4|Thrift|snappy|TProtocol|No magic bytes|Could not read enough bytes|file corrupt/i.test(
      message,
    );
  if (!isAboutFile || !existsSync(dir)) return error;
  return new CorruptStoreError(dir, message.split('\n')[0] ?? message, { cause: error });
}
