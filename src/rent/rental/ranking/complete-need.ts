// A need checked, with every default filled in: what the rest of the ranking reads.
import { canonicalGpuName } from '../../../net/vast/index.ts';
import {
  type Checkpoint,
  type Image,
  type Need,
  NeedError,
  type Purpose,
  RENTAL_TYPES,
  type RentalType,
  type VerificationWish,
} from './need.ts';

/** A need with every default filled in; null is "not asked". */
export interface CompleteNeed {
  readonly purpose: Purpose;
  readonly gpus: ReadonlySet<string> | null;
  readonly gpuCount: number;
  readonly minVramGb: number | null;
  readonly minCuda: number | null;
  readonly minComputeCap: number | null;
  readonly imageCuda: number | null;
  readonly regions: readonly string[] | null;
  readonly minReliability: number | null;
  readonly verification: VerificationWish;
  readonly isDatacenter: boolean | null;
  readonly maxPricePerHour: number | null;
  readonly maxPricePerGpuHour: number | null;
  readonly deadlineMs: number | null;
  readonly minFinishChance: number;
  /** What is asked of the host and paid for. */
  readonly diskGb: number;
  /** What image, data and checkpoints take. */
  readonly diskTakenGb: number;
  readonly rentalTypes: readonly RentalType[];
  readonly dataInGb: number;
  readonly dataOutGb: number;
  readonly checkpoint: Checkpoint | null;
  readonly image: Image;
  readonly excludedMachines: ReadonlySet<number>;
}

/** The official PyTorch image with CUDA 12 of 2025: 3.6 GB to pull, 8 GB on the disk. */
const USUAL_IMAGE: Image = { compressedGb: 3.6, unpackedGb: 8 };
const SPARE_DISK_GB = 10;
const USUAL_FINISH_CHANCE = 0.9;
/** The last time that a date can be written for. */
const LAST_DATE_MS = 8.64e15;

/**
 * Checks a need and fills in the defaults. `learnedGpus` are names that the offers have and the program does not
 * know. Throws NeedError with all faults.
 */
export function completeNeed(need: Need, learnedGpus: readonly string[] = []): CompleteNeed {
  const faults = faultsOf(need);
  if (faults.length > 0) throw new NeedError(faults);
  const image = need.image ?? USUAL_IMAGE;
  const dataInGb = need.dataInGb ?? 0;
  const dataOutGb = need.dataOutGb ?? 0;
  const checkpoint = need.checkpoint ?? null;
  // The one before the last may go only when the last is whole.
  const diskTakenGb = image.unpackedGb + dataInGb + dataOutGb + 2 * (checkpoint?.sizeGb ?? 0);
  return {
    purpose: need.purpose,
    gpus:
      need.gpus === undefined || need.gpus === 'any'
        ? null
        : new Set(need.gpus.map((name) => canonicalGpuName(name, learnedGpus) ?? name)),
    gpuCount: need.gpuCount ?? 1,
    minVramGb: need.minVramGb ?? null,
    minCuda: need.minCuda ?? null,
    minComputeCap: need.minComputeCap ?? null,
    imageCuda: need.imageCuda ?? null,
    regions: need.regions ?? null,
    minReliability: need.minReliability ?? null,
    verification: need.verification ?? 'verified',
    isDatacenter: need.isDatacenter ?? null,
    maxPricePerHour: need.maxPricePerHour ?? null,
    maxPricePerGpuHour: need.maxPricePerGpuHour ?? null,
    deadlineMs: need.deadlineMs ?? null,
    minFinishChance: need.minFinishChance ?? USUAL_FINISH_CHANCE,
    diskGb: need.diskGb ?? Math.ceil(diskTakenGb + SPARE_DISK_GB),
    diskTakenGb,
    rentalTypes: need.rentalTypes ?? ['on-demand'],
    dataInGb,
    dataOutGb,
    checkpoint,
    image,
    excludedMachines: new Set(need.excludedMachines),
  };
}

function faultsOf(need: Need): string[] {
  const faults: string[] = [];
  const check = (isRight: boolean, sentence: string) => {
    if (!isRight) faults.push(sentence);
  };
  const amount = (name: string, value: number | undefined) =>
    check(value === undefined || (value >= 0 && value < Number.POSITIVE_INFINITY), `${name} is ${value}`);
  const positive = (name: string, value: number | undefined) =>
    check(value === undefined || (value > 0 && value < Number.POSITIVE_INFINITY), `${name} is ${value}`);
  const ratio = (name: string, value: number | undefined) =>
    check(value === undefined || (value >= 0 && value <= 1), `${name} is ${value}, not 0 to 1`);

  if (need.purpose.kind === 'work') {
    positive('referenceHours', need.purpose.referenceHours);
    positive('referenceDlperf', need.purpose.referenceDlperf);
  } else positive('hours', need.purpose.hours);
  const { gpuCount, gpus, regions, rentalTypes, deadlineMs, checkpoint, image } = need;
  check(
    gpuCount === undefined || (Number.isSafeInteger(gpuCount) && gpuCount > 0),
    `gpuCount is ${gpuCount}`,
  );
  check(gpus === undefined || gpus.length > 0, 'gpus is an empty list; say "any"');
  check(regions === undefined || regions.length > 0, 'regions is an empty list');
  check(rentalTypes === undefined || rentalTypes.length > 0, 'rentalTypes is an empty list');
  check(
    rentalTypes === undefined || rentalTypes.every((type) => RENTAL_TYPES.includes(type)),
    `rentalTypes has "${rentalTypes?.join(', ')}"; it knows ${RENTAL_TYPES.join(' and ')}`,
  );
  check(
    deadlineMs === undefined || Math.abs(deadlineMs) <= LAST_DATE_MS,
    `deadlineMs is ${deadlineMs}, which is no date`,
  );
  for (const name of ['minVramGb', 'minCuda', 'minComputeCap', 'imageCuda', 'dataInGb', 'dataOutGb'] as const)
    amount(name, need[name]);
  for (const name of ['maxPricePerHour', 'maxPricePerGpuHour', 'diskGb'] as const) positive(name, need[name]);
  ratio('minReliability', need.minReliability);
  ratio('minFinishChance', need.minFinishChance);
  amount('checkpoint.costS', checkpoint?.costS);
  positive('checkpoint.intervalS', checkpoint?.intervalS);
  amount('checkpoint.sizeGb', checkpoint?.sizeGb);
  amount('image.compressedGb', image?.compressedGb);
  amount('image.unpackedGb', image?.unpackedGb);
  return faults;
}
