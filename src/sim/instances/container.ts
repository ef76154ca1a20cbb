// The seam to the inside of an instance: a real machine behind a socket, a twin in memory, or nothing at all.
import type { Instance } from './instance.ts';

/** What goes on in a running instance. Calls that fail leave it as it was and say why. */
export interface Container {
  /** Begins; the container is up when it resolves. */
  start(): Promise<void>;
  /** Its processes end; the disk stays. */
  stop(): Promise<void>;
  /** Processes end and start again. */
  reboot(): Promise<void>;
  /** A fresh disk. */
  recycle(): Promise<void>;
  /** Processes and disk are gone. */
  destroy(): Promise<void>;
  /** Where its SSH server listens; undefined when it has none or is not running. */
  readonly sshPort: number | undefined;
  logs(): Promise<string>;
  /** One of the few commands that work on a stopped instance too. */
  execute(command: string): Promise<string>;
  diskUsedGb(): Promise<number>;
  /** Since its creation. */
  trafficGb(): { readonly up: number; readonly down: number };
}

/** Makes the inside of new instances. `onExit` is called when the main process ends by itself. */
export type MakeContainer = (instance: Instance, onExit: () => void) => Container;
