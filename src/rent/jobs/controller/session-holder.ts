// The one session beside the run of a led job, begun and ended with its attempt, and the pace at which it copies checkpoints.
import type { Timer } from '../../../base/std/index.ts';
import type { JobContext, RunSession, SessionHolder } from './context.ts';
import type { JobObserver } from './jobs-api.ts';
import { startRunSession } from './run-session.ts';

const FIRST_COPY_MS = 30_000;

export function createSessionHolder(
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
