// The asks of a machine: what its GPUs are cut into, and under which ids.
import { type Chunk, chunkTree } from './chunk-tree.ts';
import { type Ask, type Machine, touch, type World } from './world.ts';

/**
 * Cuts the machine into chunks of `minChunk` GPUs at least. `order` says which GPU stands in which place of the tree:
 * GPUs that stand together come into one chunk. Rentals keep their GPUs, whatever the chunks are now.
 */
export function cutMachine(
  machine: Machine,
  minChunk: number,
  order: readonly number[] = machine.gpuIds.map((_, bit) => bit),
): Ask[] {
  return chunkTree(machine.numGpus, minChunk).map((place, index) => {
    let mask = 0;
    for (let bit = 0; bit < order.length; bit += 1) {
      if ((place.mask >> bit) & 1) mask |= 1 << (order[bit] as number);
    }
    const chunk: Chunk = { mask, size: place.size };
    const gpuIds = machine.gpuIds.filter((_, bit) => (mask >> bit) & 1).sort((a, b) => a - b);
    return { machine, chunk, index, gpuIds, rows: [] };
  });
}

/** The listing is a new one: other offer ids, and it starts now. */
export function renewIds(world: World, machine: Machine, atMs: number): void {
  machine.generation += 1;
  machine.listedSinceMs = atMs;
  touch(world, machine);
}
