// The memory of hosts on the state store: what was seen is added, never changed, and read in one query.
import type { Clock } from '../../../base/std/index.ts';
import type { Store, StoreTransaction } from '../../../base/store/index.ts';
import type { FactsLookup } from '../ranking/index.ts';
import { FORGOTTEN_AFTER_MS } from './decay.ts';
import { factsFrom } from './facts.ts';
import { type MemoryRow, memoryRows } from './memory-rows.ts';
import { type Observation, observationOf, rowOf } from './observation.ts';
import type { MemoryTables } from './tables.ts';

export interface MemoryFilter {
  readonly machineIds?: readonly number[];
  readonly hostId?: number;
  /** Seen at this time or later; default everything. */
  readonly sinceMs?: number;
}

export interface HostMemory {
  /** Adds what is not there yet; returns how many were new. A key that is known changes nothing. */
  record(...observations: readonly Observation[]): Promise<number>;
  /** What a ranking reads: everything as of now, in one query; half of it is forgotten in 90 days. */
  facts(): Promise<FactsLookup>;
  /** A row for each machine, the last seen first. */
  rows(filter?: MemoryFilter): Promise<readonly MemoryRow[]>;
  /** Everything that was seen, oldest first; it may be recorded elsewhere as it is. */
  export(filter?: MemoryFilter): Promise<readonly Observation[]>;
}

export interface HostMemoryOptions {
  readonly store: Store;
  readonly clock: Clock;
}

export function createHostMemory({ store, clock }: HostMemoryOptions): HostMemory {
  const db = store.db.$extendTables<MemoryTables>();

  const read = async ({ machineIds, hostId, sinceMs }: MemoryFilter): Promise<readonly Observation[]> => {
    let query = db.selectFrom('host_observations').selectAll();
    if (machineIds !== undefined) {
      if (machineIds.length === 0) return [];
      query = query.where('machine_id', 'in', machineIds);
    }
    if (hostId !== undefined) query = query.where('host_id', '=', hostId);
    if (sinceMs !== undefined) query = query.where('at', '>=', Math.trunc(sinceMs));
    const rows = await query.orderBy('at').orderBy('key').execute();
    return rows.map(observationOf).filter((each) => each !== undefined);
  };

  return {
    record: (...observations) => store.transaction((trx) => writeObservations(trx, observations)),
    async facts() {
      const nowMs = clock.now();
      return factsFrom(await read({ sinceMs: nowMs - FORGOTTEN_AFTER_MS }), nowMs);
    },
    rows: async (filter = {}) => memoryRows(await read(filter), clock.now()),
    export: (filter = {}) => read(filter),
  };
}

/** SQLite binds at most 32,766 values in a statement. */
const ROWS_AT_ONCE = 1_000;

/** In the transaction that notes how far its source was read. */
export async function writeObservations(
  trx: StoreTransaction,
  observations: readonly Observation[],
): Promise<number> {
  const rows = observations.map(rowOf);
  let added = 0;
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const { numInsertedOrUpdatedRows } = await trx
      .$extendTables<MemoryTables>()
      .insertInto('host_observations')
      .values(rows.slice(from, from + ROWS_AT_ONCE))
      .onConflict((conflict) => conflict.column('key').doNothing())
      .executeTakeFirstOrThrow();
    added += Number(numInsertedOrUpdatedRows ?? 0);
  }
  return added;
}
