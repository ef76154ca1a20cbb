// What really happened, seen from outside: every request that was sent and the ground truth. The invariants are asked
// of it, never of our own records alone.
import { createLedger } from '../../../src/base/ledger/index.ts';
import { createRandom, type SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import type { Store } from '../../../src/base/store/index.ts';
import { readLabel } from '../../../src/rent/rental/index.ts';
import type { RentalTables } from '../../../src/rent/rental/records/index.ts';
import type { Sim } from '../../../src/sim/index.ts';
import { INSTALL } from '../../rent/a-rent-world.ts';

export interface Broken {
  readonly invariant: string;
  readonly what: string;
  readonly atMs: number;
}

export const INVARIANTS = [
  'no instance of ours unknown to the store',
  'one rental for one need',
  'spent within the cap',
  'halt means no create',
  'destroyed means gone',
  'no act on an unknown view',
  'a foreign instance is never touched',
] as const;
export type Invariant = (typeof INVARIANTS)[number];

export interface Witness {
  readonly broken: readonly Broken[];
  /** How often each invariant was looked at. */
  readonly looked: Readonly<Record<Invariant, number>>;
  /** Creates that were sent. */
  readonly creates: number;
  watch(send: typeof globalThis.fetch): typeof globalThis.fetch;
  /** Instances that are others', by id. */
  readonly foreign: Set<number>;
  /** Asks all invariants of the present moment. */
  look(options: { readonly capUsd: number }): Promise<void>;
}

/** Two passes of the watcher and the time to act on them; an instance that nobody knows for longer is an orphan. */
const UNKNOWN_AT_MOST_MS = 10 * 60_000;
/** Two instances of one need may stand side by side while the one of the two is being destroyed. */
const DOUBLE_AT_MOST_MS = 20 * 60_000;

export function createWitness({
  sim,
  clock,
  store,
}: {
  readonly sim: Sim;
  readonly clock: SteppedClock;
  readonly store: Store;
}): Witness {
  const db = store.db.$extendTables<RentalTables>();
  const broken: Broken[] = [];
  const looked = Object.fromEntries(INVARIANTS.map((name) => [name, 0])) as Record<Invariant, number>;
  const foreign = new Set<number>();
  /** By instance: the label with which it was made, as the service read it. */
  const labels = new Map<number, string>();
  const firstUnknownMs = new Map<number, number>();
  const firstDoubleMs = new Map<string, number>();
  const goneSeen = new Set<string>();
  let creates = 0;
  /** When each instance was first destroyed. */
  const destroyed = new Map<number, number>();
  sim.truth.follow(({ noun, id, what, atMs, data }) => {
    if (noun !== 'instance') return;
    if (what === 'destroyed' && !destroyed.has(id)) destroyed.set(id, atMs);
    // Of two creates that are under way at once only the truth knows which made what.
    const { label } = data as { readonly label?: string | null };
    if (what === 'created' && label && readLabel(INSTALL, label).kind === 'ours') labels.set(id, label);
  });

  const claim = (invariant: Invariant, holds: boolean, what: () => string) => {
    looked[invariant] += 1;
    if (!holds) broken.push({ invariant, what: what(), atMs: clock.now() });
  };

  const ledger = createLedger({ store, random: createRandom('witness'), log: silentLog });

  /** Whoever asks for another must know that there is none of this need: what was seen gone does not count. */
  const alone = async (label: string) => {
    const ownership = readLabel(INSTALL, label);
    if (ownership.kind !== 'ours') return;
    const rentals = await db.selectFrom('rentals').select(['id', 'need', 'status']).execute();
    const need = rentals.find(({ id }) => id === ownership.facts.rentalId)?.need;
    const others = sim.truth.instances().filter(({ instanceId, destroyedMs }) => {
      const theirs = readLabel(INSTALL, labels.get(instanceId) ?? null);
      if (destroyedMs !== undefined || theirs.kind !== 'ours') return false;
      const rental = rentals.find(({ id }) => id === theirs.facts.rentalId);
      return rental?.need === need && rental?.status !== 'gone';
    });
    claim(
      'one rental for one need',
      others.length === 0,
      () => `a create for ${need} was sent while instance ${others[0]?.instanceId} is there for it`,
    );
  };

  const beforeCreate = async () => {
    creates += 1;
    claim(
      'halt means no create',
      (await ledger.haltState()).kind === 'running',
      () => 'a create was sent while everything was halted',
    );
    const last = await db
      .selectFrom('account_generations')
      .select(['generation', 'complete', 'reason'])
      .where('ended_at', '>', 0)
      .orderBy('generation', 'desc')
      .limit(1)
      .executeTakeFirst();
    claim(
      'no act on an unknown view',
      last?.complete === 1,
      () =>
        `a create was sent on listing ${last?.generation ?? 'none'}: ${last?.reason ?? 'nobody has listed'}`,
    );
  };

  return {
    broken,
    looked,
    foreign,
    get creates() {
      return creates;
    },
    watch: (send) => async (input, init) => {
      const request = new Request(input, init);
      const path = new URL(request.url).pathname;
      const isCreate = request.method === 'PUT' && /\/asks\/\d+\/$/.test(path);
      const touched = /\/instances\/(?:\w+\/)?(\d+)\//.exec(path)?.[1];
      if (touched !== undefined && request.method !== 'GET') {
        claim(
          'a foreign instance is never touched',
          !foreign.has(Number(touched)),
          () => `${request.method} ${path}`,
        );
      }
      if (!isCreate) return await send(request);
      const body = (await request.clone().json()) as { label?: string };
      await beforeCreate();
      await alone(body.label ?? '');
      return await send(request);
    },
    async look({ capUsd }) {
      const nowMs = clock.now();
      const present = sim.truth.instances().filter((one) => one.destroyedMs === undefined);
      const rentals = await db.selectFrom('rentals').selectAll().execute();
      const attempts = await db.selectFrom('rental_attempts').selectAll().execute();
      const needs = new Map<string, number[]>();
      for (const { instanceId } of present) {
        const label = labels.get(instanceId);
        if (label === undefined) continue;
        const ownership = readLabel(INSTALL, label);
        if (ownership.kind !== 'ours') continue;
        const known =
          rentals.some((rental) => rental.instance_id === instanceId) ||
          attempts.some((attempt) => attempt.label === label);
        if (known) firstUnknownMs.delete(instanceId);
        else if (!firstUnknownMs.has(instanceId)) firstUnknownMs.set(instanceId, nowMs);
        claim(
          'no instance of ours unknown to the store',
          nowMs - (firstUnknownMs.get(instanceId) ?? nowMs) <= UNKNOWN_AT_MOST_MS,
          () => `instance ${instanceId} (${label}) is in no record`,
        );
        const rental = rentals.find((one) => one.id === ownership.facts.rentalId);
        if (rental) needs.set(rental.need, [...(needs.get(rental.need) ?? []), instanceId]);
      }
      for (const need of firstDoubleMs.keys()) {
        if ((needs.get(need)?.length ?? 0) < 2) firstDoubleMs.delete(need);
      }
      for (const [need, ids] of needs) {
        if (ids.length > 1 && !firstDoubleMs.has(need)) firstDoubleMs.set(need, nowMs);
        claim(
          'one rental for one need',
          nowMs - (firstDoubleMs.get(need) ?? nowMs) <= DOUBLE_AT_MOST_MS,
          () => `${need} has instances ${ids.join(' and ')}`,
        );
      }
      const ours = new Set(labels.keys());
      const spentUsd = sim.truth
        .charges()
        .filter((charge) => ours.has(charge.instanceId))
        .reduce((sum, charge) => sum + charge.amountUsd, 0);
      claim('spent within the cap', spentUsd <= capUsd + 1e-6, () => `$${spentUsd} of $${capUsd}`);
      for (const rental of rentals) {
        if (rental.status !== 'gone' || goneSeen.has(rental.id)) continue;
        goneSeen.add(rental.id);
        const { instance_id: id, gone_at: goneMs } = rental;
        // One that came back from the dead afterwards was gone when it was said to be.
        const destroyedMs = id === null ? 0 : destroyed.get(id);
        claim(
          'destroyed means gone',
          destroyedMs !== undefined && destroyedMs <= (goneMs ?? 0),
          () => `${rental.id} is gone, and instance ${id} was never destroyed before`,
        );
      }
    },
  };
}
