// Somebody cancels a job while a step of it is made that takes long: the step is told.
import type { Timer } from '../../../base/std/index.ts';
import { JobChangedError, type JobRecord } from '../records/index.ts';
import type { JobContext, LedJob } from './context.ts';

export interface CancelNotice extends Disposable {
  readonly signal: AbortSignal;
}

/** Looks at the record now and then, until disposed. Of a job whose end was asked for before there is nothing to be told. */
export function noticeCancel(
  { clock, records, policy, log }: Pick<JobContext, 'clock' | 'records' | 'policy' | 'log'>,
  { id, version, cancelAskedAtMs }: JobRecord,
): CancelNotice {
  const noticed = new AbortController();
  let timer: Timer | undefined;
  let isOver = cancelAskedAtMs !== undefined;
  const look = async (): Promise<void> => {
    const present = await records.get(id).catch((error: unknown) => {
      log.debug('a job could not be looked at', { job: id, error });
      return undefined;
    });
    if (isOver) return;
    if (present?.cancelAskedAtMs === undefined) arm();
    else noticed.abort(new JobChangedError(id, version));
  };
  const arm = () => {
    if (!isOver) timer = clock.setTimer(policy.noticeMs, () => void look());
  };
  arm();
  return {
    signal: noticed.signal,
    [Symbol.dispose]: () => {
      isOver = true;
      timer?.cancel();
    },
  };
}

/** Of a step that was ended from outside nothing is judged by how it failed: throws why it was ended. */
export function throwIfEnded({ signal, cancelNotice }: Pick<LedJob, 'cancelNotice' | 'signal'>): void {
  signal.throwIfAborted();
  cancelNotice.throwIfAborted();
}
