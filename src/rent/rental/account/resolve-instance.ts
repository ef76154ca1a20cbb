// From what a person types to one instance or rental: its id, its name, or the beginning of either.
import type { Store } from '../../../base/store/index.ts';
import { OVER_STATUSES, type RentalStatus } from '../records/rental.ts';
import type { RentalTables } from '../records/tables.ts';
import { nameOf } from './label-name.ts';

export interface Target {
  readonly instanceId: number | undefined;
  readonly rentalId: string | undefined;
  readonly name: string;
  /** Over, or seen gone. */
  readonly isGone: boolean;
}

/** Nothing on the account has this id or name. */
export class NoSuchTargetError extends Error {
  override name = 'NoSuchTargetError';
}

/** Several begin like this. */
export class AmbiguousTargetError extends Error {
  override name = 'AmbiguousTargetError';
  /** As they can be typed. */
  readonly candidates: readonly string[];

  constructor(message: string, candidates: readonly string[]) {
    super(message);
    this.candidates = candidates;
  }
}

export interface ResolveOptions {
  readonly store: Pick<Store, 'db'>;
  readonly account: string;
  /** Default `live`; `any` finds what is gone where nothing live is meant. */
  readonly of?: 'live' | 'any';
}

const CANDIDATES_SHOWN = 8;

/**
 * Ids go before names, whole ones before beginnings, what is there before what is gone. Throws NoSuchTargetError and
 * AmbiguousTargetError.
 */
export async function resolveInstance(
  text: string,
  { store, account, of = 'live' }: ResolveOptions,
): Promise<Target> {
  const wanted = text.trim();
  const all = await readTargets(store, account);
  const groups = of === 'any' ? [all.filter(isLive), all.filter(isGone)] : [all.filter(isLive)];
  for (const targets of groups) {
    const found = pick(wanted, targets);
    if (found.length === 1 && found[0]) return found[0];
    if (found.length > 1) throw ambiguous(wanted, found);
  }
  throw notFound(wanted, all);
}

function isLive(target: Target): boolean {
  return !target.isGone;
}

function isGone(target: Target): boolean {
  return target.isGone;
}

function pick(wanted: string, targets: readonly Target[]): readonly Target[] {
  if (wanted === '') return [];
  const rules: ((target: Target) => boolean)[] = [
    ({ instanceId }) => String(instanceId) === wanted,
    ({ rentalId }) => rentalId === wanted,
    ({ name }) => name === wanted,
    (target) => idsOf(target).some((id) => id.startsWith(wanted)),
  ];
  for (const rule of rules) {
    const found = targets.filter(rule);
    if (found.length > 0) return found;
  }
  return [];
}

/** The word before the first underscore of an id says nothing: `01kc…` is enough of `rental_01kc…`. */
function idsOf({ instanceId, rentalId, name }: Target): readonly string[] {
  const ids = [name, rentalId ?? '', rentalId?.replace(/^rental_/, '') ?? ''];
  return [...ids, instanceId === undefined ? '' : String(instanceId)].filter((id) => id !== '');
}

function ambiguous(wanted: string, found: readonly Target[]): AmbiguousTargetError {
  const candidates = found.map(typed);
  return new AmbiguousTargetError(
    `"${wanted}" may be ${candidates.length} things: ${shown(candidates)}; type more of the one that is meant, or its id`,
    candidates,
  );
}

function notFound(wanted: string, all: readonly Target[]): NoSuchTargetError {
  if (pick(wanted, all.filter(isGone)).length > 0) {
    return new NoSuchTargetError(`"${wanted}" is gone; "vd why ${wanted}" tells what became of it`);
  }
  const live = all.filter(isLive).map(typed);
  const has = live.length === 0 ? 'the account has none' : `there are ${shown(live)}`;
  return new NoSuchTargetError(`No instance or rental is called "${wanted}"; ${has} ("vd ps" shows all)`);
}

function typed({ name, instanceId, rentalId }: Target): string {
  const id = String(instanceId ?? rentalId ?? '');
  return name === '' ? id : `${name} (${id})`;
}

function shown(candidates: readonly string[]): string {
  const rest = candidates.length - CANDIDATES_SHOWN;
  return `${candidates.slice(0, CANDIDATES_SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

async function readTargets(store: Pick<Store, 'db'>, account: string): Promise<readonly Target[]> {
  const tables = store.db.$extendTables<RentalTables>();
  const instances = await tables
    .selectFrom('account_instances')
    .select(['instance_id', 'label', 'gone_at'])
    .where('account', '=', account)
    .orderBy('instance_id')
    .execute();
  const rentals = await tables
    .selectFrom('rentals')
    .select(['id', 'name', 'instance_id', 'status'])
    .where('account', '=', account)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  const seen = new Map(instances.map((row) => [row.instance_id, row]));
  const ours = new Set(rentals.map((row) => row.instance_id));
  return [
    ...rentals.map((row) => {
      const listed = row.instance_id === null ? undefined : seen.get(row.instance_id);
      const isOver = OVER_STATUSES.includes(row.status as RentalStatus);
      return {
        instanceId: row.instance_id ?? undefined,
        rentalId: row.id,
        name: row.name,
        // A rental that is over while its instance is listed has come back.
        isGone: isOver && (listed === undefined || listed.gone_at !== null),
      };
    }),
    ...instances
      .filter((row) => !ours.has(row.instance_id))
      .map((row) => ({
        instanceId: row.instance_id,
        rentalId: undefined,
        name: nameOf(row.label),
        isGone: row.gone_at !== null,
      })),
  ];
}
