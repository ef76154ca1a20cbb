// Reports over a year work on arrays of tens of megabytes. The engine finds one that nobody holds only when its own heap
// is full, which is several reports later.

/** Gives the memory of an array back at once; it is empty afterwards, and so is every other one on its buffer. */
export function freeArray({ buffer }: { readonly buffer: ArrayBuffer }): void {
  buffer.transfer(0);
}
