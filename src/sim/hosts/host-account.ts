// Which host of the market the simulation's host account runs.
import type { Host, World } from '../market/world.ts';

/** More machines than this are hard to look at, and to keep apart in a test. */
const MOST_MACHINES = 20;
const LARGE_MACHINE_GPUS = 8;

/**
 * The one with this id, else the largest of up to 20 machines; one that has a machine of 8 GPUs, where there is any.
 * Throws RangeError for an id that no host has.
 */
export function chooseHost(world: World, hostId: number | undefined): Host | undefined {
  if (hostId !== undefined) {
    const wanted = world.hosts.find((host) => host.hostId === hostId);
    if (!wanted) {
      const some = world.hosts.slice(0, 3).map((host) => host.hostId);
      throw new RangeError(`The market has no host ${hostId}; it has ${some.join(', ')} and others`);
    }
    return wanted;
  }
  const fitting = world.hosts.filter(({ machines }) => machines.length <= MOST_MACHINES);
  const withLarge = fitting.filter(({ machines }) =>
    machines.some(({ numGpus }) => numGpus === LARGE_MACHINE_GPUS),
  );
  const candidates = withLarge.length > 0 ? withLarge : fitting.length > 0 ? fitting : world.hosts;
  return candidates.reduce<Host | undefined>(
    (best, host) => (best && best.machines.length >= host.machines.length ? best : host),
    undefined,
  );
}
