// Makes room for a report over time: what those before it left behind, 100 MB and more after a few over a year, is
// collected, and its pages are given back to the system.
import type { DuckDBConnection } from '@duckdb/node-api';
import { collectGarbage } from '../../base/std/index.ts';
import { giveMemoryBack, type ReportSource } from './source.ts';

/** Collecting takes 10 to 20 ms, so less than this is left to the engine. */
const WORTH_BYTES = 32 * 1024 * 1024;

/** What arrays took when room was made last. */
const arraysBefore = new WeakMap<DuckDBConnection, number>();

export async function makeRoom(source: ReportSource): Promise<void> {
  const { connection } = source;
  if (arrayBytes() - (arraysBefore.get(connection) ?? 0) < WORTH_BYTES) return;
  collectGarbage('major');
  await giveMemoryBack(source);
  arraysBefore.set(connection, arrayBytes());
}

function arrayBytes(): number {
  return process.memoryUsage().arrayBuffers;
}
