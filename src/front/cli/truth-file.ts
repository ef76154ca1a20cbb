// The simulator's ground truth as a file: one JSON line for each event, written as it happens.
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Log } from '../../base/std/index.ts';
import type { Sim, TruthEvent } from '../../sim/index.ts';

/** Appends what has happened so far and all that follows; returns how to end it. */
export function keepTruth(path: string, { truth }: Sim, log: Log): () => void {
  const file = openSync(path, 'a', 0o600);
  let isFull = false;
  const append = (event: TruthEvent) => {
    if (isFull) return;
    try {
      writeSync(file, `${JSON.stringify(event)}\n`);
    } catch (error) {
      // The simulation is in the middle of an act, which must not be left half done.
      isFull = true;
      log.error('the ground truth is not written any more', { path, error: String(error) });
    }
  };
  for (const event of truth.log()) append(event);
  const stop = truth.follow(append);
  return () => {
    stop();
    closeSync(file);
  };
}
