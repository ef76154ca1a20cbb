// What the engine cannot see it does not collect: a chunk of DuckDB's is a few bytes to it and a hundred kilobytes to the
// process, and large arrays that nobody holds any more wait until its own heap is full, which is several reports later. And
// after a burst of work it keeps the room that it took: 30 MB of a collector that rests, 20 MB of a daemon that has begun.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What is collected: what was made lately, a millisecond; everything, some 10 ms; everything and the room given back, some 50. */
export type Garbage = 'minor' | 'major' | 'all-and-shrink';

interface CollectOptions {
  readonly type: 'minor' | 'major';
  readonly execution?: 'sync';
  readonly flavor?: 'last-resort';
}

let collect: ((options: CollectOptions) => void) | undefined;

/**
 * Collects at once, in this thread: call it where nothing waits. The engine gives its collector to contexts that are made
 * while it is told to, so nobody else's has it.
 */
export function collectGarbage(what: Garbage): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as (options: CollectOptions) => void;
    setFlagsFromString('--no-expose-gc');
  }
  collect(
    what === 'all-and-shrink' ? { type: 'major', execution: 'sync', flavor: 'last-resort' } : { type: what },
  );
}
