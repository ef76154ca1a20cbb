// Whose steps are these? Steps that fall back are a restart; steps that jump to and fro are two runs in one file.

export interface StepVerdict {
  readonly attempt: number;
  /** 2 for the second of two runs in one file. */
  readonly writer: number;
  /** Set where this step is the first of a new attempt: the last step before it. */
  readonly restartedFrom: number | null;
  /** True once, at the step that proves that two runs write the file. */
  readonly provesTwoWriters: boolean;
}

export interface StepTracker {
  /** `isDone` where the step is the last of its total: a bar that begins again after that is another bar. */
  follow(step: number, isDone: boolean): StepVerdict;
}

/** One run's steps: where they are, and how far apart they are. */
interface Lane {
  last: number;
  stride: number;
  isDone: boolean;
}

/** Steps of one lane come within so many strides; farther away they are another lane's, where one is nearer. */
const REACH_STRIDES = 4;
/** A restart changes the lane once. So many changes within the last steps are two runs. */
const CHANGES_OF_TWO = 4;
const REMEMBERED_STEPS = 32;

export interface StepTrackerOptions {
  /** For bars: one that was full may begin again without a restart. Default 'restart'. */
  readonly afterDone?: 'restart' | 'begin-again';
}

export function createStepTracker({ afterDone = 'restart' }: StepTrackerOptions = {}): StepTracker {
  const lanes: Lane[] = [];
  let current = -1;
  let attempt = 1;
  let hasTwoWriters = false;
  let changes: number[] = [];
  let count = 0;

  const verdict = (restartedFrom: number | null = null, provesTwoWriters = false): StepVerdict => ({
    attempt,
    writer: hasTwoWriters ? current + 1 : 1,
    restartedFrom,
    provesTwoWriters,
  });
  const place = (lane: Lane, step: number, isDone: boolean) => {
    const stride = step - lane.last;
    // One long jump, as from epoch to epoch, is not how far apart the steps are.
    if (stride > 0)
      lane.stride = lane.stride === 0 ? stride : lane.stride * 0.8 + Math.min(stride, 4 * lane.stride) * 0.2;
    lane.last = Math.max(lane.last, step);
    lane.isDone = isDone;
  };
  const change = (to: number, step: number, isDone: boolean): StepVerdict => {
    current = to;
    place(lanes[to] as Lane, step, isDone);
    changes = [...changes.filter((at) => at > count - REMEMBERED_STEPS), count];
    if (hasTwoWriters || changes.length < CHANGES_OF_TWO) return verdict();
    hasTwoWriters = true;
    attempt = Math.max(1, attempt - 1);
    return verdict(null, true);
  };

  return {
    follow(step, isDone) {
      count += 1;
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
      const reach = REACH_STRIDES * Math.max(1, lane.stride);
      if (other && otherGap >= 0 && otherGap <= REACH_STRIDES * Math.max(1, other.stride)) {
        if (gap < -Math.max(1, lane.stride) || (gap > reach && gap > otherGap))
          return change(otherIndex, step, isDone);
      }
      // Ranks of one run print a step after another's next one: as far as a stride back is the same run.
      if (gap >= 0 || -gap <= Math.max(1, lane.stride) || hasTwoWriters) {
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
      attempt += 1;
      changes = [...changes.filter((at) => at > count - REMEMBERED_STEPS), count];
      return verdict(fromStep);
    },
  };
}
