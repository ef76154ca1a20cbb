// Which instances of the account are ours and nobody's: the label proves the first, the records the second. Pure.
import type { Instance } from '../../../net/vast/index.ts';
import { type Attempt, type Install, OVER_STATUSES, type Rental, readLabel } from '../records/index.ts';

/**
 * `unknown-rental`: no rental of this name is known, as after lost state. `resurrected`: the rental's own instance,
 * which was seen gone. `over`: another of a rental that is over. `old-attempt`: of a try that was given up.
 * `double`: carries the label of the rental's instance, and is another.
 */
export const ORPHAN_KINDS = ['unknown-rental', 'resurrected', 'over', 'old-attempt', 'double'] as const;
export type OrphanKind = (typeof ORPHAN_KINDS)[number];

export interface Orphan {
  readonly instance: Instance;
  readonly kind: OrphanKind;
  readonly rentalId: string;
}

export interface OrphanFacts {
  readonly install: Install;
  /** Undefined for one that is not known. */
  readonly rentalOf: (rentalId: string) => Rental | undefined;
  readonly attemptOf: (label: string) => Attempt | undefined;
}

/** Instances whose labels are foreign, forged or of another install are never in it. */
export function findOrphans(instances: readonly Instance[], facts: OrphanFacts): readonly Orphan[] {
  return instances.flatMap((instance) => {
    const ownership = readLabel(facts.install, instance.label);
    if (ownership.kind !== 'ours') return [];
    const { rentalId } = ownership.facts;
    const kind = orphanKind(instance, facts.rentalOf(rentalId), facts.attemptOf(labelCore(instance.label)));
    return kind ? [{ instance, kind, rentalId }] : [];
  });
}

/** Undefined for one that its rental stands for, or may yet. */
export function orphanKind(
  instance: Pick<Instance, 'id'>,
  rental: Rental | undefined,
  attempt: Attempt | undefined,
): OrphanKind | undefined {
  if (!rental) return 'unknown-rental';
  if (OVER_STATUSES.includes(rental.status)) {
    return rental.status === 'gone' && rental.instanceId === instance.id ? 'resurrected' : 'over';
  }
  if (rental.instanceId === instance.id) return undefined;
  if (attempt && attempt.attempt !== rental.attempt) return 'old-attempt';
  // While the rental knows no instance yet, this is the one that its create is in doubt about.
  return rental.instanceId === undefined ? undefined : 'double';
}

/** The label without the name behind it. */
export function labelCore(label: string | null): string {
  return (label ?? '').split(' ', 1)[0] ?? '';
}
