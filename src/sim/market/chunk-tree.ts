// How a machine is cut into asks: a binary tree whose nodes are all listed. A node's larger half is the
// largest power of two below its size, as in every recorded machine (7 is 4+3, 6 is 4+2, 12 is 8+4).

export interface Chunk {
  /** Bit i is the machine's i-th GPU. */
  readonly mask: number;
  readonly size: number;
}

/** All chunks of a machine, the whole first; a node is cut only into halves of at least `minChunk` GPUs. */
export function chunkTree(gpus: number, minChunk: number): Chunk[] {
  const chunks: Chunk[] = [];
  const cut = (from: number, size: number) => {
    chunks.push({ mask: ((1 << size) - 1) << from, size });
    if (size < 2) return;
    const larger = 2 ** Math.floor(Math.log2(size - 1));
    // An odd rest stays listed beside its sibling, as in the recorded [1 2 2 2 3 4 7] with 2 as the least.
    if (larger < minChunk) return;
    cut(from, larger);
    cut(from + larger, size - larger);
  };
  cut(0, gpus);
  return chunks;
}

export function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
