// A machine that loses its power or its line, and comes back: by chance, by a fault that was ordered, or because its
// host works on it. Several causes may hold it down at once.
import { markSince } from './rentals.ts';
import { type Machine, touch, type World } from './world.ts';

/** One more cause that holds it down; whether searches hide it meanwhile is settled by the first. */
export function takeDown(world: World, machine: Machine, atMs: number, isHidden: boolean): void {
  if (machine.outages === 0) {
    machine.isHiddenWhileDown = isHidden;
    machine.downSinceMs = atMs;
    markSince(machine, allGpus(machine), atMs);
  }
  machine.outages += 1;
  touch(world, machine);
  if (machine.outages === 1) for (const watcher of machine.watchers) watcher.down?.(atMs);
}

/** One cause less. `beforeUp` runs when it was the last one, before anybody is told. */
export function bringUp(world: World, machine: Machine, atMs: number, beforeUp?: () => void): void {
  machine.outages -= 1;
  touch(world, machine);
  if (machine.outages > 0) return;
  machine.isHiddenWhileDown = false;
  markSince(machine, allGpus(machine), atMs);
  beforeUp?.();
  for (const watcher of machine.watchers) watcher.up?.(atMs);
}

export function allGpus(machine: Machine): number {
  return (1 << machine.numGpus) - 1;
}
