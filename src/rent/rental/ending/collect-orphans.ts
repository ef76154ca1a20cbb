// Two passes and a last look before an orphan is destroyed: in two complete listings, at least a minute apart, and then
// once more by its id and in the records.
import { microUsd } from '../../../base/std/index.ts';
import { appendEvents } from '../../../base/store/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import type { AccountView } from '../account-view.ts';
import { type Attempt, type Rental, readLabel } from '../records/index.ts';
import type { EndingContext } from './context.ts';
import { destroyOnce } from './destroy-once.ts';
import { type SaveEnd, stepEnd } from './end-instance.ts';
import { openEnd, openEnds, writeEnd } from './instance-ends.ts';
import { findOrphans, labelCore, ORPHAN_KINDS, type Orphan, type OrphanKind, orphanKind } from './orphans.ts';
import type { EndingTables, InstanceEndRow, OrphanMarkRow } from './tables.ts';

/**
 * `first-pass`: seen once, or not long enough ago. `confirmed`: seen twice; it would be destroyed. `destroying`: it is
 * being destroyed. `spared`: the last look showed that it is none.
 */
export const ORPHAN_STATES = ['first-pass', 'confirmed', 'destroying', 'spared'] as const;
export type OrphanState = (typeof ORPHAN_STATES)[number];

export interface OrphanRow {
  readonly instanceId: number;
  readonly rentalId: string;
  readonly kind: OrphanKind;
  readonly state: OrphanState;
  /** Dollars an hour that it costs while it runs; null where the service does not say. */
  readonly usdPerHour: number | null;
  readonly firstSeenAtMs: number;
  /** When it may be destroyed at the earliest. */
  readonly confirmedAfterMs: number;
  readonly reason: string;
}

export interface OrphanReport {
  /** False when the listing cannot be believed: then nothing was looked at and nothing done. */
  readonly isKnown: boolean;
  readonly reason: string;
  readonly rows: readonly OrphanRow[];
}

export interface CollectOptions {
  /** Default false: only told. */
  readonly apply?: boolean;
  /** Default: the newest listing, or a new one when it is older than a minute. */
  readonly view?: AccountView<Instance>;
  /** Which are destroyed; default all. */
  readonly kinds?: readonly OrphanKind[];
}

const VIEW_FRESH_MS = 60_000;

export async function collectOrphans(
  context: EndingContext,
  { apply = false, view: given, kinds = ORPHAN_KINDS }: CollectOptions = {},
): Promise<OrphanReport> {
  const { watcher, clock, policy } = context;
  const view = given ?? (await watcher.refresh({ startedAfterMs: clock.now() - VIEW_FRESH_MS }));
  if (!view.complete) {
    const reason = `what the account has is unknown (${view.reason}): nothing is collected`;
    return { isKnown: false, reason, rows: [] };
  }
  const orphans = await orphansIn(context, view.instances);
  const marks = await mark(context, view, orphans);
  const open = new Set((await openEnds(context)).map((row) => row.instance_id));
  const rows: OrphanRow[] = [];
  for (const orphan of orphans) {
    const { instance, kind, rentalId } = orphan;
    const first = marks.get(instance.id);
    if (!first) continue;
    const confirmedAfterMs = first.started_at + policy.orphanPassGapMs;
    const isConfirmed = view.startedAtMs >= confirmedAfterMs;
    const base = {
      instanceId: instance.id,
      rentalId,
      kind,
      usdPerHour: instance.pricePerHour,
      firstSeenAtMs: first.started_at,
      confirmedAfterMs,
    };
    if (open.has(instance.id)) {
      rows.push({ ...base, state: 'destroying', reason: 'its destroy is under way' });
    } else if (!isConfirmed) {
      rows.push({ ...base, state: 'first-pass', reason: 'seen once; a second listing has to show it' });
    } else if (!apply || !kinds.includes(kind)) {
      rows.push({ ...base, state: 'confirmed', reason: 'seen twice; it would be destroyed' });
    } else {
      rows.push({ ...base, ...(await destroyOrphan(context, orphan, first)) });
    }
  }
  return { isKnown: true, reason: '', rows };
}

/** Orphans and resurrected ones whose destroy is under way: those that no rental in `ending` steps by itself. */
export async function stepOrphans(
  context: EndingContext,
  view: AccountView<Instance> | undefined,
): Promise<number | undefined> {
  let nextAtMs: number | undefined;
  for (const row of await openEnds(context)) {
    const rental = row.rental_id === null ? undefined : await context.records.get(row.rental_id);
    if (rental?.status === 'ending' && rental.instanceId === row.instance_id) continue;
    const step = await stepEnd(context, row, { view, save: saveOrphan(context) });
    if (step.nextAtMs !== undefined) nextAtMs = Math.min(nextAtMs ?? Number.POSITIVE_INFINITY, step.nextAtMs);
  }
  return nextAtMs;
}

async function orphansIn(context: EndingContext, instances: readonly Instance[]): Promise<readonly Orphan[]> {
  const { install, records } = context;
  const rentals = new Map<string, Rental>();
  const attempts = new Map<string, Attempt>();
  for (const { label } of instances) {
    const ownership = readLabel(install, label);
    if (ownership.kind !== 'ours') continue;
    const rental = await records.get(ownership.facts.rentalId);
    if (rental) rentals.set(rental.id, rental);
    const attempt = await records.attemptOf(labelCore(label));
    if (attempt) attempts.set(attempt.label, attempt);
  }
  return findOrphans(instances, {
    install,
    rentalOf: (id) => rentals.get(id),
    attemptOf: (label) => attempts.get(label),
  });
}

/** First sights are noted; what is an orphan no longer is forgotten. */
function mark(
  { store, account }: EndingContext,
  view: AccountView<Instance>,
  orphans: readonly Orphan[],
): Promise<ReadonlyMap<number, OrphanMarkRow>> {
  return store.transaction(async (trx) => {
    const tables = trx.$extendTables<EndingTables>();
    const known = await tables
      .selectFrom('orphan_marks')
      .selectAll()
      .where('account', '=', account)
      .execute();
    const marks = new Map(known.map((row) => [row.instance_id, row]));
    const present = new Map(orphans.map((orphan) => [Number(orphan.instance.id), orphan]));
    for (const { instance_id } of known) {
      if (present.has(instance_id)) continue;
      marks.delete(instance_id);
      await tables
        .deleteFrom('orphan_marks')
        .where('account', '=', account)
        .where('instance_id', '=', instance_id)
        .execute();
    }
    const fresh = orphans.filter(({ instance }) => !marks.has(instance.id));
    for (const { instance, kind } of fresh) {
      const row: OrphanMarkRow = {
        account,
        instance_id: instance.id,
        why: kind,
        generation: view.generation,
        started_at: Math.trunc(view.startedAtMs),
      };
      await tables.insertInto('orphan_marks').values(row).execute();
      marks.set(instance.id, row);
    }
    const events = fresh.map(({ instance, kind, rentalId }) => ({
      noun: 'rental',
      id: rentalId,
      status: kind === 'resurrected' ? 'resurrected' : 'orphan',
      reason:
        kind === 'resurrected'
          ? `instance ${instance.id} is back, though it was seen gone`
          : `instance ${instance.id} carries our label and no rental stands for it (${kind})`,
      data: { instanceId: instance.id, kind, generation: view.generation },
    }));
    if (events.length > 0) await appendEvents(trx, { events, clock: store.clock });
    return marks;
  });
}

type Outcome = Pick<OrphanRow, 'state' | 'reason'>;

async function destroyOrphan(context: EndingContext, orphan: Orphan, first: OrphanMarkRow): Promise<Outcome> {
  const { account, client, watcher, clock, effect } = context;
  const { kind, rentalId } = orphan;
  const { id } = orphan.instance;
  const spared = await lastChance(context, orphan);
  if (spared !== undefined) return { state: 'spared', reason: spared };
  const row = await openEnd(context, {
    instanceId: id,
    rentalId: kind === 'resurrected' ? rentalId : undefined,
    why: `orphan: ${kind}`,
    ratePerHour: microUsd(orphan.instance.pricePerHour ?? 0),
  });
  // Nothing is set aside for it: it ends spending. The journal says who did it, and why, whatever comes after.
  const outcome = await effect(
    `destroy-orphan ${account} ${id} ${first.generation}`,
    () => destroyOnce(client, id),
    async () =>
      (await watcher.lookup(id))
        ? { kind: 'did-not-happen' }
        : { kind: 'happened', result: { kind: 'accepted' as const } },
  );
  const nowMs = Math.trunc(clock.now());
  const isAccepted = outcome.kind === 'accepted';
  const next: InstanceEndRow = {
    ...row,
    attempts: row.attempts + 1,
    accepted_at: isAccepted ? nowMs : null,
    next_at: nowMs + context.policy.destroyRetryMs,
    last_error: isAccepted ? '' : outcome.reason,
    refusal: isAccepted ? '' : outcome.refusal,
  };
  const reason = isAccepted ? 'its destroy was accepted' : `its destroy failed: ${outcome.reason}`;
  await saveOrphan(context)(next, { status: 'ending', reason }, (trx) => writeEnd(trx, next));
  return { state: 'destroying', reason };
}

/** Why it is none after all; undefined when it is. */
async function lastChance(
  { watcher, records, install }: EndingContext,
  { instance, rentalId }: Orphan,
): Promise<string | undefined> {
  let found: Instance | undefined;
  try {
    found = await watcher.lookup(instance.id);
  } catch (error) {
    return `it could not be looked at again: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (!found) return 'nothing answers to its id any more';
  const ownership = readLabel(install, found.label);
  if (ownership.kind !== 'ours' || ownership.facts.rentalId !== rentalId) {
    return `its label has changed to "${found.label ?? ''}"`;
  }
  const rental = await records.get(rentalId);
  const attempt = await records.attemptOf(labelCore(found.label));
  return orphanKind(found, rental, attempt) ? undefined : `${rentalId} stands for it by now`;
}

function saveOrphan({ store }: EndingContext): SaveEnd {
  return async (row, { status, reason }, write) => {
    await store.transaction(async (trx) => {
      await write(trx);
      const event = {
        noun: 'instance',
        id: String(row.instance_id),
        status,
        reason: `${row.why}: ${reason}`,
        data: { rentalId: row.rental_id, attempts: row.attempts },
      };
      await appendEvents(trx, { events: [event], clock: store.clock });
    });
  };
}
