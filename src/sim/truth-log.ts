// What really happened, in order: the ground truth that tests and people compare answers with. The same seed and the
// same requests at the same times make the same bytes.

/** Nouns that things happen to. */
export const TRUTH_NOUNS = [
  'account',
  'instance',
  'machine',
  'charge',
  'payment',
  'fault',
  'volume',
] as const;
export type TruthNoun = (typeof TRUTH_NOUNS)[number];

export interface TruthEvent {
  /** From 1, without holes. */
  readonly seq: number;
  readonly atMs: number;
  readonly noun: TruthNoun;
  readonly id: number;
  /** A past participle or a state: `created`, `running`, `outbid`, `destroyed`. */
  readonly what: string;
  /** Figures and reasons; plain JSON. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface TruthLog {
  note(
    atMs: number,
    noun: TruthNoun,
    id: number,
    what: string,
    data?: Readonly<Record<string, unknown>>,
  ): void;
  /** Events after `seq` (default 0, all of them). */
  since(seq?: number): readonly TruthEvent[];
  /** Told of every event, as it happens; returns how to stop. */
  follow(listener: (event: TruthEvent) => void): () => void;
}

export function createTruthLog(): TruthLog {
  const events: TruthEvent[] = [];
  const listeners = new Set<(event: TruthEvent) => void>();
  return {
    note(atMs, noun, id, what, data = {}) {
      const event: TruthEvent = { seq: events.length + 1, atMs, noun, id, what, data };
      events.push(event);
      for (const listener of listeners) listener(event);
    },
    since: (seq = 0) => events.slice(Math.max(0, seq)),
    follow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
