// Do two runs write this file? Then its steps are two courses, each of which grows by itself, woven into one that jumps
// to and fro. One that falls back and goes on from there is a restart; steps side by side are ranks of one run.

export interface TwoCourses {
  /** True once, at the step that proves two courses. */
  follow(step: number): boolean;
  /** Of the last step: 2 for the course that began second, else 1, as before there were two. */
  course(): 1 | 2;
  /** How many steps before the proof the first sign of it was seen. */
  provenSince(): number;
}

interface Course {
  last: number;
  /** How far apart its steps are; 0 before its second one. */
  stride: number;
}

/** So many times there and back are two courses. */
const RETURNS_OF_TWO = 4;
/** They count within so many steps. */
const REMEMBERED_STEPS = 128;
/** Long jumps, as from epoch to epoch, hardly change what is known of a stride. */
const STRIDE_KEPT_SHARE = 0.8;

export interface TwoCoursesOptions {
  /** Courses fewer strides apart than this are ranks of one run, of which each tells its own steps. */
  readonly apartStrides: number;
}

/**
 * Whether a row of numbers is made of two that do not fall is decided without looking ahead: each number goes to the
 * course that ends highest below it, and where there is none, no other choice would have left room for it either (greedy
 * "patience" piles; M. L. Fredman, Discrete Mathematics 11, 1975). It keeps two courses and a few counts.
 */
export function createTwoCourses({ apartStrides }: TwoCoursesOptions): TwoCourses {
  let courses: Course[] = [];
  let current = 0;
  let previous = Number.NaN;
  let count = 0;
  /** When it last fell to the lower course, where it has not come back yet. */
  let fellAt: number | null = null;
  let returns: { readonly fellAt: number; readonly at: number }[] = [];
  let isProven = false;
  let since = 0;

  const begin = (step: number) => {
    courses = [{ last: step, stride: 0 }];
    current = 0;
    fellAt = null;
    returns = [];
  };
  const advance = (course: Course, step: number) => {
    const gap = step - course.last;
    if (gap > 0) {
      course.stride =
        course.stride === 0
          ? gap
          : course.stride * STRIDE_KEPT_SHARE + Math.min(gap, 4 * course.stride) * (1 - STRIDE_KEPT_SHARE);
    }
    course.last = step;
  };
  const changeTo = (next: number, step: number) => {
    const strides = courses.map(({ stride }) => stride);
    const stride = Math.max(1, Math.min(...strides));
    current = next;
    if (strides.includes(0)) return;
    const move = step - previous;
    if (move < 0) fellAt ??= count;
    else if (move >= apartStrides * stride && fellAt !== null) {
      returns = [...returns.filter(({ at }) => at > count - REMEMBERED_STEPS), { fellAt, at: count }];
      fellAt = null;
    }
  };
  /** The course that the step goes on with; -1 where it goes on with none. */
  const placeOf = (step: number): number => {
    const present = courses[current] as Course;
    const other = courses[1 - current];
    if (step >= present.last && (other === undefined || other.last < present.last)) return current;
    // The same once more, or what another rank tells a step later.
    if (step === present.last || (step < present.last && present.last - step <= present.stride))
      return current;
    if (other !== undefined && other.last <= step && (present.last > step || other.last > present.last)) {
      return 1 - current;
    }
    return present.last < step ? current : -1;
  };
  /** Of two that are known to be there: the one whose next step this is most likely. */
  const nearest = (step: number): number => {
    const distance = ({ last, stride }: Course) => Math.abs(step - last - stride);
    const other = 1 - current;
    return distance(courses[other] as Course) < distance(courses[current] as Course) ? other : current;
  };
  return {
    follow(step) {
      count += 1;
      if (isProven) {
        current = nearest(step);
        advance(courses[current] as Course, step);
        return false;
      }
      if (courses.length === 0) begin(step);
      else {
        const place = placeOf(step);
        if (place >= 0) {
          if (place !== current) changeTo(place, step);
          const course = courses[place] as Course;
          if (step > course.last) advance(course, step);
        } else if (courses.length === 1) {
          courses.push({ last: step, stride: 0 });
          current = 1;
          fellAt = count;
        } else begin(step);
      }
      previous = step;
      if (returns.length < RETURNS_OF_TWO) return false;
      isProven = true;
      since = count - (returns[0]?.fellAt ?? count);
      return true;
    },
    course: () => (isProven && current === 1 ? 2 : 1),
    provenSince: () => since,
  };
}
