// The memory of hosts: what boots, hours, probes and faults have shown of machines, and what a ranking makes of it.
export { type BootEnd, bootObservation } from './boot-observation.ts';
export { HALF_LIFE_MS } from './decay.ts';
export {
  createHostMemory,
  type HostMemory,
  type HostMemoryOptions,
  type MemoryFilter,
} from './host-memory.ts';
export type { MemoryRow } from './memory-rows.ts';
export { memoryMigrations } from './migrations.ts';
export {
  type BootSeen,
  HOST_FAULTS,
  type HostFault,
  INTERRUPTION_CAUSES,
  type InterruptionCause,
  type Observation,
} from './observation.ts';
export type { DiskFigures } from './probe/probe-disk.ts';
export type { GpuFigures } from './probe/probe-gpu.ts';
export type { NetworkFigures } from './probe/probe-network.ts';
export { type ProbedPlace, probeObservations } from './probe/probe-observations.ts';
export type { ProbePart } from './probe/probe-part.ts';
export { type ProbeOptions, type ProbeReport, probeShell } from './probe/probe-shell.ts';
export { type HostWatch, watchHosts } from './watch-hosts.ts';
