// Turns what the account watcher saw of instances, ours or not, into hours and interruptions of their machines.
import type { Kysely } from 'kysely';
import { assert, DAY_MS, HOUR_MS } from '../../../base/std/index.ts';
import {
  readEventsSince,
  type Store,
  type StoredEvent,
  type StoreTables,
  type StoreTransaction,
} from '../../../base/store/index.ts';
import type { RentalTables } from '../records/index.ts';
import { writeObservations } from './host-memory.ts';
import { type InstancePlace, placesOf, priorListing, vanishedByItself } from './instance-sightings.ts';
import type { InterruptionCause, Observation } from './observation.ts';
import { INSTANCE_CURSOR, type MemoryTables, type StretchRow } from './tables.ts';

export interface HostWatch {
  /**
   * Reads what has happened since the last step; returns how many observations it made. May be called by several
   * processes and be killed at any line: how far it has read and what it wrote are one transaction.
   */
  step(): Promise<number>;
}

/** The hours of one that runs on and on are written down this often. */
const WRITE_HOURS_EVERY_MS = DAY_MS;

/** What a running instance turned into, where that is the machine's doing. Stops and reboots are its renter's. */
const CAUSES: Readonly<Record<string, InterruptionCause>> = {
  outbid: 'outbid',
  lost: 'offline',
  exited: 'died',
  failed: 'died',
};
/** Told by a destroy that is under way: the instance is as it was until it is seen otherwise. */
const NOT_A_STATE = 'ending';

export function watchHosts({ store }: { readonly store: Store }): HostWatch {
  /** Undefined when there was nothing to read. */
  const readOn = async (): Promise<number | undefined> => {
    const before = await cursorOf(store.db.$extendTables<MemoryTables>());
    const events = await readEventsSince(store.db, before, { noun: 'instance' });
    const last = events.at(-1);
    if (!last) return undefined;
    return await store.transaction(async (trx) => {
      // Another process has read on: what it made is in the store already.
      if (!(await moveCursor(trx, before, last.seq))) return 0;
      return await writeObservations(trx, await follow(trx, events));
    });
  };

  /** Hours of what runs on; nothing when another process reads on at this moment, and then writes them. */
  const writeHours = async (): Promise<number> => {
    const seq = await cursorOf(store.db.$extendTables<MemoryTables>());
    return await store.transaction(async (trx) =>
      (await moveCursor(trx, seq, seq)) ? await writeLongHours(trx) : 0,
    );
  };

  return {
    async step() {
      let made = 0;
      for (let added = await readOn(); added !== undefined; added = await readOn()) made += added;
      return made + (await writeHours());
    },
  };
}

async function cursorOf(tables: Kysely<StoreTables & MemoryTables>): Promise<number> {
  const row = await tables
    .selectFrom('host_cursors')
    .select('seq')
    .where('name', '=', INSTANCE_CURSOR)
    .executeTakeFirst();
  assert(row, `The row "${INSTANCE_CURSOR}" of host_cursors is gone; restore the state store from a copy`);
  return row.seq;
}

/** First in a transaction: whoever else would read on, or write hours, waits for its end. */
async function moveCursor(trx: StoreTransaction, from: number, to: number): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .$extendTables<MemoryTables>()
    .updateTable('host_cursors')
    .set({ seq: to })
    .where('name', '=', INSTANCE_CURSOR)
    .where('seq', '=', from)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

async function follow(trx: StoreTransaction, events: readonly StoredEvent[]): Promise<Observation[]> {
  const ids = [...new Set(events.map(({ id }) => Number(id)))];
  const places = await placesOf(trx, ids);
  const stretches = await stretchesOf(trx, ids);
  const made: Observation[] = [];
  for (const event of events) {
    const place = places.get(Number(event.id));
    if (!place || event.status === NOT_A_STATE) continue;
    if (event.reason === 'back from the dead') {
      made.push({ ...at(place, event), kind: 'resurrection', key: `resurrection:${event.seq}` });
    }
    const stretch = stretches.get(place.instanceId);
    if (event.status === 'running') {
      if (!stretch) stretches.set(place.instanceId, stretchFrom(place, event.at));
      continue;
    }
    if (!stretch) continue;
    stretches.delete(place.instanceId);
    const isGone = event.status === 'gone';
    const untilMs = isGone ? place.lastSeenMs : await priorListing(trx, place.account, event.at);
    made.push(...hoursOf(stretch, untilMs));
    const cause = isGone ? ((await vanishedByItself(trx, place)) ? 'died' : undefined) : CAUSES[event.status];
    if (cause) {
      made.push({ ...at(place, event), kind: 'interruption', cause, key: `interruption:${event.seq}` });
    }
  }
  await saveStretches(trx, ids, [...stretches.values()]);
  return made;
}

function at({ machineId, hostId }: InstancePlace, event: StoredEvent) {
  return { machineId, hostId, atMs: event.at };
}

function stretchFrom({ account, instanceId, machineId, hostId }: InstancePlace, fromMs: number): StretchRow {
  return { account, instance_id: instanceId, machine_id: machineId, host_id: hostId, running_since: fromMs };
}

/** Nothing where it was never seen running a second time. */
function hoursOf(stretch: StretchRow, untilMs: number): Observation[] {
  const hours = (untilMs - stretch.running_since) / HOUR_MS;
  if (hours <= 0) return [];
  return [
    {
      key: `ran:${stretch.account}:${stretch.instance_id}:${stretch.running_since}`,
      machineId: stretch.machine_id,
      hostId: stretch.host_id,
      atMs: untilMs,
      kind: 'ran',
      hours,
    },
  ];
}

async function stretchesOf(
  trx: StoreTransaction,
  instanceIds: readonly number[],
): Promise<Map<number, StretchRow>> {
  const rows = await trx
    .$extendTables<MemoryTables>()
    .selectFrom('host_stretches')
    .selectAll()
    .where('instance_id', 'in', instanceIds)
    .execute();
  return new Map(rows.map((row) => [row.instance_id, row]));
}

async function saveStretches(
  trx: StoreTransaction,
  instanceIds: readonly number[],
  stretches: readonly StretchRow[],
): Promise<void> {
  const tables = trx.$extendTables<MemoryTables>();
  await tables.deleteFrom('host_stretches').where('instance_id', 'in', instanceIds).execute();
  if (stretches.length > 0) await tables.insertInto('host_stretches').values(stretches).execute();
}

/** As far as the last listing that held it. */
async function writeLongHours(trx: StoreTransaction): Promise<number> {
  const rows = await trx
    .$extendTables<MemoryTables & RentalTables>()
    .selectFrom('host_stretches')
    .innerJoin('account_instances', (join) =>
      join
        .onRef('account_instances.account', '=', 'host_stretches.account')
        .onRef('account_instances.instance_id', '=', 'host_stretches.instance_id'),
    )
    .selectAll('host_stretches')
    .select('account_instances.last_seen_at')
    .where((eb) =>
      eb(
        eb('account_instances.last_seen_at', '-', eb.ref('host_stretches.running_since')),
        '>=',
        WRITE_HOURS_EVERY_MS,
      ),
    )
    .execute();
  for (const { last_seen_at: untilMs, ...stretch } of rows) {
    await trx
      .$extendTables<MemoryTables>()
      .updateTable('host_stretches')
      .set({ running_since: untilMs })
      .where('account', '=', stretch.account)
      .where('instance_id', '=', stretch.instance_id)
      .execute();
  }
  return await writeObservations(
    trx,
    rows.flatMap(({ last_seen_at: untilMs, ...stretch }) => hoursOf(stretch, untilMs)),
  );
}
