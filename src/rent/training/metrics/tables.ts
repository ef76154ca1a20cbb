// The tables of training metrics. Other folders see them through the functions of this one only.

/** Raw, and sums over a minute and over ten. */
export const RESOLUTIONS = ['raw', 'minute', 'ten-minutes'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** Milliseconds of a bucket. */
export const BUCKET_MS = { minute: 60_000, 'ten-minutes': 600_000 } as const satisfies Record<
  Exclude<Resolution, 'raw'>,
  number
>;

/** NaN and infinities, which neither database keeps alike in a column of numbers. */
export const ODD_VALUES = ['nan', 'inf', '-inf'] as const;
export type OddValue = (typeof ODD_VALUES)[number];

// A type and not an interface: only of those does TypeScript believe that every name in it is a table.
export type TrainingTables = {
  /** An attempt of a run: up to which metric its raw rows were deleted, so that they are not taken for new ones. */
  training_attempts: { run: string; attempt: number; first_at: number; last_at: number; pruned_seq: number };
  training_metrics: {
    run: string;
    attempt: number;
    seq: number;
    at: number;
    name: string;
    /** Null where `odd` is set. */
    value: number | null;
    odd: OddValue | null;
    step: number | null;
  };
  training_buckets: {
    run: string;
    attempt: number;
    name: string;
    bucket_ms: number;
    /** Where the bucket begins. */
    at: number;
    /** Finite values; the figures below are of them, and null where there are none. */
    count: number;
    sum: number;
    min: number | null;
    max: number | null;
    last: number | null;
    odd_count: number;
    first_seq: number;
    last_seq: number;
    last_step: number | null;
  };
};
