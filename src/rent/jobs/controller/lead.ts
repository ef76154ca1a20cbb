// One job led by this process: its term held, its record stepped, and what goes on beside a run begun and ended with it.
import { createId } from '../../../base/std/index.ts';
import { assertTerm, createTerms, type Term, TermLostError } from '../../../base/store/index.ts';
import { isOver, JobChangedError, type JobRecord } from '../records/index.ts';
import { createBell, waitFor } from './bell.ts';
import type { JobContext, LedJob } from './context.ts';
import type { DriveOptions, JobObserver } from './jobs-api.ts';
import { keepTerm } from './keep-term.ts';
import { createBlindness, createInterval, createTrafficLook } from './looks.ts';
import { noticeCancel } from './notice-cancel.ts';
import { createSessionHolder } from './session-holder.ts';
import { stepJob } from './step-job.ts';
import type { StepWatch } from './step-watch.ts';

const AFTER_FAILURE_MS = 15_000;

/** Whoever holds it drives the job. */
export function jobTermName(jobId: string): string {
  return `job ${jobId}`;
}

export type Acquired =
  | { readonly kind: 'leading'; readonly term: Term }
  /** By another process, until then if it says nothing more. */
  | { readonly kind: 'held'; readonly untilMs: number };

export interface Leadership {
  acquire(jobId: string): Promise<Acquired>;
  /** Until the job is over, the term is lost (undefined) or the signal ends (rejects with its reason). */
  lead(jobId: string, term: Term, options: DriveOptions): Promise<JobRecord | undefined>;
}

export function createLeadership(context: JobContext, steps: StepWatch): Leadership {
  const { store, clock, random, policy, records, log } = context;
  const terms = createTerms(store);
  const holder = createId('jobs', { clock, random });
  const ledHere = new Set<string>();

  const lead = async (jobId: string, term: Term, { signal: asked, ...told }: DriveOptions) => {
    const observer: JobObserver = {
      ...told,
      onTransfer: (what, progress) => {
        steps.moved(jobId);
        told.onTransfer?.(what, progress);
      },
    };
    const leaving = new AbortController();
    const signal = asked ? AbortSignal.any([asked, leaving.signal]) : leaving.signal;
    const heartbeat = keepTerm(
      () => terms.renew(term, policy.termMs),
      context,
      () => leaving.abort(new TermLostError(term, '')),
    );
    const bell = createBell(context);
    const session = createSessionHolder(context, { observer, signal, wake: bell.ring });
    const rentalLook = createInterval(context, policy.rentalMs);
    const blindness = createBlindness(context);
    const traffic = createTrafficLook(context);
    const fence: LedJob['fence'] = (trx) => assertTerm(trx, term, store.dialect);
    const change: LedJob['change'] = async (record, wanted, options = {}) => {
      const next = await records.change(record, wanted, {
        ...options,
        also: async (trx) => {
          await fence(trx);
          await options.also?.(trx);
        },
      });
      steps.moved(jobId);
      observer.onChange?.(next);
      return next;
    };
    try {
      for (;;) {
        signal.throwIfAborted();
        const record = await records.get(jobId);
        if (!record || isOver(record.status)) return record;
        const attempt = (await records.attempts(jobId)).at(-1);
        const led: Omit<LedJob, 'cancelNotice'> = {
          ...context,
          observer,
          signal,
          change,
          fence,
          attempt,
          session,
          rentalLook,
          blindness,
          traffic,
        };
        steps.began(jobId);
        using notice = noticeCancel(context, record);
        const { record: next, nextAtMs } = await stepJob(
          { ...led, cancelNotice: notice.signal },
          record,
        ).then(
          (step) => {
            steps.ended(jobId);
            return step;
          },
          (error: unknown) => {
            if (signal.aborted || error instanceof TermLostError) throw error;
            const isFault = !(error instanceof JobChangedError);
            if (isFault) log.error('a job could not be stepped', { job: jobId, error });
            steps.ended(jobId, isFault ? error : undefined);
            return { record, nextAtMs: clock.now() + (isFault ? AFTER_FAILURE_MS : 0) };
          },
        );
        if (isOver(next.status)) return next;
        await waitFor(context, { record: next, nextAtMs, bell, signal });
      }
    } catch (error) {
      if (error instanceof TermLostError || signal.reason instanceof TermLostError) return undefined;
      throw error;
    } finally {
      heartbeat.cancel();
      leaving.abort(new Error('The job is not led any more'));
      await session.end();
      steps.forget(jobId);
      ledHere.delete(jobId);
      await terms.release(term);
    }
  };

  return {
    acquire: async (jobId) => {
      // The store knows processes: two that drive one job in this one would hold the same term.
      if (ledHere.has(jobId)) return { kind: 'held', untilMs: clock.now() + policy.termMs };
      const result = await terms.acquire(jobTermName(jobId), `${holder} ${jobId}`, policy.termMs);
      if (result.kind !== 'leading') return { kind: 'held', untilMs: result.untilMs };
      if (ledHere.has(jobId)) return { kind: 'held', untilMs: clock.now() + policy.termMs };
      ledHere.add(jobId);
      return result;
    },
    lead,
  };
}
