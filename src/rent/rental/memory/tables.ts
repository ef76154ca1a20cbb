// The tables of the memory of hosts.

/** Times are epoch milliseconds. Types and not interfaces: Kysely wants an index. */
export type MemoryTables = {
  host_observations: ObservationRow;
  host_stretches: StretchRow;
  host_cursors: { name: string; seq: number };
};

/** How far the events of instances have been read; the row is there from the start, and is locked by who reads on. */
export const INSTANCE_CURSOR = 'instances';

export type ObservationRow = {
  key: string;
  machine_id: number;
  host_id: number | null;
  at: number;
  kind: string;
  /** What the kind has beside these, as JSON. */
  figures: string;
};

/** An instance that runs, since when its hours are not written down yet. */
export type StretchRow = {
  account: string;
  instance_id: number;
  machine_id: number;
  host_id: number | null;
  running_since: number;
};
