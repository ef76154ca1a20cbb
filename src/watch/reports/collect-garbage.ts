// What the engine cannot see it does not collect: a chunk of DuckDB's is a few bytes to it and a hundred kilobytes to the
// process, and large arrays that nobody holds any more wait until its own heap is full, which is several reports later.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { readonly type: 'minor' | 'major' }) => void;

let collect: Collect | undefined;

/**
 * Collects at once: `minor` what was made lately, a millisecond; `major` everything, some 10 ms. The engine gives its
 * collector to contexts that are made while it is told to, so nobody else's has it.
 */
export function collectGarbage(type: 'minor' | 'major'): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
    setFlagsFromString('--no-expose-gc');
  }
  collect({ type });
}
