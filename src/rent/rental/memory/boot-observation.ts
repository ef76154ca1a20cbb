// What the memory of hosts learns from a boot that has ended.
import type { Rental } from '../records/index.ts';
import type { BootSeen, Observation } from './observation.ts';

export interface BootEnd {
  readonly rental: Pick<Rental, 'id' | 'attempt' | 'instanceId' | 'machineId' | 'hostId' | 'bootingAtMs'>;
  readonly figures: BootSeen;
  /** What the failure tells against; of a boot that worked it is not looked at. */
  readonly blame: 'machine' | 'launch' | 'nobody';
  readonly atMs: number;
}

/** The same boot gives the same key, however often its end is seen; undefined where its machine is not known. */
export function bootObservation({ rental, figures, blame, atMs }: BootEnd): Observation | undefined {
  const { id, attempt, instanceId, machineId, hostId, bootingAtMs } = rental;
  if (machineId === undefined) return undefined;
  const { outcome, bootSeconds, pullSeconds, sshSeconds, wasRebooted } = figures;
  return {
    key: `boot:${id}:${attempt}:${instanceId ?? 0}:${bootingAtMs ?? 0}`,
    machineId,
    hostId: hostId ?? null,
    atMs,
    kind: 'boot',
    blame,
    outcome,
    bootSeconds,
    pullSeconds,
    sshSeconds,
    wasRebooted,
  };
}
