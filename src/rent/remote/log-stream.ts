// Log bytes by offset, so that a reader who lost the connection goes on where it was: no line twice, none lost.

/** `truncated`: the log is shorter than what was read of it. `replaced`: other bytes stand where we had read. */
export const LOG_RESTARTS = ['truncated', 'replaced'] as const;
export type LogRestart = (typeof LOG_RESTARTS)[number];

export interface LogChunk {
  /** Position of the first byte of `bytes` in the whole log. */
  readonly offset: number;
  /** Empty only in a chunk that says nothing but a restart. */
  readonly bytes: Uint8Array;
  /** The log began anew: this chunk and those after it count from the new log's start. */
  readonly restarted?: LogRestart;
}

export interface LogStream {
  /** Chunks from `offset` on; `follow` keeps waiting for more, else it ends at the present end. */
  read(offset: number, options: { follow: boolean; signal?: AbortSignal }): AsyncIterable<LogChunk>;
}
