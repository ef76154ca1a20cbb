// What the GPUs of each instance are doing, as somebody ordered it: nvidia-smi in a real machine shows it.
import type { GpuLoad } from './machine/index.ts';

export interface GpuLoads {
  /** Idle until something else was ordered. */
  of(instanceId: number): GpuLoad;
  set(instanceId: number, load: GpuLoad): void;
}

export function createGpuLoads(): GpuLoads {
  const loads = new Map<number, GpuLoad>();
  return {
    of: (instanceId) => loads.get(instanceId) ?? { state: 'idle' },
    set(instanceId, load) {
      loads.set(instanceId, load);
    },
  };
}
