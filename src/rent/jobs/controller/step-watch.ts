// How the steps of the jobs that this process leads go: which of them fail, and which one does not come back. The loops that
// make them live on in both cases, so nothing else would tell.
import { type Clock, formatDuration } from '../../../base/std/index.ts';

export interface StepWatch {
  began(jobId: string): void;
  /** Something has come of the step that runs: a file moves, the record has changed. */
  moved(jobId: string): void;
  /** `error` when it could not be made. */
  ended(jobId: string, error?: unknown): void;
  /** It is not led here any more. */
  forget(jobId: string): void;
  /** One sentence about the first that does not go on; null while all do. */
  trouble(): string | null;
}

/** The longest that a step waits for one thing, a machine that does not let itself be entered, is a third of it. */
const STUCK_AFTER_MS = 30 * 60_000;

interface Step {
  /** When it began, or something last came of it; undefined between two steps. */
  readonly movedMs: number | undefined;
  readonly fault: string | undefined;
}

export function createStepWatch({ clock }: { readonly clock: Clock }): StepWatch {
  const steps = new Map<string, Step>();
  const set = (jobId: string, step: Partial<Step>) =>
    steps.set(jobId, { ...(steps.get(jobId) ?? { movedMs: undefined, fault: undefined }), ...step });
  return {
    began: (jobId) => void set(jobId, { movedMs: clock.monotonic() }),
    moved: (jobId) => {
      if (steps.get(jobId)?.movedMs !== undefined) set(jobId, { movedMs: clock.monotonic() });
    },
    ended: (jobId, error) =>
      void set(jobId, {
        movedMs: undefined,
        fault: error === undefined ? undefined : sentenceOf(error),
      }),
    forget: (jobId) => void steps.delete(jobId),
    trouble: () => {
      const nowMs = clock.monotonic();
      for (const [jobId, { movedMs, fault }] of steps) {
        if (fault !== undefined) return `job ${jobId} could not be stepped: ${fault}`;
        if (movedMs !== undefined && nowMs - movedMs >= STUCK_AFTER_MS)
          return `a step of job ${jobId} has not come back for ${formatDuration(nowMs - movedMs)}`;
      }
      return null;
    },
  };
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
