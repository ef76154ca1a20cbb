// What a machine's offers show in a poll: a row for each node of its tree.
import type { Observation } from '../../../src/watch/history/observation.ts';
import type { Machine } from './machine.ts';

const SHOWN_COLUMNS = ['all', 'original'] as const;
/** `original`: what is kept beside the original's 16 columns is null, which is quicker to make and to compare. */
export type ShownColumns = (typeof SHOWN_COLUMNS)[number];

/** Storage of a default 8 GB disk, by the hour of a month of 730: it gives prices all their 17 digits. */
function storagePerHour(storageCost: number): number {
  return (storageCost * 8) / 730;
}

export function observe(machine: Machine, columns: ShownColumns): readonly Observation[] {
  const { facts } = machine;
  const { model } = facts;
  const isWhole = columns === 'all';
  return machine.states.map((state, node) => {
    const gpus = machine.gpusOf(node);
    const base = Math.round(facts.pricePerGpu * gpus * 1e4) / 1e4;
    const perGpu = (total: number) => Math.round((total * gpus) / facts.gpus);
    // One literal with every field, so that all rows have one shape and keep their fields in themselves.
    return {
      offerId: machine.offerIds[node] as number,
      machineId: facts.machineId,
      gpuName: model.name,
      numGpus: gpus,
      gpuFrac: gpus / facts.gpus,
      gpuTotalRamGb: (model.gpuRamMb * gpus) / 1024,
      dphTotal: base + storagePerHour(facts.storageCost),
      reliability: facts.reliability,
      geolocation: facts.place,
      type: 'on-demand',
      rentable: state === 'available' ? 1 : 0,
      rented: state === 'rented' ? 1 : 0,
      verified: facts.verified,
      deverified: facts.deverified,
      availability: state,
      hostId: isWhole ? facts.hostId : null,
      gpuIds: isWhole ? machine.gpuIdsOf(node) : null,
      bundleId: isWhole ? facts.machineId * 100 + gpus : null,
      dphBase: isWhole ? base : null,
      minBid: isWhole ? Math.round(base * 6_000) / 1e4 : null,
      reservedPrice: isWhole ? base * 0.8 + storagePerHour(facts.storageCost) : null,
      storageCost: isWhole ? facts.storageCost : null,
      inetUpCost: isWhole ? facts.inetUpCost : null,
      inetDownCost: isWhole ? facts.inetDownCost : null,
      gpuRamMb: isWhole ? model.gpuRamMb : null,
      diskSpaceGb: isWhole ? perGpu(facts.diskGb) : null,
      cpuName: isWhole ? facts.cpuName : null,
      cpuCores: isWhole ? facts.cpuCores : null,
      cpuRamMb: isWhole ? facts.cpuRamMb : null,
      dlperf: isWhole ? model.dlperf * gpus : null,
      totalFlops: isWhole ? model.totalFlops * gpus : null,
      cudaMax: isWhole ? facts.cudaMax : null,
      computeCap: isWhole ? model.computeCap : null,
      driver: isWhole ? facts.driver : null,
      hostingType: isWhole ? facts.hostingType : null,
      staticIp: isWhole ? facts.staticIp : null,
      directPortCount: isWhole ? perGpu(facts.ports) : null,
      endDate: isWhole ? facts.endDate : null,
    };
  });
}
