// Log bytes by offset, so that a reader who lost the connection goes on where it was: no line twice, none lost.

export interface LogChunk {
  /** Position of the first byte of `bytes` in the whole log. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface LogStream {
  /** Chunks from `offset` on; `follow` keeps waiting for more, else it ends at the present end. */
  read(offset: number, options: { follow: boolean; signal?: AbortSignal }): AsyncIterable<LogChunk>;
}
