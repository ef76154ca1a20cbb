// What stands around the GPUs of a machine: processor, board, disk, network, driver. Drawn once; values and
// their mix follow the recorded market, the combinations are ours.
import { type Dice, DRAW } from '../dice.ts';
import type { Form, GpuModel } from './calibration.ts';

export interface Surroundings {
  readonly cpuName: string | null;
  readonly cpuCores: number;
  readonly cpuGhz: number | null;
  readonly cpuRamMb: number;
  readonly hasAvx: number;
  readonly moboName: string | null;
  readonly diskName: string | null;
  readonly diskSpaceGb: number;
  readonly diskMbPerSecond: number;
  readonly inetUpMbps: number;
  readonly inetDownMbps: number;
  readonly directPorts: number;
  readonly lanes: number;
  readonly pciGen: number;
  readonly pcieGbPerSecond: number;
  readonly nvlinkGbPerSecond: number;
  readonly powerW: number;
  readonly gpuTemperatureC: number;
  readonly gpuMemoryGbPerSecond: number;
  readonly driverVersion: string;
  readonly cudaMax: number;
  readonly osVersion: string;
  readonly isDisplayActive: boolean;
  readonly hasVms: boolean;
  readonly dlperfFactor: number;
  /** What of its disk can still be rented as volumes. */
  readonly volumeGb: number;
  /** Dollars a GB and month of volumes, as the renter pays. */
  readonly volumePrice: number;
  /** Dollars a GB and month, as the renter pays. */
  readonly storagePrice: number;
  /** Dollars a TB, as the renter pays. */
  readonly uploadPricePerTb: number;
  readonly downloadPricePerTb: number;
  /** Discount for prepaying, 0 to 0.4. */
  readonly reservedDiscount: number;
}

type Weighted<T> = readonly (readonly [value: T, weight: number])[];

const CPUS: Readonly<Record<'server' | 'home' | 'old', Weighted<readonly [string, number, number]>>> = {
  server: [
    [['AMD EPYC 7702 64-Core Processor', 128, 2], 53],
    [['AMD EPYC 7282 16-Core Processor', 32, 2.8], 49],
    [['AMD EPYC 7542 32-Core Processor', 64, 2.9], 30],
    [['AMD EPYC 7B13 64-Core Processor', 128, 3.5397939], 30],
    [['AMD EPYC 7742 64-Core Processor', 256, 2.25], 20],
    [['AMD EPYC 9654 96-Core Processor', 192, 3.7093569], 18],
    [['Xeon\u00ae Platinum 8480+', 224, 2], 18],
    [['AMD EPYC 7763 64-Core Processor', 256, 2.45], 19],
    [['Xeon\u00ae Gold 6448Y', 128, 2.1], 10],
    [['AMD EPYC 9124 16-Core Processor', 32, 3], 13],
  ],
  home: [
    [['Xeon\u00ae E5-2680 v4 ', 56, 2.4], 75],
    [['AMD Ryzen Threadripper PRO 3955WX 16-Cores', 32, 3.9], 32],
    [['AMD EPYC 7402 24-Core Processor', 48, 2.8], 34],
    [['AMD Ryzen 5 5600X 6-Core Processor', 12, 3.7], 26],
    [['AMD EPYC 7252 8-Core Processor', 16, 3.1], 29],
    [['AMD Ryzen 9 7950X 16-Core Processor', 32, 4.5], 24],
    [['13th Gen Core\u2122 i9-13900K', 32, 3], 12],
    [['Xeon\u00ae E5-2690 v4 ', 56, 2.6], 33],
  ],
  old: [
    [['Celeron\u00ae G3900 ', 2, 2.8], 24],
    [['Xeon\u00ae E5-2630 v2 ', 24, 2.6], 24],
    [['Xeon\u00ae E5-2650 v4 ', 24, 2.9], 14],
    [['Core\u2122 i5-6500 ', 4, 3.2], 12],
  ],
};

const BOARDS: Readonly<Record<'server' | 'home' | 'old', Weighted<string | null>>> = {
  server: [
    ['ROME2D32GM', 60],
    ['H12DSG', 23],
    ['H13DSG', 10],
    ['MZB3-G43-000', 10],
    ['K14PG', 21],
    [null, 20],
  ],
  home: [
    ['X99', 90],
    ['H12SSL', 64],
    ['ROMED8', 38],
    ['Pro WS WRX80E', 40],
    ['ProArt B650', 10],
    ['B550', 20],
    [null, 12],
  ],
  old: [
    ['B250', 28],
    ['X79', 25],
    ['H110 Pro BTC', 15],
    ['Default string', 17],
    [null, 10],
  ],
};

const DISKS: Weighted<string | null> = [
  ['nvme', 116],
  ['Corsair MP600 PRO XT', 54],
  ['QEMU HARDDISK', 42],
  ['', 27],
  ['SAMSUNG MZVL21T0HCLR-00B00', 26],
  ['WD_BLACK SN850X 4000GB', 19],
  ['CT4000P3PSSD8', 18],
  ['Micron_7450_MTFDKCC7T6TFR', 15],
  [null, 1],
];

/** Driver, its newest CUDA, and how many recorded answers of 2026-07 had it. */
const DRIVERS: Weighted<readonly [string, number]> = [
  [['595.71.05', 13.2], 9],
  [['580.95.05', 13], 8],
  [['580.126.20', 13], 7],
  [['560.35.05', 12.6], 5],
  [['580.159.03', 13], 5],
  [['550.163.01', 12.4], 3],
  [['535.161.08', 12.2], 3],
  [['590.48.01', 13.1], 2],
  [['570.211.01', 12.8], 2],
];

/** Drivers before this one do not know the Blackwell cards (compute capability 10 and 12). */
const FIRST_BLACKWELL_DRIVER = 570;

const STORAGE_PRICES: Weighted<number> = [
  [0.15, 615],
  [0.1, 155],
  [0.112, 102],
  [0.2, 62],
  [0.3, 46],
  [0.5, 39],
  [0.05, 22],
  [0.69, 10],
];
const TRAFFIC_PRICES_PER_TB: Weighted<readonly [up: number, down: number]> = [
  [[0, 0], 231],
  [[4, 2], 110],
  [[3, 2], 80],
  [[1, 1], 85],
  [[0.002, 0.002], 68],
  [[2.304, 2.304], 65],
  [[5, 3], 57],
  [[0.1, 0.1], 57],
];
const DISCOUNTS: Weighted<number> = [
  [0, 964],
  [0.4, 173],
  [0.1, 69],
  [0.2, 66],
  [0.01, 24],
];

export function weightedPick<T>(items: Weighted<T>, unit: number): T {
  let total = 0;
  for (const [, weight] of items) total += weight;
  let left = unit * total;
  for (const [value, weight] of items) {
    left -= weight;
    if (left < 0) return value;
  }
  return (items[items.length - 1] as readonly [T, number])[0];
}

const ERA: Readonly<Record<Form, 'server' | 'home' | 'old'>> = {
  flagship: 'home',
  consumer: 'home',
  pro: 'server',
  server: 'server',
  legacy: 'old',
  laptop: 'home',
};

export function drawSurroundings(dice: Dice, model: GpuModel, index: number, numGpus: number): Surroundings {
  const unit = (what: number) => dice.unit(DRAW.machine, index, what);
  const normal = (what: number) => dice.normal(DRAW.machine, index, what);
  const between = (what: number, low: number, high: number) => low + (high - low) * unit(what);
  const rounded = (value: number, places: number) => Number(value.toFixed(places));

  const era = ERA[model.form];
  const [cpuName, cpuCores, cpuGhz] = weightedPick(CPUS[era], unit(1));
  const isBlackwell = model.computeCap >= 1000;
  const drivers = isBlackwell
    ? DRIVERS.filter(([[version]]) => Number.parseInt(version, 10) >= FIRST_BLACKWELL_DRIVER)
    : DRIVERS;
  const [driverVersion, cudaMax] = weightedPick(drivers, unit(2));
  const [up, down] = weightedPick(TRAFFIC_PRICES_PER_TB, unit(3));
  const pciGen =
    era === 'old'
      ? unit(4) < 0.5
        ? 2
        : 3
      : isBlackwell || model.form === 'server'
        ? 5
        : unit(4) < 0.5
          ? 3
          : 4;
  const lanes = era !== 'old' && unit(5) < 0.2 ? 8 : model.lanes;
  const inetDownMbps = rounded(Math.min(9_400, 480 * Math.exp(0.9 * normal(6))), 1);
  const ramPerGpuMb = Math.max(3_900, model.gpuRamMb * between(7, 0.9, 2.4));
  const diskPerGpuGb = Math.min(1_900, 270 * Math.exp(0.9 * normal(8)));
  const ports = [98, 198, 498, 998, 249 * numGpus][Math.floor(unit(9) * 5)] as number;
  const isPortless = unit(10) < 0.05;
  const storagePrice = weightedPick(STORAGE_PRICES, unit(26)) / 0.75;
  return {
    cpuName: unit(11) < 0.012 ? null : cpuName,
    cpuCores,
    cpuGhz: unit(11) < 0.037 ? null : cpuGhz,
    cpuRamMb: Math.round(ramPerGpuMb * numGpus),
    hasAvx: cpuName.startsWith('Celeron') ? 0 : 1,
    moboName: weightedPick(BOARDS[era], unit(12)),
    diskName: weightedPick(DISKS, unit(13)),
    diskSpaceGb: Math.max(12, diskPerGpuGb * numGpus),
    diskMbPerSecond: rounded(between(14, era === 'old' ? 200 : 800, era === 'old' ? 1_200 : 6_600), 1),
    inetUpMbps: rounded(inetDownMbps * between(15, 0.3, 1.05), 1),
    inetDownMbps,
    directPorts: isPortless ? 0 : ports,
    lanes,
    pciGen,
    pcieGbPerSecond: rounded((lanes / 16) * 2 ** (pciGen - 3) * 12.8 * between(16, 0.9, 1.06), 1),
    nvlinkGbPerSecond: model.nvlinkGbPerSecond > 0 && numGpus >= 4 ? model.nvlinkGbPerSecond : 0,
    powerW: unit(17) < 0.8 ? model.powerW : Math.round(model.powerW * between(18, 0.7, 1)),
    gpuTemperatureC: Math.round(between(19, 48, 98)),
    gpuMemoryGbPerSecond: rounded(model.memoryGbPerSecond * between(20, 0.93, 1.05), 1),
    driverVersion,
    cudaMax,
    osVersion: unit(21) < 0.5 ? '22.04' : unit(21) < 0.85 ? '24.04' : '20.04',
    isDisplayActive: unit(22) < 0.03,
    hasVms: unit(23) < 0.04,
    dlperfFactor: Math.max(0.5, 1 - Math.abs(0.07 * normal(24))),
    volumeGb: Math.round(diskPerGpuGb * numGpus * between(25, 0.3, 0.9)),
    storagePrice,
    volumePrice: storagePrice,
    uploadPricePerTb: up / 0.75,
    downloadPricePerTb: down / 0.75,
    reservedDiscount: weightedPick(DISCOUNTS, unit(27)),
  };
}
