// What the service itself has to do later: a container that will be up, a contract that will end, a credit that
// will run out. Time here is the simulation's; nothing runs until somebody brings the market to that time.

/** Something planned; cancelling it twice, or after it ran, does nothing. */
export interface Planned {
  readonly atMs: number;
  cancel(): void;
}

export interface Agenda {
  /**
   * Runs `act` when the simulation reaches `atMs`; a time that is past means as soon as anything runs. What falls
   * on one millisecond runs in the order in which it was planned.
   */
  plan(atMs: number, act: (atMs: number) => void): Planned;
  /** When the next one is due; Infinity when nothing is planned. */
  nextAtMs(): number;
  /** Runs the next one. */
  runNext(): void;
}

interface Entry {
  readonly atMs: number;
  readonly order: number;
  /** Undefined once cancelled: taking it out of the middle of a heap is not worth it. */
  act: ((atMs: number) => void) | undefined;
}

export function createAgenda(): Agenda {
  const heap: Entry[] = [];
  let planned = 0;

  const push = (entry: Entry) => {
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, heap[parent] as Entry)) break;
      heap[index] = heap[parent] as Entry;
      index = parent;
    }
    heap[index] = entry;
  };

  const dropFirst = () => {
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[index] = heap[child] as Entry;
      index = child;
    }
    heap[index] = last;
  };

  const first = () => {
    while (heap[0] && !heap[0].act) dropFirst();
    return heap[0];
  };

  return {
    plan(atMs, act) {
      if (Number.isNaN(atMs)) throw new RangeError('Something was planned for a time that is no number');
      const entry: Entry = { atMs, order: planned, act };
      planned += 1;
      push(entry);
      return {
        atMs,
        cancel() {
          entry.act = undefined;
        },
      };
    },
    nextAtMs: () => first()?.atMs ?? Number.POSITIVE_INFINITY,
    runNext() {
      const entry = first();
      if (!entry) return;
      dropFirst();
      const { act } = entry;
      entry.act = undefined;
      act?.(entry.atMs);
    },
  };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.order < b.order;
}
