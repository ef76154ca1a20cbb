// One job led by this process: its term held, its record stepped, and what goes on beside a run begun and ended with it.
import { createId, type Timer } from '../../../base/std/index.ts';
import { assertTerm, createTerms, type Term, TermLostError } from '../../../base/store/index.ts';
import { isOver, JobChangedError, type JobRecord } from '../records/index.ts';
import type { Blindness, JobContext, LedJob, RunSession, SessionHolder, TrafficLook } from './context.ts';
import type { DriveOptions, JobObserver } from './jobs-api.ts';
import { startRunSession } from './run-session.ts';
import { stepJob } from './step-job.ts';
import type { StepWatch } from './step-watch.ts';

const AFTER_FAILURE_MS = 15_000;
const FIRST_COPY_MS = 30_000;
const TRAFFIC_EVERY_MS = 60_000;

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
        const led: LedJob = {
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
        const { record: next, nextAtMs } = await stepJob(led, record).then(
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

/** Renews at a third of the term, and tells when it is lost. */
function keepTerm(
  renew: () => Promise<boolean>,
  { clock, policy, log }: JobContext,
  onLost: () => void,
): { cancel(): void } {
  let timer: Timer | undefined;
  let isCancelled = false;
  const arm = () => {
    if (isCancelled) return;
    timer = clock.setTimer(policy.termMs / 3, () => {
      renew().then(
        (isOurs) => (isOurs ? arm() : onLost()),
        (error: unknown) => {
          // Each write asks for the term itself: a renewal that fails once harms nobody.
          log.warn('a term could not be renewed', { error });
          arm();
        },
      );
    });
  };
  arm();
  return {
    cancel: () => {
      isCancelled = true;
      timer?.cancel();
    },
  };
}

interface Bell {
  readonly ring: () => void;
  /** Resolves at once when it rang since the last time. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

function createBell({ clock }: JobContext): Bell {
  let hasRung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      hasRung = true;
      wake?.();
    },
    async wait(ms, signal) {
      const slept = new AbortController();
      wake = () => slept.abort();
      try {
        if (!hasRung && ms > 0) await clock.sleep(ms, AbortSignal.any([signal, slept.signal]));
      } catch (error) {
        if (!slept.signal.aborted || signal.aborted) throw error;
      } finally {
        wake = undefined;
        hasRung = false;
      }
    },
  };
}

/** Until then, or the bell, or until somebody else has changed the record. */
async function waitFor(
  { clock, records, policy }: JobContext,
  {
    record,
    nextAtMs,
    bell,
    signal,
  }: {
    readonly record: JobRecord;
    readonly nextAtMs: number;
    readonly bell: Bell;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  for (;;) {
    const leftMs = nextAtMs - clock.now();
    if (leftMs <= 0) return;
    const sliceMs = Math.min(leftMs, policy.noticeMs);
    const sleptFrom = clock.monotonic();
    await bell.wait(sliceMs, signal);
    if (clock.monotonic() - sleptFrom < sliceMs) return;
    if (leftMs <= policy.noticeMs) return;
    const present = await records.get(record.id);
    if (present?.version !== record.version) return;
  }
}

function createSessionHolder(
  context: JobContext,
  options: { readonly observer: JobObserver; readonly signal: AbortSignal; readonly wake: () => void },
): SessionHolder {
  let present: RunSession | undefined;
  let copying: Timer | undefined;
  const { clock, policy } = context;

  const armCopy = (session: RunSession, waitMs: number) => {
    copying = clock.setTimer(waitMs, () => {
      session
        .keepCheckpoint({ signal: options.signal })
        .catch(() => {})
        .finally(() => {
          // Soon at first: a machine that is taken away in its first minutes has saved something too.
          if (present === session) armCopy(session, Math.min(policy.checkpointMs, waitMs * 2));
        });
    });
  };
  const end = async () => {
    copying?.cancel();
    const last = present;
    present = undefined;
    await last?.stop();
  };
  return {
    present: () => present,
    ensure(record, attempt, instanceId) {
      if (present?.attempt === attempt.attempt) return present;
      void end();
      present = startRunSession(context, { ...options, record, attempt, instanceId });
      armCopy(present, Math.min(policy.checkpointMs, FIRST_COPY_MS));
      return present;
    },
    end,
  };
}

function createInterval({ clock }: JobContext, everyMs: number): { isDue(): boolean } {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    isDue: () => {
      const nowMs = clock.monotonic();
      if (nowMs - lastMs < everyMs) return false;
      lastMs = nowMs;
      return true;
    },
  };
}

function createBlindness({ clock }: JobContext): Blindness {
  let spell: { readonly of: number; readonly sinceMs: number } | undefined;
  return {
    lastedMs({ sinceMs }, isAnswered) {
      if (!isAnswered) spell = undefined;
      else if (spell?.of !== sinceMs) spell = { of: sinceMs, sinceMs: clock.monotonic() };
      return spell === undefined ? 0 : clock.monotonic() - spell.sinceMs;
    },
  };
}

function createTrafficLook(context: JobContext): TrafficLook {
  const last = new Map<number, number>();
  return {
    ...createInterval(context, TRAFFIC_EVERY_MS),
    grewBy(instanceId, gb) {
      const before = last.get(instanceId) ?? gb;
      last.set(instanceId, gb);
      return Math.max(0, gb - before);
    },
  };
}
