// From observations to the figures that a ranking reads: decayed counts and medians, by machine and by host.
import type { FactsLookup, HostFacts } from '../ranking/index.ts';
import { type Weighted, weightAt, weightedMedian } from './decay.ts';
import type { Observation, ObservationOf } from './observation.ts';
import { type SpeedShareOf, speedShares } from './speed-class.ts';

/** Counts are decayed (see `decay.ts`) and may be fractions. Pure: it tells of `nowMs` for ever. */
export function factsFrom(observations: readonly Observation[], nowMs: number): FactsLookup {
  const shareOf = speedShares(
    observations.filter((each): each is ObservationOf<'speed'> => each.kind === 'speed'),
    nowMs,
  );
  const byMachine = Map.groupBy(observations, ({ machineId }) => machineId);
  const byHost = Map.groupBy(observations, ({ hostId }) => hostId);
  const machines = new Map<number, HostFacts>();
  const hosts = new Map<number, HostFacts>();
  return (machineId, hostId) => {
    const machine = known(machines, machineId, byMachine.get(machineId), { nowMs, shareOf });
    const host = hostId === null ? undefined : known(hosts, hostId, byHost.get(hostId), { nowMs, shareOf });
    return machine || host ? { machine, host } : undefined;
  };
}

interface Reading {
  readonly nowMs: number;
  readonly shareOf: SpeedShareOf;
}

/** Reckoned when first asked for: a market has 10,000 machines, and we have seen a few hundred. */
function known(
  cache: Map<number, HostFacts>,
  id: number,
  seen: readonly Observation[] | undefined,
  reading: Reading,
): HostFacts | undefined {
  if (!seen) return undefined;
  const before = cache.get(id);
  if (before) return before;
  const facts = hostFacts(seen, reading);
  cache.set(id, facts);
  return facts;
}

function hostFacts(seen: readonly Observation[], { nowMs, shareOf }: Reading): HostFacts {
  const sums = { boots: 0, bootFailures: 0, interruptions: 0, hoursSeen: 0 };
  const bootSeconds: Weighted[] = [];
  const bandwidth: Weighted[] = [];
  const speed: Weighted[] = [];
  for (const each of seen) {
    const weight = weightAt(each.atMs, nowMs);
    switch (each.kind) {
      case 'boot': {
        const isReady = each.outcome === 'ready';
        // An image that does not exist, or a boot that somebody stopped, tells nothing of the machine.
        if (!isReady && each.blame !== 'machine') break;
        sums.boots += weight;
        if (isReady) bootSeconds.push({ value: each.bootSeconds, weight });
        else sums.bootFailures += weight;
        break;
      }
      case 'ran':
        sums.hoursSeen += weight * each.hours;
        break;
      case 'interruption':
        sums.interruptions += weight;
        break;
      case 'bandwidth':
        if (each.direction === 'down' && each.advertisedMbps > 0) {
          bandwidth.push({ value: each.measuredMbps / each.advertisedMbps, weight });
        }
        break;
      case 'speed': {
        const value = shareOf(each);
        if (value !== null) speed.push({ value, weight });
        break;
      }
      case 'fault':
      case 'resurrection':
      case 'probe':
        break;
    }
  }
  return {
    ...sums,
    bootSecondsMedian: weightedMedian(bootSeconds),
    bandwidthShare: weightedMedian(bandwidth),
    speedShare: weightedMedian(speed),
  };
}
