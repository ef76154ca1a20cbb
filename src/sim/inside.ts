// What stands inside the instances of a simulation: real machines behind sockets, twins in memory, or nothing.
import type { RemoteShell } from '../net/ssh/index.ts';
import type { GpuLoads } from './gpu-loads.ts';
import type { Carrier, MakeContainer } from './instances/index.ts';

export interface Inside {
  readonly makeContainer: MakeContainer;
  /** Moves files between instances and volumes; without it copies only take their time and cost. */
  readonly carrier?: Carrier;
  /** What its GPUs are to show; without it nobody looks at them. */
  readonly loads?: GpuLoads;
  /** A new connection to the machine of an instance; without it only sockets lead inside. */
  readonly shell?: (instanceId: number) => Promise<RemoteShell>;
  /** Called when every container has been destroyed. */
  readonly close?: () => Promise<void>;
}
