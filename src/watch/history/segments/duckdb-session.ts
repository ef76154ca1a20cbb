// An in-memory DuckDB that touches nothing but the folders it is given: no extension is fetched, no other file
// read, and what does not fit into its memory goes to a temporary folder of its own. It is loaded with the first session:
// a process that only appends, or asks what is stored, does without its 35 MB.
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { DuckDBConnection } from '@duckdb/node-api';

export interface DuckDbSessionOptions {
  /** Folders that may be read and written, beside the temporary one. */
  readonly folders: readonly string[];
  /** What DuckDB may take before it spills; the process takes some 100 MB more. */
  readonly memoryLimitMb: number;
  /** Default 2: reports are short, and the collector shares the machine. */
  readonly threads?: number;
}

export interface DuckDbSession extends Disposable {
  readonly connection: DuckDBConnection;
}

let sessions = 0;

export async function openDuckDbSession({
  folders,
  memoryLimitMb,
  threads = 2,
}: DuckDbSessionOptions): Promise<DuckDbSession> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  sessions += 1;
  // Two instances in one spill folder would overwrite each other's files.
  const spill = join(tmpdir(), `vastdeck-spill-${process.pid}-${threadId}-${sessions}`);
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${memoryLimitMb}MB`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    temp_directory: spill,
  });
  const connection = await instance.connect();
  const allowed = [...folders, spill].map((folder) => quote(folder.replace(/[/\\]*$/, '/')));
  await connection.run(`SET allowed_directories = [${allowed.join(', ')}]`);
  // From here on the list cannot be changed, nor this setting taken back, by any SQL.
  await connection.run('SET enable_external_access = false');
  await connection.run('SET parquet_metadata_cache = true');
  return {
    connection,
    [Symbol.dispose]() {
      connection.closeSync();
      instance.closeSync();
      rmSync(spill, { recursive: true, force: true });
    },
  };
}

/** A text as an SQL literal. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
