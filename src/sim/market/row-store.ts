// Memory for the texts of rows, in large blocks. A row keeps its place for good: what changes is written over it, so an
// answer is put together by copying bytes, and nothing is encoded twice.

/** Where a row's text lies. */
export interface RowSlot {
  readonly place: Buffer;
  /** The text's first part, which outlives most changes. */
  readonly fixedText: string;
  readonly length: number;
}

export interface RowStore {
  /** Writes a row of two parts, in its old place where it fits. Both are ASCII. */
  put(fixedText: string, liveText: string, before: RowSlot | undefined): RowSlot;
}

const BLOCK_BYTES = 1 << 20;
/** Numbers grow and shrink by some digits. */
const SLACK_BYTES = 96;

export function createRowStore(): RowStore {
  let block = Buffer.alloc(0);
  let used = 0;
  const newPlace = (bytes: number) => {
    if (used + bytes > block.length) {
      block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes));
      used = 0;
    }
    used += bytes;
    return block.subarray(used - bytes, used);
  };
  return {
    put(fixedText, liveText, before) {
      const length = fixedText.length + liveText.length;
      const fits = before !== undefined && length <= before.place.length;
      const place = fits ? before.place : newPlace(length + SLACK_BYTES);
      if (!fits || before.fixedText !== fixedText) place.write(fixedText, 0, 'latin1');
      place.write(liveText, fixedText.length, 'latin1');
      return { place, fixedText, length };
    },
  };
}
