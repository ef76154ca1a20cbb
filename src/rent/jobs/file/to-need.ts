// What a job asks of the market.
import type { Need } from '../../rental/index.ts';
import { knownImageSize } from './image-size.ts';
import type { Job } from './job.ts';

/** As often as one is copied here while the job runs; what it costs and weighs nobody said. */
const UNKNOWN_CHECKPOINT = { costS: 0, sizeGb: 0, intervalS: 300 } as const;

/** For how long a machine is compared where the job says neither how long it may take nor how large the work is. */
const USUAL_HOURS = 24;

/**
 * The need to rank offers by. With `work` it is ranked by what finishing costs, else by what holding a machine for
 * `max_duration` costs (a day without one), interruptions included: then a faster machine counts for nothing.
 */
export function toNeed(job: Job): Need {
  const { resources, work, image } = job;
  const size = image === undefined ? undefined : knownImageSize(image);
  const { vramGb, cuda, reliability, isDatacenter, maxPricePerHour, maxPricePerGpuHour } = resources;
  return {
    purpose: work
      ? { kind: 'work', referenceHours: work.hours, referenceGpu: work.referenceGpu }
      : {
          kind: 'timed-work',
          hours: job.maxDurationMs === undefined ? USUAL_HOURS : job.maxDurationMs / 3_600_000,
        },
    gpus: resources.gpus.length === 0 ? 'any' : resources.gpus,
    gpuCount: resources.count,
    diskGb: resources.diskGb,
    verification: resources.verification,
    rentalTypes: resources.rental === 'either' ? ['on-demand', 'interruptible'] : [resources.rental],
    ...(vramGb !== undefined && { minVramGb: vramGb }),
    ...(cuda !== undefined && { minCuda: cuda }),
    ...(resources.regions.length > 0 && { regions: resources.regions }),
    ...(reliability !== undefined && { minReliability: reliability }),
    ...(isDatacenter !== undefined && { isDatacenter }),
    ...(maxPricePerHour !== undefined && { maxPricePerHour }),
    ...(maxPricePerGpuHour !== undefined && { maxPricePerGpuHour }),
    ...(size && { image: size }),
    ...(job.checkpoints.length > 0 && {
      checkpoint: work ? { costS: work.checkpointS, sizeGb: work.checkpointGb } : UNKNOWN_CHECKPOINT,
    }),
  };
}
