// Speed against class: a machine's measured figure beside that of others with the same GPUs, by the same method.
import { weightAt, weightedMedian } from './decay.ts';
import type { ObservationOf } from './observation.ts';

type Speed = ObservationOf<'speed'>;

/** With fewer machines there is no class to compare with. */
const LEAST_MACHINES = 3;

export type SpeedShareOf = (speed: Speed) => number | null;

/** The share of one measurement; null where nothing is known to compare it with. */
export function speedShares(speeds: readonly Speed[], nowMs: number): SpeedShareOf {
  const medians = new Map<string, number | null>();
  for (const [name, members] of Map.groupBy(speeds, classOf)) {
    // Each machine has one voice, however often it was measured.
    const machines = [...Map.groupBy(members, ({ machineId }) => machineId).values()].map((own) => ({
      value: weightedMedian(own.map(({ value, atMs }) => ({ value, weight: weightAt(atMs, nowMs) }))) ?? 0,
      weight: 1,
    }));
    medians.set(name, machines.length < LEAST_MACHINES ? null : weightedMedian(machines));
  }
  return (speed) => {
    const expected = speed.expected ?? medians.get(classOf(speed)) ?? 0;
    return expected > 0 ? speed.value / expected : null;
  };
}

function classOf({ gpuName, gpuCount, method, unit }: Speed): string {
  return JSON.stringify([gpuName, gpuCount, method, unit]);
}
