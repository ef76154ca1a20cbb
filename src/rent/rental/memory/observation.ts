// What can be seen of a machine, and how it is kept: one row for each time that something was seen.
import { assert } from '../../../base/std/index.ts';
import type { ObservationRow } from './tables.ts';

export const INTERRUPTION_CAUSES = ['outbid', 'offline', 'died'] as const;
export type InterruptionCause = (typeof INTERRUPTION_CAUSES)[number];

export const HOST_FAULTS = ['wrong-gpu', 'disk-full', 'ecc', 'hot'] as const;
export type HostFault = (typeof HOST_FAULTS)[number];

/** How a boot ended, in the fields that a boot tells. */
export interface BootSeen {
  /** `ready`, or the name of the failure. */
  readonly outcome: string;
  readonly bootSeconds: number;
  readonly pullSeconds?: number | undefined;
  readonly sshSeconds?: number | undefined;
  readonly wasRebooted?: boolean | undefined;
}

interface Seen {
  /** The same thing seen again has the same key; it then counts once. */
  readonly key: string;
  readonly machineId: number;
  readonly hostId: number | null;
  readonly atMs: number;
  /** For people; one sentence without a full stop. */
  readonly note?: string | undefined;
}

export type Observation = Seen &
  (
    | (BootSeen & {
        readonly kind: 'boot';
        /** What a failure tells against. Only `machine` counts; of a boot that worked it is not looked at. */
        readonly blame: 'machine' | 'launch' | 'nobody';
      })
    | { readonly kind: 'ran'; readonly hours: number }
    | { readonly kind: 'interruption'; readonly cause: InterruptionCause }
    | {
        readonly kind: 'bandwidth';
        readonly direction: 'down' | 'up';
        readonly measuredMbps: number;
        readonly advertisedMbps: number;
      }
    | {
        readonly kind: 'speed';
        readonly gpuName: string;
        readonly gpuCount: number;
        /** Only figures of one method are compared. */
        readonly method: string;
        readonly value: number;
        readonly unit: string;
        /** What the class does by the same method; null to compare with what others of the class did here. */
        readonly expected: number | null;
      }
    | { readonly kind: 'fault'; readonly fault: HostFault }
    /** Seen again after it had been seen gone. */
    | { readonly kind: 'resurrection' }
    /** All figures of a probe, for people. */
    | { readonly kind: 'probe'; readonly report: Readonly<Record<string, unknown>> }
  );

export type ObservationOf<Kind extends Observation['kind']> = Extract<Observation, { kind: Kind }>;

const KINDS: readonly string[] = [
  'boot',
  'ran',
  'interruption',
  'bandwidth',
  'speed',
  'fault',
  'resurrection',
  'probe',
] satisfies readonly Observation['kind'][];

export function rowOf(observation: Observation): ObservationRow {
  const { key, machineId, hostId, atMs, kind, ...figures } = observation;
  assert(
    key !== '' && Number.isSafeInteger(machineId),
    `An observation of machine ${machineId} has no place`,
  );
  for (const [name, value] of Object.entries(figures)) {
    assert(
      typeof value !== 'number' || (Number.isFinite(value) && value >= 0),
      `${kind} of machine ${machineId}: ${name} is ${String(value)}; figures are 0 or more`,
    );
  }
  const row = { key, machine_id: machineId, host_id: hostId, at: Math.trunc(atMs), kind };
  return { ...row, figures: JSON.stringify(figures) };
}

/** Undefined for a kind that this version does not know. */
export function observationOf(row: ObservationRow): Observation | undefined {
  if (!KINDS.includes(row.kind)) return undefined;
  return {
    ...(JSON.parse(row.figures) as object),
    key: row.key,
    machineId: row.machine_id,
    hostId: row.host_id,
    atMs: row.at,
    kind: row.kind,
  } as Observation;
}
