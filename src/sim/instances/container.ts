// The seam to the inside of an instance: a real machine behind a socket, a twin in memory, or nothing at all.
import type { WorldFaultName } from '../faults/world-fault-table.ts';
import type { Instance } from './instance.ts';

/** Faults that strike the inside. All but `key-lost` and `stuck-tunnel` last until the container is recycled. */
export const CONTAINER_FAULTS = [
  'key-refused',
  'key-lost',
  'stuck-tunnel',
  'slow-ssh',
  'ssh-reset',
  'disk-full',
] as const satisfies readonly WorldFaultName[];
export type ContainerFault = (typeof CONTAINER_FAULTS)[number];

/** What goes on in a running instance. Calls come one at a time; those that fail leave it as it was and say why. */
export interface Container {
  /** Begins; the container is up when it resolves. */
  start(): Promise<void>;
  /** Its processes end; the disk stays. */
  stop(): Promise<void>;
  /** Processes end and start again; a stuck tunnel is free again. */
  reboot(): Promise<void>;
  /** A fresh disk; not started. */
  recycle(): Promise<void>;
  /** Processes and disk are gone. */
  destroy(): Promise<void>;
  /** Where its SSH server listens; undefined when it has none or is not running. */
  readonly sshPort: number | undefined;
  /** The address that goes with `sshPort`; the machine's public one when left out. */
  readonly sshHost?: string;
  logs(): Promise<string>;
  /** One of the few commands that work on a stopped instance too. */
  execute(command: string): Promise<string>;
  /** By its files, without volumes; undefined while nobody knows. */
  diskUsedGb(): number | undefined;
  /** Since its creation. */
  trafficGb(): { readonly up: number; readonly down: number };
  /** Whether its GPUs do nothing just now; left out where nobody knows. */
  isGpuIdle?(): boolean;
  /** From now on; several may hold at once. */
  befall(fault: ContainerFault): Promise<void>;
}

/**
 * Makes the inside of a new instance when it first boots, and of one that came back after it was destroyed. `onExit` is
 * called when the main process ends by itself.
 */
export type MakeContainer = (instance: Instance, onExit: () => void) => Container;
