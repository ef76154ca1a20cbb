// A machine that a host account runs, with what the market itself does not know of it.
import type { Planned } from '../agenda.ts';
import type { Machine } from '../market/world.ts';
import type { DefaultJob } from './default-job.ts';
import type { ListingTerm } from './listing-term.ts';

export const MAINTENANCE_CATEGORIES = ['power', 'internet', 'disk', 'gpu', 'software', 'other'] as const;

export interface Maintenance {
  readonly id: number;
  readonly startMs: number;
  readonly hours: number;
  readonly category: (typeof MAINTENANCE_CATEGORIES)[number];
  readonly reason: string | null;
  /** Its beginning and its end. */
  readonly planned: readonly Planned[];
  isUnderWay: boolean;
}

export interface HostedMachine {
  readonly machine: Machine;
  term: ListingTerm;
  /** The end of the listing, or its next move. */
  planned: Planned | undefined;
  maintenances: readonly Maintenance[];
  defaultJob: DefaultJob | undefined;
  isDeleted: boolean;
}

export interface Report {
  /** From 1 over all machines. */
  readonly id: number;
  readonly problem: string;
  readonly message: string;
  readonly atMs: number;
  isAcknowledged: boolean;
}
