// What the first machine of a job is prepaid for: the terms that the controller will rent it by.
import type { LeaseTerms } from '../../rental/index.ts';
import { JOB_POLICY } from '../controller/context.ts';
import { leaseOf } from '../controller/rent-machine.ts';
import type { Job } from '../file/index.ts';

/** Of a job that has not begun; `nowMs` is when it would. */
export function firstLease(job: Job, nowMs: number): LeaseTerms {
  return leaseOf({ job, startedAtMs: undefined }, { nowMs, policy: JOB_POLICY });
}
