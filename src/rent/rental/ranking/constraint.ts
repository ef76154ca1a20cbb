// The rows of the table of constraints: each names a condition, judges, says in words what fails, and how to ask for
// less. What the service did not say counts as failed, except where a row says otherwise.
import type { Offer } from '../../../net/vast/index.ts';
import type { Candidate, Quote } from './candidate.ts';

export const CONSTRAINT_NAMES = [
  'rentable',
  'machine',
  'gpu',
  'gpu-count',
  'vram',
  'cuda',
  'compute-capability',
  'image-cuda',
  'region',
  'reliability',
  'verification',
  'datacenter',
  'image-size',
  'disk',
  'price-known',
  'price',
  'gpu-price',
  'speed-known',
  'finishes',
  'contract-end',
  'deadline',
] as const;
export type ConstraintName = (typeof CONSTRAINT_NAMES)[number];

/** One condition on a `Subject`: a machine is judged once, however it may be rented. */
interface Constraint<Subject> {
  readonly name: ConstraintName;
  readonly accepts: (subject: Subject) => boolean;
  /** Of the offers that fail, for example `have less than 24 GB a GPU`. */
  readonly sentence: string;
  /** What to ask instead, given the offers that only this keeps out, at least one. */
  readonly relax: (opened: readonly Candidate[]) => string;
}

export type MachineConstraint = Constraint<Offer>;
export type PriceConstraint = Constraint<Quote>;
export type TimeConstraint = Constraint<Candidate>;
