// How a leader waits between two steps: until it is time, until something rings, or until somebody else has changed the job.
import type { JobRecord } from '../records/index.ts';
import type { JobContext } from './context.ts';

export interface Bell {
  readonly ring: () => void;
  /** Resolves at once when it rang since the last time. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createBell({ clock }: JobContext): Bell {
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
export async function waitFor(
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
