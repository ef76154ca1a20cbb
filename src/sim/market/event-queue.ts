// What happens next: a binary heap by time, ties by kind and by whom it concerns, so that the order never
// depends on who was put in first.

export interface MarketEvent {
  readonly atMs: number;
  readonly kind: number;
  /** Whom it concerns; with `kind` it breaks ties. */
  readonly id: number;
  /** Which one of that stream it is; keys its draws. */
  readonly n: number;
}

export interface EventQueue {
  readonly size: number;
  /** Infinity when it is empty. */
  nextAtMs(): number;
  push(event: MarketEvent): void;
  /** The earliest event at or before `untilMs`, taken out. */
  popUntil(untilMs: number): MarketEvent | undefined;
}

export function createEventQueue(): EventQueue {
  const heap: MarketEvent[] = [];
  const at = (index: number) => heap[index] as MarketEvent;
  const isBefore = (a: MarketEvent, b: MarketEvent) =>
    a.atMs !== b.atMs ? a.atMs < b.atMs : a.kind !== b.kind ? a.kind < b.kind : a.id < b.id;

  const siftDown = (event: MarketEvent) => {
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(at(child + 1), at(child))) child += 1;
      if (!isBefore(at(child), event)) break;
      heap[index] = at(child);
      index = child;
    }
    heap[index] = event;
  };

  return {
    get size() {
      return heap.length;
    },
    nextAtMs: () => heap[0]?.atMs ?? Number.POSITIVE_INFINITY,
    push(event) {
      let index = heap.length;
      heap.push(event);
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if (!isBefore(event, at(parent))) break;
        heap[index] = at(parent);
        index = parent;
      }
      heap[index] = event;
    },
    popUntil(untilMs) {
      const first = heap[0];
      if (!first || first.atMs > untilMs) return undefined;
      const last = heap.pop() as MarketEvent;
      if (heap.length > 0) siftDown(last);
      return first;
    },
  };
}
