// Work items handed out at least once: a claimed item that is not done in time is handed out again.

export interface WorkItem<Payload> {
  readonly id: string;
  readonly payload: Payload;
  /** 1 at the first claim. */
  readonly delivery: number;
}

export interface Queue<Payload> {
  /** Adds an item; the same id twice is one item. */
  put(id: string, payload: Payload): Promise<void>;
  /** Claims up to `count` items for `leaseMs`. */
  claim(worker: string, count: number, leaseMs: number): Promise<readonly WorkItem<Payload>[]>;
  /** Keeps a claimed item for `leaseMs` more; false when it has been handed to somebody else. */
  extend(id: string, worker: string, leaseMs: number): Promise<boolean>;
  done(id: string, worker: string): Promise<boolean>;
  /** Gives an item back with the reason; it goes to the dead items after its last delivery. */
  fail(id: string, worker: string, reason: string): Promise<void>;
}
