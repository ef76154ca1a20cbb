// A poll's rows as flat arrays. The order of what stands in them is in row-layout.

/** Rows in the layout of row-layout; valid until the packer is used again. */
export interface PackedRows {
  readonly length: number;
  readonly numbers: Float64Array;
  /** Places in `words`. */
  readonly texts: Uint32Array;
  /** Different texts; the first one is null. */
  readonly words: readonly (string | null)[];
}
