// The charges of one contract, taken apart by what they were for. Integer micro-dollars: the parts are the charge.
import { type MicroUsd, microUsd } from '../../../base/std/index.ts';
import type { Charge, ChargeItem } from '../../../net/vast/index.ts';

export interface ChargeParts {
  readonly gpu: MicroUsd;
  readonly diskRunning: MicroUsd;
  readonly diskStopped: MicroUsd;
  readonly download: MicroUsd;
  readonly upload: MicroUsd;
  /** Everything of an instance whose GPUs were never billed. */
  readonly neverRan: MicroUsd;
  readonly volume: MicroUsd;
  /** Other kinds, and what rounding leaves between a charge and its items. */
  readonly other: MicroUsd;
  readonly total: MicroUsd;
}

export const CHARGE_PARTS = [
  'gpu',
  'diskRunning',
  'diskStopped',
  'download',
  'upload',
  'neverRan',
  'volume',
  'other',
] as const satisfies readonly (keyof ChargeParts)[];

const NOTHING: ChargeParts = {
  gpu: microUsd(0),
  diskRunning: microUsd(0),
  diskStopped: microUsd(0),
  download: microUsd(0),
  upload: microUsd(0),
  neverRan: microUsd(0),
  volume: microUsd(0),
  other: microUsd(0),
  total: microUsd(0),
};

/**
 * All charges of one contract. The service bills the disk of an instance by the hour, running or not; the share of
 * the hours in which its GPUs were billed is that of the disk while it ran. Where no hours can be read, an instance
 * whose GPUs were billed is taken to have run all the time.
 */
export function splitCharges(charges: readonly Charge[]): ChargeParts {
  const total = sum(charges.map(({ amountUsd }) => amountUsd));
  if (charges.some(({ type }) => type === 'volume')) return { ...NOTHING, volume: total, total };
  const items = charges.flatMap(leaves);
  const of = (type: string) => items.filter((item) => item.type === type);
  const gpuItems = of('gpu').filter(({ amountUsd }) => amountUsd !== 0);
  if (gpuItems.length === 0) return { ...NOTHING, neverRan: total, total };
  const gpu = sumOf(gpuItems);
  const disk = sumOf(of('disk'));
  const diskRunning = microUsd((disk * runningShare(gpuItems, of('disk'))) / 1e6);
  const [download, upload] = [sumOf(of('bwd')), sumOf(of('bwu'))];
  return {
    ...NOTHING,
    gpu,
    diskRunning,
    diskStopped: (disk - diskRunning) as MicroUsd,
    download,
    upload,
    other: (total - gpu - disk - download - upload) as MicroUsd,
    total,
  };
}

export function addParts(all: readonly ChargeParts[]): ChargeParts {
  return all.reduce((before, each) => {
    const names = Object.keys(NOTHING) as (keyof ChargeParts)[];
    return Object.fromEntries(
      names.map((name) => [name, before[name] + each[name]]),
    ) as unknown as ChargeParts;
  }, NOTHING);
}

function leaves(item: ChargeItem): readonly ChargeItem[] {
  return item.items.length === 0 ? [item] : item.items.flatMap(leaves);
}

function runningShare(gpu: readonly ChargeItem[], disk: readonly ChargeItem[]): number {
  const [gpuHours, diskHours] = [hoursOf(gpu), hoursOf(disk)];
  if (gpuHours === undefined || diskHours === undefined || diskHours <= 0) return 1;
  return Math.min(1, gpuHours / diskHours);
}

/** Undefined when one of them does not tell: `96.000 hours at $0.389/hour`. */
function hoursOf(items: readonly ChargeItem[]): number | undefined {
  const hours = items.map(({ description }) => Number(/^([\d.]+) hours/.exec(description ?? '')?.[1]));
  return hours.some(Number.isNaN) ? undefined : hours.reduce((before, each) => before + each, 0);
}

function sumOf(items: readonly ChargeItem[]): MicroUsd {
  return sum(items.map(({ amountUsd }) => amountUsd));
}

function sum(amounts: readonly number[]): MicroUsd {
  return amounts.reduce((before, each) => before + microUsd(each), 0) as MicroUsd;
}
