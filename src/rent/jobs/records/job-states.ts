// Where a job can be, and what may come next. Pure: the one table that says so.

/**
 * `queued`: waits for a machine, a cheap hour or its turn. `provisioning`: a machine is being rented. `booting`: there
 * is one, not entered yet. `setting-up`: files are sent, setup runs. `running`: run runs. `fetching`: it has ended, and
 * its results are brought here. `interrupted`: the machine was taken away or lost; what was on it may be too.
 * `unknown`: what happens on the machine cannot be seen at the moment; it may be running.
 */
export const JOB_STATUSES = [
  'queued',
  'provisioning',
  'booting',
  'setting-up',
  'running',
  'fetching',
  'succeeded',
  'failed',
  'cancelled',
  'interrupted',
  'unknown',
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** Over: nothing follows, and no machine is held. */
export const OVER_JOB_STATUSES: readonly JobStatus[] = ['succeeded', 'failed', 'cancelled'];

/**
 * Only what was fetched can have succeeded. What held a machine that could be entered is fetched before it is given
 * up, so `running` and `setting-up` fail or are cancelled directly only when there was nothing to fetch, or no way.
 */
const NEXT: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  queued: ['provisioning', 'failed', 'cancelled'],
  // The answer to a create may be lost: then it is not known whether there is a machine.
  provisioning: ['booting', 'queued', 'failed', 'cancelled', 'unknown'],
  booting: ['setting-up', 'queued', 'interrupted', 'failed', 'cancelled', 'unknown'],
  'setting-up': ['running', 'fetching', 'interrupted', 'failed', 'cancelled', 'unknown'],
  running: ['fetching', 'interrupted', 'failed', 'cancelled', 'unknown'],
  // An error that may be tried again goes back to the queue once its log and checkpoints are here.
  fetching: ['succeeded', 'queued', 'interrupted', 'failed', 'cancelled', 'unknown'],
  // A machine that was outbid may come back by itself, with all that is on it.
  interrupted: ['queued', 'booting', 'failed', 'cancelled', 'unknown'],
  unknown: [
    'queued',
    'provisioning',
    'booting',
    'setting-up',
    'running',
    'fetching',
    'interrupted',
    'failed',
    'cancelled',
  ],
  succeeded: [],
  failed: [],
  cancelled: [],
};

/** A job that goes on being where it is, with another reason, is always allowed while it is not over. */
export function canFollow(from: JobStatus, to: JobStatus): boolean {
  return NEXT[from].includes(to) || (from === to && !isOver(from));
}

export function isOver(status: JobStatus): boolean {
  return OVER_JOB_STATUSES.includes(status);
}
