// Which GPUs the CUDA of an image has code for. A driver that is new enough does not help when it has none.

/**
 * First CUDA with code for a compute capability (times 100), newest first; NVIDIA's release notes. Code for an older
 * one of the same generation runs on a newer one (8.0 on 8.6), so the generation's first one counts.
 */
const FIRST_CUDA: readonly (readonly [computeCap: number, cuda: number])[] = [
  [1000, 12.8],
  [900, 11.8],
  [800, 11],
  [750, 10],
  [700, 9],
  [0, 0],
];

/** CUDA 13 ended code for what is older than Turing. */
const LAST_OLD_CUDA = 12.9;
const LEAST_FOR_NEW_CUDA = 750;

/** Whether CUDA `version` (12.4) makes code for a GPU of this capability (times 100); false when it is unknown. */
export function supportsArchitecture(version: number, computeCap: number | null): boolean {
  if (computeCap === null) return false;
  const first = FIRST_CUDA.find(([from]) => computeCap >= from)?.[1] ?? 0;
  return version >= first && (version <= LAST_OLD_CUDA || computeCap >= LEAST_FOR_NEW_CUDA);
}
