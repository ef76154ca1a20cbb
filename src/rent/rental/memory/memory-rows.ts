// What people read of the memory: a row for each machine, in plain counts, with the last thing that is worth a word.
import { formatDuration } from '../../../base/std/index.ts';
import { factsFrom } from './facts.ts';
import type { Observation } from './observation.ts';

/** Counts are of everything that was seen and are not decayed; medians and shares are, as a ranking reads them. */
export interface MemoryRow {
  readonly machineId: number;
  readonly hostId: number | null;
  readonly bootsOk: number;
  /** Those that tell against the machine. */
  readonly bootsFailed: number;
  readonly bootSecondsMedian: number | null;
  readonly hoursSeen: number;
  readonly interruptions: number;
  /** Measured download as a share of the advertised one. */
  readonly bandwidthShare: number | null;
  /** Measured speed as a share of its class. */
  readonly speedShare: number | null;
  readonly faults: number;
  readonly resurrections: number;
  readonly lastSeenMs: number;
  /** The newest trouble; empty when there was none. */
  readonly note: string;
}

/** The last seen first, then by machine. */
export function memoryRows(observations: readonly Observation[], nowMs: number): readonly MemoryRow[] {
  const facts = factsFrom(observations, nowMs);
  return [...Map.groupBy(observations, ({ machineId }) => machineId)]
    .map(([machineId, seen]) => rowOf(machineId, seen, { machine: facts(machineId, null)?.machine, nowMs }))
    .sort((a, b) => b.lastSeenMs - a.lastSeenMs || a.machineId - b.machineId);
}

type Machine = NonNullable<ReturnType<ReturnType<typeof factsFrom>>>['machine'];

function rowOf(
  machineId: number,
  seen: readonly Observation[],
  { machine, nowMs }: { readonly machine: Machine; readonly nowMs: number },
): MemoryRow {
  const byTime = seen.toSorted((a, b) => a.atMs - b.atMs || (a.key < b.key ? -1 : 1));
  const count = (is: (each: Observation) => boolean) => seen.filter(is).length;
  return {
    machineId,
    hostId: byTime.findLast(({ hostId }) => hostId !== null)?.hostId ?? null,
    bootsOk: count((each) => each.kind === 'boot' && each.outcome === 'ready'),
    bootsFailed: count(isFailedBoot),
    bootSecondsMedian: machine?.bootSecondsMedian ?? null,
    hoursSeen: seen.reduce((sum, each) => sum + (each.kind === 'ran' ? each.hours : 0), 0),
    interruptions: count(({ kind }) => kind === 'interruption'),
    bandwidthShare: machine?.bandwidthShare ?? null,
    speedShare: machine?.speedShare ?? null,
    faults: count(({ kind }) => kind === 'fault'),
    resurrections: count(({ kind }) => kind === 'resurrection'),
    lastSeenMs: Math.max(...seen.map(({ atMs }) => atMs)),
    note: noteOf(byTime, nowMs),
  };
}

function isFailedBoot(each: Observation): boolean {
  return each.kind === 'boot' && each.outcome !== 'ready' && each.blame === 'machine';
}

function noteOf(byTime: readonly Observation[], nowMs: number): string {
  const trouble = byTime.findLast((each) => troubleOf(each) !== undefined);
  if (!trouble) return '';
  const words = trouble.note ?? troubleOf(trouble) ?? '';
  return `${words}, ${formatDuration(Math.max(0, nowMs - trouble.atMs))} ago`;
}

function troubleOf(each: Observation): string | undefined {
  switch (each.kind) {
    case 'boot':
      return isFailedBoot(each) ? `boot failed: ${each.outcome}` : undefined;
    case 'interruption':
      return each.cause;
    case 'fault':
      return each.fault;
    case 'resurrection':
      return 'came back after it was seen gone';
    case 'ran':
    case 'bandwidth':
    case 'speed':
    case 'probe':
      return undefined;
  }
}
