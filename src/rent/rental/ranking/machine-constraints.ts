// What the machine must be.
import { expandPlaces } from '../../../net/vast/index.ts';
import type { CompleteNeed } from './complete-need.ts';
import type { MachineConstraint } from './constraint.ts';
import { supportsArchitecture } from './cuda-support.ts';
import { listOf, most, roundDown, roundUp } from './relax-words.ts';

/** Cards are sold by nominal sizes, and drivers show up to 5 % less: 23,028 MB of an A10 with 24 GB. */
const VRAM_TOLERANCE = 0.95;
export function machineConstraints(need: CompleteNeed): readonly MachineConstraint[] {
  const rows: MachineConstraint[] = [
    {
      name: 'rentable',
      accepts: (offer) => offer.rentable !== false,
      sentence: 'cannot be rented now',
      relax: () => 'wait for them',
    },
  ];
  const { gpus, minVramGb, minCuda, minComputeCap, imageCuda, regions, minReliability, isDatacenter } = need;
  if (need.excludedMachines.size > 0) {
    rows.push({
      name: 'machine',
      accepts: (offer) => !need.excludedMachines.has(offer.machineId),
      sentence: 'are on excluded machines',
      relax: (opened) => `allow machine ${listOf(opened.map(({ offer }) => offer.machineId))}`,
    });
  }
  if (gpus !== null) {
    rows.push({
      name: 'gpu',
      accepts: (offer) => gpus.has(offer.gpuName),
      sentence: `have no ${[...gpus].join(' or ')}`,
      relax: (opened) => `allow ${listOf(opened.map(({ offer }) => offer.gpuName))}`,
    });
  }
  rows.push({
    name: 'gpu-count',
    accepts: (offer) => (offer.numGpus ?? 1) === need.gpuCount,
    sentence: `have another number of GPUs than ${need.gpuCount}`,
    relax: (opened) => `ask for ${listOf(opened.map(({ offer }) => offer.numGpus ?? 1))} GPUs`,
  });
  if (minVramGb !== null) {
    rows.push({
      name: 'vram',
      accepts: (offer) => vramGb(offer.gpuRamMb) >= minVramGb * VRAM_TOLERANCE,
      sentence: `have less than ${minVramGb} GB a GPU`,
      relax: (opened) =>
        `ask for ${Math.floor(most(opened, ({ offer }) => vramGb(offer.gpuRamMb)))} GB a GPU`,
    });
  }
  if (minCuda !== null) {
    rows.push({
      name: 'cuda',
      accepts: (offer) => (offer.cudaMax ?? 0) >= minCuda,
      sentence: `have a driver older than CUDA ${minCuda}`,
      relax: (opened) => `ask for CUDA ${most(opened, ({ offer }) => offer.cudaMax ?? 0)}`,
    });
  }
  if (minComputeCap !== null) {
    rows.push({
      name: 'compute-capability',
      accepts: (offer) => (offer.computeCap ?? 0) >= Math.round(minComputeCap * 100),
      sentence: `have a compute capability below ${minComputeCap}`,
      relax: (opened) =>
        `ask for compute capability ${most(opened, ({ offer }) => offer.computeCap ?? 0) / 100}`,
    });
  }
  if (imageCuda !== null) {
    rows.push({
      name: 'image-cuda',
      accepts: (offer) => supportsArchitecture(imageCuda, offer.computeCap),
      sentence: `have GPUs for which CUDA ${imageCuda} of the image has no code`,
      relax: (opened) => `take an image whose CUDA knows ${listOf(opened.map(({ offer }) => offer.gpuName))}`,
    });
  }
  if (regions !== null) {
    const countries = new Set(expandPlaces(regions));
    rows.push({
      name: 'region',
      accepts: (offer) => offer.countryCode !== null && countries.has(offer.countryCode),
      sentence: `are not in ${regions.join(', ')}`,
      relax: (opened) => `allow ${listOf(opened.map(({ offer }) => offer.countryCode ?? 'unknown places'))}`,
    });
  }
  if (minReliability !== null) {
    rows.push({
      name: 'reliability',
      accepts: (offer) => (offer.reliability ?? 0) >= minReliability,
      sentence: `are less reliable than ${minReliability}`,
      relax: (opened) =>
        `ask for ${roundDown(
          most(opened, ({ offer }) => offer.reliability ?? 0),
          3,
        )}`,
    });
  }
  if (need.verification !== 'any') {
    rows.push({
      name: 'verification',
      accepts: (offer) =>
        need.verification === 'verified' ? offer.verified && !offer.deverified : !offer.deverified,
      sentence: need.verification === 'verified' ? 'are not verified' : 'are deverified',
      relax: (opened) =>
        opened.some(({ offer }) => !offer.deverified) ? 'allow unverified ones' : 'allow deverified ones',
    });
  }
  if (isDatacenter !== null) {
    rows.push({
      name: 'datacenter',
      accepts: (offer) => offer.hostingType !== null && (offer.hostingType === 1) === isDatacenter,
      sentence: isDatacenter ? 'are not in a data center' : 'are in a data center',
      relax: () => (isDatacenter ? 'allow other hosts' : 'allow data centers'),
    });
  }
  rows.push({
    name: 'image-size',
    accepts: () => need.diskTakenGb <= need.diskGb,
    sentence: `would be too full: image, data and checkpoints take ${roundUp(need.diskTakenGb, 0)} GB of ${need.diskGb} GB`,
    relax: () => `ask for ${roundUp(need.diskTakenGb, 0)} GB of disk`,
  });
  rows.push({
    name: 'disk',
    accepts: (offer) => (offer.diskSpaceGb ?? 0) >= need.diskGb,
    sentence: `have less than ${need.diskGb} GB of disk`,
    relax: (opened) =>
      `ask for ${roundDown(
        most(opened, ({ offer }) => offer.diskSpaceGb ?? 0),
        0,
      )} GB of disk`,
  });
  return rows;
}

function vramGb(gpuRamMb: number | null): number {
  // The service's own filter takes a GB for 1,000 MB.
  return (gpuRamMb ?? 0) / 1_000;
}
