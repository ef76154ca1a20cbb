// An instance as the ground truth shows it.
import type { InstanceTruth } from '../types.ts';
import type { Instance } from './instance.ts';

export function truthOf(instance: Instance): InstanceTruth {
  const { terms } = instance;
  return {
    instanceId: instance.id,
    accountId: instance.account.id,
    machineId: instance.machine.machineId,
    type: terms.type,
    intended: instance.intended,
    actual: instance.actual,
    gpuIds: instance.gpuIds,
    holdsGpus: instance.rental !== undefined,
    waiting: instance.waiting,
    gpuPricePerHour: terms.gpuPricePerHour,
    gpuName: instance.wrongGpu?.gpuName ?? String(instance.hardware.gpu_name),
    gpuCount: instance.wrongGpu?.numGpus ?? instance.gpuIds.length,
    billedPerHour: { gpu: instance.gpuRate, disk: instance.diskRate },
    createdMs: instance.createdMs,
    endMs: terms.endMs,
    destroyedMs: instance.destroyedMs,
  };
}
