// Whose steps are these? Steps that fall back are a restart; steps that jump to and fro are two runs in one file.
import { createTwoCourses } from './two-courses.ts';

export interface StepVerdict {
  readonly attempt: number;
  /** 2 for the second of two runs in one file. */
  readonly writer: number;
  /** Set where this step is the first of a new attempt: the last step before it. */
  readonly restartedFrom: number | null;
  /** True once, at the step that proves that two runs write the file. */
  readonly provesTwoWriters: boolean;
  /** False where the line counts something else than the run's steps. */
  readonly isOfRun: boolean;
}

export interface StepTracker {
  /** `isDone` where the step is the last of its total: a bar that begins again after that is another bar. */
  follow(step: number, isDone: boolean, line: string): StepVerdict;
}

/** One run's steps: where they are, and how far apart they are. */
interface Lane {
  last: number;
  stride: number;
  isDone: boolean;
}

/** Steps of one lane come within so many strides. */
const REACH_STRIDES = 4;
/** Restarts further back than this were restarts, whatever shows later. */
const REMEMBERED_STEPS = 128;

export interface StepTrackerOptions {
  /** For bars: one that was full may begin again without a restart. Default 'restart'. */
  readonly afterDone?: 'restart' | 'begin-again';
  /** As of `createTwoCourses`. Default 3: ranks that print each step are one apart at most. */
  readonly apartStrides?: number;
}

export function createStepTracker({
  afterDone = 'restart',
  apartStrides = 3,
}: StepTrackerOptions = {}): StepTracker {
  const lanes: Lane[] = [];
  const courses = createTwoCourses({ apartStrides });
  let current = -1;
  let attempt = 1;
  let restarts: { readonly at: number; readonly before: number }[] = [];
  let hasTwoWriters = false;
  let count = 0;

  const verdict = (restartedFrom: number | null = null): StepVerdict => ({
    attempt,
    writer: 1,
    restartedFrom,
    provesTwoWriters: false,
    isOfRun: true,
  });
  const place = (lane: Lane, step: number, isDone: boolean) => {
    const stride = step - lane.last;
    // One long jump, as from epoch to epoch, is not how far apart the steps are.
    if (stride > 0)
      lane.stride = lane.stride === 0 ? stride : lane.stride * 0.8 + Math.min(stride, 4 * lane.stride) * 0.2;
    lane.last = Math.max(lane.last, step);
    lane.isDone = isDone;
  };

  return {
    follow(step, isDone) {
      count += 1;
      const isProof = courses.follow(step);
      if (isProof) {
        hasTwoWriters = true;
        // What was taken for restarts since then was the other run.
        const since = count - courses.provenSince() - 1;
        attempt = restarts.find(({ at }) => at >= since)?.before ?? attempt;
      }
      if (hasTwoWriters) return { ...verdict(), writer: courses.course(), provesTwoWriters: isProof };
      const lane = lanes[current];
      if (lane === undefined) {
        lanes.push({ last: step, stride: 0, isDone });
        current = 0;
        return verdict();
      }
      const gap = step - lane.last;
      const otherIndex = lanes.length - 1 - current;
      const other = lanes.length === 2 ? (lanes[otherIndex] as Lane) : undefined;
      const otherGap = other ? step - other.last : -1;
      if (other && otherGap >= 0 && otherGap <= REACH_STRIDES * Math.max(1, other.stride)) {
        if (gap < -Math.max(1, lane.stride) || gap > otherGap) {
          current = otherIndex;
          place(other, step, isDone);
          return verdict();
        }
      }
      // Ranks of one run print a step after another's next one: as far as a stride back is the same run.
      if (gap >= 0 || -gap <= Math.max(1, lane.stride)) {
        if (gap < 0 && lane.isDone && afterDone === 'begin-again') lane.last = step;
        place(lane, step, isDone);
        return verdict();
      }
      if (lane.isDone && afterDone === 'begin-again') {
        lane.last = step;
        lane.isDone = isDone;
        return verdict();
      }
      const fromStep = lane.last;
      if (lanes.length === 2) lanes.splice(otherIndex, 1);
      lanes.push({ last: step, stride: lane.stride, isDone });
      current = lanes.length - 1;
      restarts = [
        ...restarts.filter(({ at }) => at > count - REMEMBERED_STEPS),
        { at: count, before: attempt },
      ];
      attempt += 1;
      return verdict(fromStep);
    },
  };
}
