// Reading and changing rentals in the store. Every change names the version that it was decided on and appends the
// event that tells of it, in one transaction: a controller that was overtaken changes nothing.
import { appendEvents, type NewEvent, type Store, type StoreTransaction } from '../../../base/store/index.ts';
import {
  type Attempt,
  type Launch,
  OVER_STATUSES,
  type Receipt,
  type Rental,
  type RentalKind,
  type RentalStatus,
  type Terms,
} from './rental.ts';
import type { AttemptRow, RentalRow, RentalTables } from './tables.ts';

/** The rental was changed by somebody else since it was read: read it again and decide anew. */
export class RentalChangedError extends Error {
  override name = 'RentalChangedError';
  readonly rentalId: string;

  constructor(rentalId: string, version: number) {
    super(`${rentalId} was changed by another process since version ${version}; it has to be read again`);
    this.rentalId = rentalId;
  }
}

/** Fields that a step may change; `undefined` leaves one as it is, `null` clears it. */
export interface RentalChange {
  readonly status?: RentalStatus;
  readonly reason?: string;
  readonly name?: string;
  readonly attempt?: number;
  readonly terms?: Terms;
  readonly instanceId?: number | null;
  readonly machineId?: number | null;
  readonly hostId?: number | null;
  readonly reservationId?: string | null;
  readonly bootingAtMs?: number;
  readonly readyAtMs?: number | null;
  readonly ranMs?: number;
  readonly runningSinceMs?: number | null;
  readonly prepaidUntilMs?: number;
  readonly graceUntilMs?: number | null;
  readonly destroyAfterMs?: number | null;
  readonly destroyAskedAtMs?: number;
  readonly destroyAttempts?: number;
  readonly goneAtMs?: number;
  readonly receipt?: Receipt;
  readonly launch?: Launch;
}

export interface RentalFilter {
  readonly account?: string;
  readonly statuses?: readonly RentalStatus[];
  /** Only those that are not over. */
  readonly isLive?: boolean;
  readonly instanceId?: number;
  readonly need?: string;
}

export interface RentalRecords {
  insert(rental: Rental, data: Readonly<Record<string, unknown>>): Promise<void>;
  get(id: string): Promise<Rental | undefined>;
  list(filter?: RentalFilter): Promise<readonly Rental[]>;
  /**
   * Applies a change to the version that was read and returns the new one; rejects with a RentalChangedError. `also`
   * runs in the same transaction.
   */
  change(
    rental: Rental,
    change: RentalChange,
    data?: Readonly<Record<string, unknown>>,
    also?: (trx: StoreTransaction) => Promise<void>,
  ): Promise<Rental>;
  attempts(rentalId: string): Promise<readonly Attempt[]>;
  attemptOf(label: string): Promise<Attempt | undefined>;
}

export function createRentalRecords(store: Store): RentalRecords {
  const db = store.db.$extendTables<RentalTables>();
  const note = (trx: StoreTransaction, event: Omit<NewEvent, 'noun'>) =>
    appendEvents(trx, { events: [{ noun: 'rental', ...event }], clock: store.clock });

  return {
    insert: (rental, data) =>
      store.transaction(async (trx) => {
        await trx.$extendTables<RentalTables>().insertInto('rentals').values(rowOf(rental)).execute();
        await note(trx, { id: rental.id, status: rental.status, reason: rental.reason, data });
      }),
    get: async (id) => {
      const row = await db.selectFrom('rentals').selectAll().where('id', '=', id).executeTakeFirst();
      return row && rentalOf(row);
    },
    list: async ({ account, statuses, isLive, instanceId, need } = {}) => {
      let query = db.selectFrom('rentals').selectAll();
      if (account !== undefined) query = query.where('account', '=', account);
      if (statuses !== undefined) query = query.where('status', 'in', statuses);
      if (isLive) query = query.where('status', 'not in', OVER_STATUSES);
      if (instanceId !== undefined) query = query.where('instance_id', '=', instanceId);
      if (need !== undefined) query = query.where('need', '=', need);
      return (await query.orderBy('created_at').orderBy('id').execute()).map(rentalOf);
    },
    change: (rental, change, data = {}, also) =>
      store.transaction(async (trx) => {
        const atMs = Math.trunc(store.clock.now());
        const next = changed(rental, change, atMs);
        const { version: _, ...row } = rowOf(next);
        const { numUpdatedRows } = await trx
          .$extendTables<RentalTables>()
          .updateTable('rentals')
          .set({ ...row, version: next.version })
          .where('id', '=', rental.id)
          .where('version', '=', rental.version)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows !== 1n) throw new RentalChangedError(rental.id, rental.version);
        await also?.(trx);
        await note(trx, { id: next.id, status: next.status, reason: next.reason, data });
        return next;
      }),
    attempts: async (rentalId) =>
      (
        await db
          .selectFrom('rental_attempts')
          .selectAll()
          .where('rental_id', '=', rentalId)
          .orderBy('attempt')
          .execute()
      ).map(attemptFrom),
    attemptOf: async (label) => {
      const row = await db
        .selectFrom('rental_attempts')
        .selectAll()
        .where('label', '=', label)
        .executeTakeFirst();
      return row && attemptFrom(row);
    },
  };
}

function changed(rental: Rental, change: RentalChange, atMs: number): Rental {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const set = Object.fromEntries(given.map(([name, value]) => [name, value ?? undefined]));
  const isNewStatus = change.status !== undefined && change.status !== rental.status;
  return {
    ...rental,
    ...set,
    version: rental.version + 1,
    sinceMs: isNewStatus ? atMs : rental.sinceMs,
  };
}

function rentalOf(row: RentalRow): Rental {
  return {
    id: row.id,
    install: row.install,
    account: row.account,
    kind: row.kind as RentalKind,
    need: row.need,
    name: row.name,
    status: row.status as RentalStatus,
    reason: row.reason,
    sinceMs: row.since,
    version: row.version,
    attempt: row.attempt,
    launch: JSON.parse(row.launch) as Launch,
    terms: row.terms === null ? undefined : (JSON.parse(row.terms) as Terms),
    instanceId: row.instance_id ?? undefined,
    machineId: row.machine_id ?? undefined,
    hostId: row.host_id ?? undefined,
    reservationId: row.reservation_id ?? undefined,
    createdAtMs: row.created_at,
    bootingAtMs: row.booting_at ?? undefined,
    readyAtMs: row.ready_at ?? undefined,
    ranMs: row.ran_ms,
    runningSinceMs: row.running_since ?? undefined,
    prepaidUntilMs: row.prepaid_until,
    graceUntilMs: row.grace_until ?? undefined,
    destroyAfterMs: row.destroy_after ?? undefined,
    destroyAskedAtMs: row.destroy_asked_at ?? undefined,
    destroyAttempts: row.destroy_attempts,
    goneAtMs: row.gone_at ?? undefined,
    receipt: row.receipt === null ? undefined : (JSON.parse(row.receipt) as Receipt),
  };
}

function rowOf(rental: Rental): RentalRow {
  return {
    id: rental.id,
    install: rental.install,
    account: rental.account,
    kind: rental.kind,
    need: rental.need,
    name: rental.name,
    status: rental.status,
    reason: rental.reason,
    since: rental.sinceMs,
    version: rental.version,
    attempt: rental.attempt,
    launch: JSON.stringify({ ...rental.launch, env: withoutValues(rental.launch.env) }),
    terms: rental.terms ? JSON.stringify(rental.terms) : null,
    instance_id: rental.instanceId ?? null,
    machine_id: rental.machineId ?? null,
    host_id: rental.hostId ?? null,
    reservation_id: rental.reservationId ?? null,
    created_at: rental.createdAtMs,
    booting_at: rental.bootingAtMs ?? null,
    ready_at: rental.readyAtMs ?? null,
    ran_ms: Math.trunc(rental.ranMs),
    running_since: rental.runningSinceMs ?? null,
    prepaid_until: Math.trunc(rental.prepaidUntilMs),
    grace_until: rental.graceUntilMs ?? null,
    destroy_after: rental.destroyAfterMs ?? null,
    destroy_asked_at: rental.destroyAskedAtMs ?? null,
    destroy_attempts: rental.destroyAttempts,
    gone_at: rental.goneAtMs ?? null,
    receipt: rental.receipt ? JSON.stringify(rental.receipt) : null,
  };
}

/** Tokens are given to machines this way: the one create that needs them is sent by the process that has them. */
function withoutValues(env: Launch['env']): Launch['env'] {
  return Object.fromEntries(Object.keys(env).map((name) => [name, '']));
}

function attemptFrom(row: AttemptRow): Attempt {
  return {
    rentalId: row.rental_id,
    attempt: row.attempt,
    label: row.label,
    offerId: row.offer_id,
    machineId: row.machine_id,
    sentAtMs: row.sent_at ?? undefined,
    outcome: row.outcome ?? undefined,
    instanceId: row.instance_id ?? undefined,
  };
}
