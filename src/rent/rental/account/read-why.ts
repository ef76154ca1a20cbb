// `vd why`: every decision about a rental or an instance, in order, with the figures that it was made by.
import type { Ledger } from '../../../base/ledger/index.ts';
import { formatIso } from '../../../base/std/index.ts';
import type { Store, StoredEvent } from '../../../base/store/index.ts';
import type { AuditEntry } from '../../../net/vast/index.ts';
import { createRentalRecords } from '../records/rental-records.ts';
import { reservationKey } from '../renting/renter.ts';
import { resolveInstance, type Target } from './resolve-instance.ts';
import { wordsOf } from './why-words.ts';

export interface WhyOptions {
  readonly store: Store;
  readonly account: string;
  /** Id or name, or their beginning; a label of ours stands for its attempt's rental. */
  readonly id: string;
  /** Default: what the ledger reserved, denied and settled for it is not told. */
  readonly ledger?: Pick<Ledger, 'findReservation'>;
  /** The service's own log, for what others did. */
  readonly auditLog?: readonly AuditEntry[];
}

export interface WhyEntry {
  readonly atMs: number;
  readonly about: 'rental' | 'instance' | 'ledger' | 'account';
  readonly status: string;
  /** Without a full stop. */
  readonly sentence: string;
  readonly details: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Why {
  readonly target: Target;
  /** In the order in which it happened. */
  readonly entries: readonly WhyEntry[];
}

const ABOUT: readonly string[] = ['rental', 'instance', 'ledger'] satisfies readonly WhyEntry['about'][];
/** More events of one thing are not told one by one. */
const MOST_EVENTS = 2_000;

/** Throws NoSuchTargetError and AmbiguousTargetError. */
export async function readWhy(options: WhyOptions): Promise<Why> {
  const { store, account, id, auditLog = [] } = options;
  const records = createRentalRecords(store);
  const attempt = id.startsWith('vd1.') ? await records.attemptOf(id.split(' ')[0] ?? id) : undefined;
  const target = await resolveInstance(attempt?.rentalId ?? id, { store, account, of: 'any' });
  const attempts = target.rentalId === undefined ? [] : await records.attempts(target.rentalId);
  const instanceIds = new Set(
    [target.instanceId, ...attempts.map((each) => each.instanceId)].filter((each) => each !== undefined),
  );
  const ledgerIds = await ledgerIdsOf(options, target.rentalId, attempts.length);
  const events = await eventsOf(store, [
    ...(target.rentalId === undefined ? [] : [{ noun: 'rental', ids: [target.rentalId] }]),
    { noun: 'instance', ids: [...instanceIds].map(String) },
    { noun: 'ledger', ids: ledgerIds },
  ]);
  const acts = auditLog.filter((entry) => concerns(entry, instanceIds)).map(actOf);
  // Both are in order already; of one moment, our own words come first.
  const entries = [...events.map(entryOf), ...acts].sort((a, b) => a.atMs - b.atMs);
  return { target, entries };
}

/** Reservations by their ids, and the keys under which denials are told: also of the attempt that never began. */
async function ledgerIdsOf(
  { ledger }: WhyOptions,
  rentalId: string | undefined,
  attempts: number,
): Promise<readonly string[]> {
  if (!ledger || rentalId === undefined) return [];
  const keys = Array.from({ length: attempts + 1 }, (_, index) => reservationKey(rentalId, index + 1));
  const found = await Promise.all(keys.map((key) => ledger.findReservation(key)));
  return [...keys, ...found.flatMap((state) => state?.reservation.id ?? [])];
}

async function eventsOf(
  store: Store,
  wanted: readonly { readonly noun: string; readonly ids: readonly string[] }[],
): Promise<readonly StoredEvent[]> {
  const asked = wanted.filter(({ ids }) => ids.length > 0);
  if (asked.length === 0) return [];
  const rows = await store.db
    .selectFrom('events')
    .selectAll()
    .where((eb) => eb.or(asked.map(({ noun, ids }) => eb('noun', '=', noun).and('id', 'in', ids))))
    .orderBy('seq')
    .limit(MOST_EVENTS)
    .execute();
  return rows.map((row) => ({ ...row, data: JSON.parse(row.data) as StoredEvent['data'] }));
}

function entryOf(event: StoredEvent): WhyEntry {
  const about = (ABOUT.includes(event.noun) ? event.noun : 'account') as WhyEntry['about'];
  return { atMs: event.at, about, status: event.status, data: event.data, ...wordsOf(event) };
}

function concerns({ route, args }: AuditEntry, instanceIds: ReadonlySet<number>): boolean {
  const text = `${route ?? ''} ${JSON.stringify(args)}`;
  return [...instanceIds].some((id) => new RegExp(`(?<!\\d)${id}(?!\\d)`).test(text));
}

function actOf(entry: AuditEntry): WhyEntry {
  const { atMs, route, ipAddress, apiKeyId, args } = entry;
  const when = atMs === null ? ' at an unknown time' : '';
  const key = apiKeyId === null ? 'somebody logged in' : `key ${apiKeyId}`;
  const details = args === null ? [] : [`With ${JSON.stringify(args)}`];
  return {
    atMs: atMs ?? 0,
    about: 'account',
    status: 'called',
    sentence: `Vast.ai's log${when}: ${key} from ${ipAddress ?? 'an unknown address'} called ${route ?? 'something'}`,
    details,
    data: { ...entry, ...(atMs !== null && { at: formatIso(atMs) }) },
  };
}
