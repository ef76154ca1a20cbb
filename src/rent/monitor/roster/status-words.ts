// What a run's status column says, from the words of instances, rentals and jobs.
import { assertNever } from '../../../base/std/index.ts';
import type { JobRecord } from '../../jobs/index.ts';
import type { InstanceStatus, RentalStatus } from '../../rental/index.ts';
import type { HealthQuestion } from '../../training/index.ts';
import type { RunStatus } from '../run-view.ts';

export function runStatusOf(status: InstanceStatus): { readonly status: RunStatus; readonly reason: string } {
  switch (status) {
    case 'creating':
      return { status: 'created', reason: 'The instance is being made' };
    case 'loading':
      return { status: 'loading', reason: 'Its image is being loaded' };
    case 'rebooting':
      return { status: 'loading', reason: 'It starts again' };
    case 'running':
      return { status: 'running', reason: 'It runs' };
    case 'stopped':
      return { status: 'stopped', reason: 'It was stopped; its disk is kept and paid for' };
    case 'scheduling':
      return { status: 'stopped', reason: 'It is meant to run and waits for its GPUs' };
    case 'outbid':
      return { status: 'outbid', reason: 'Others pay more for its GPUs; its disk is kept and paid for' };
    case 'exited':
      return { status: 'exited', reason: 'Its container has ended by itself' };
    case 'failed':
      return { status: 'exited', reason: 'Its start failed' };
    case 'lost':
      return { status: 'lost', reason: 'Its host does not answer' };
    case 'unknown':
      return { status: 'unknown', reason: 'The service does not say what it does' };
    default:
      return assertNever(status, 'status');
  }
}

/** Of a machine that the newest listing has not got, by its rental; undefined where there is none. */
export function unlistedStatus(rental: RentalStatus | undefined): {
  readonly status: RunStatus;
  readonly reason: string;
} {
  switch (rental) {
    case undefined:
    case 'intended':
    case 'creating':
    case 'booting':
      return { status: 'created', reason: 'There is no instance yet' };
    case 'ending':
    case 'gone':
    case 'void':
      return { status: 'exited', reason: 'Its machine is destroyed' };
    case 'ready':
    case 'stopped':
      return { status: 'unknown', reason: 'The newest listing of the account has not got it' };
    default:
      return assertNever(rental, 'status');
  }
}

/** Of a job whose machine is not listed, or that is over. */
export function jobRunStatus({ status }: Pick<JobRecord, 'status'>): RunStatus {
  switch (status) {
    case 'queued':
    case 'provisioning':
      return 'created';
    case 'booting':
      return 'loading';
    case 'setting-up':
    case 'running':
    case 'fetching':
      return 'running';
    case 'interrupted':
      return 'lost';
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return 'exited';
    case 'unknown':
      return 'unknown';
    default:
      return assertNever(status, 'status');
  }
}

export function machineStatusOf(status: RunStatus): HealthQuestion['machine']['status'] {
  switch (status) {
    case 'created':
    case 'loading':
      return 'loading';
    case 'running':
      return 'running';
    case 'exited':
    case 'stopped':
    case 'outbid':
      return 'exited';
    case 'lost':
      return 'offline';
    case 'unknown':
      return 'unknown';
    default:
      return assertNever(status, 'status');
  }
}
