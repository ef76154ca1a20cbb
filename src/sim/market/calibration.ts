// The market that the simulator imitates, one row for each GPU model. Sources and dates of every column:
// docs/internals/simulator.md, "Calibration". The figures are rounded summaries; no recorded row is in here.

/** Decides sizes of machines, kinds of hosts and what stands around the GPUs. */
export const FORMS = ['flagship', 'consumer', 'pro', 'server', 'legacy', 'laptop'] as const;
export type Form = (typeof FORMS)[number];

export interface GpuModel {
  readonly index: number;
  /** As on the wire, with spaces. */
  readonly name: string;
  readonly form: Form;
  /** GPUs of this model in a thousand GPUs of the market. */
  readonly sharePerMille: number;
  /** Share of its GPUs that are rented on demand, 0 to 1. */
  readonly utilisation: number;
  /** What a renter pays for one GPU, dollars an hour: median over the machines. */
  readonly medianPricePerHour: number;
  /** Standard deviation of ln(price) over the machines. */
  readonly priceSigma: number;
  /** Share of its GPUs on verified machines, 0 to 1. */
  readonly verifiedShare: number;
  readonly gpuRamMb: number;
  /** Of one GPU in a large chunk. */
  readonly dlperf: number;
  readonly tflops: number;
  /** Power limit. */
  readonly powerW: number;
  readonly memoryGbPerSecond: number;
  /** Times 100: 890 is 8.9. */
  readonly computeCap: number;
  readonly lanes: number;
  /** GB/s; 0 where there is none. */
  readonly nvlinkGbPerSecond: number;
}

type Row = readonly [
  name: string,
  form: Form,
  sharePerMille: number,
  utilisation: number,
  medianPricePerHour: number,
  priceSigma: number,
  verifiedShare: number,
  gpuRamMb: number,
  dlperf: number,
  tflops: number,
  powerW: number,
  memoryGbPerSecond: number,
  computeCap: number,
  lanes: number,
  nvlinkGbPerSecond: number,
];

const ROWS: readonly Row[] = [
  ['RTX 4090', 'flagship', 264, 0.48, 0.33, 0.19, 0.82, 24564, 98.6, 82.58, 450, 3390, 890, 16, 0],
  ['RTX 5090', 'flagship', 191, 0.67, 0.4, 0.27, 0.81, 32607, 203.2, 109.41, 575, 1500, 1200, 16, 0],
  ['RTX 3090', 'flagship', 125, 0.48, 0.16, 0.29, 0.69, 24576, 45.2, 35.77, 350, 770, 860, 16, 0],
  ['RTX 3060', 'consumer', 68, 0.48, 0.06, 0.36, 0.69, 12288, 12.5, 12.39, 170, 310, 860, 16, 0],
  ['H200', 'server', 28, 0.55, 2.68, 0.15, 1, 143771, 491.1, 53.53, 700, 4100, 900, 16, 478],
  ['RTX 3070', 'consumer', 22, 0.28, 0.05, 0.75, 0.35, 8192, 16.7, 20.35, 220, 380, 860, 16, 0],
  ['RTX 5060 Ti', 'consumer', 20, 0.47, 0.09, 0.47, 0.66, 16311, 38.7, 23.67, 180, 400, 1200, 16, 0],
  ['H100 SXM', 'server', 15, 0.67, 1.86, 0.14, 0.89, 81559, 353.9, 53.53, 700, 2160, 900, 16, 478],
  ['RTX 3080', 'consumer', 15, 0.36, 0.08, 0.34, 0.69, 10240, 27.4, 29.66, 320, 630, 860, 16, 0],
  ['A100 SXM4', 'server', 15, 0.6, 0.99, 0.3, 0.96, 81920, 131.8, 15.59, 400, 1370, 800, 16, 300],
  ['RTX PRO 6000 S', 'server', 14, 0.04, 2, 0.2, 0.92, 97887, 279.4, 93.56, 600, 1500, 1200, 16, 0],
  ['RTX A4000', 'pro', 14, 0.4, 0.08, 0.39, 0.71, 16376, 21.6, 20.64, 140, 360, 860, 16, 0],
  ['RTX 4060 Ti', 'consumer', 13, 0.53, 0.12, 0.49, 0.82, 16380, 22.9, 21.73, 165, 250, 890, 8, 0],
  ['RTX A5000', 'pro', 13, 0.59, 0.2, 0.14, 0.89, 24564, 35.3, 27.53, 230, 630, 860, 16, 0],
  ['RTX PRO 6000 WS', 'pro', 12, 0.47, 0.89, 0.14, 0.77, 97887, 283.6, 118.97, 600, 1550, 1200, 16, 0],
  ['L40S', 'server', 11, 0.36, 0.6, 0.16, 0.92, 46068, 95.2, 73.29, 350, 4030, 890, 16, 0],
  ['RTX 5080', 'consumer', 9.8, 0.38, 0.15, 0.18, 0.59, 16303, 84.1, 54.19, 360, 820, 1200, 16, 0],
  ['Tesla V100', 'server', 9.6, 0.47, 0.18, 0.29, 0.64, 16384, 25.7, 12.53, 250, 710, 700, 16, 0],
  ['RTX 5070 Ti', 'consumer', 8.5, 0.54, 0.11, 0.21, 0.78, 16303, 76.1, 44.73, 300, 780, 1200, 16, 0],
  ['RTX A2000', 'pro', 8, 0.14, 0.03, 0.54, 0.18, 6138, 10.9, 11.18, 70, 240, 860, 1, 0],
  ['RTX A6000', 'pro', 7.8, 0.33, 0.38, 0.11, 0.91, 49140, 55.2, 36.13, 300, 620, 860, 16, 0],
  ['RTX 2080 Ti', 'legacy', 7.5, 0.68, 0.06, 0.36, 0.65, 11264, 11, 15.25, 215, 510, 750, 16, 0],
  ['RTX 4070', 'consumer', 6.8, 0.64, 0.09, 0.27, 0.75, 12282, 34, 29.53, 200, 450, 890, 16, 0],
  ['RTX 4070S Ti', 'consumer', 6.7, 0.52, 0.17, 0.15, 0.88, 16376, 51.8, 42.58, 285, 660, 890, 12, 0],
  ['A40', 'pro', 6.2, 0.32, 0.29, 0.28, 0.61, 46068, 44.2, 29.93, 300, 530, 860, 16, 0],
  ['RTX 3060 Ti', 'consumer', 6, 0.31, 0.06, 0.75, 0.45, 8192, 14, 16.13, 200, 390, 860, 16, 0],
  ['RTX 3080 Ti', 'consumer', 5.3, 0.47, 0.11, 0.38, 0.44, 12288, 34.7, 35.39, 350, 750, 860, 12, 0],
  ['RTX 5070', 'consumer', 5, 0.52, 0.08, 0.3, 0.7, 12227, 50.4, 31.11, 250, 590, 1200, 16, 0],
  ['RTX 4070S', 'consumer', 4.3, 0.72, 0.085, 0.38, 0.76, 12282, 35.2, 35.7, 220, 470, 890, 16, 0],
  ['RTX 4070 Ti', 'consumer', 4.3, 0.5, 0.08, 0.21, 0.79, 12282, 35.6, 38.25, 260, 470, 890, 8, 0],
  ['RTX 6000Ada', 'pro', 4.3, 0.54, 0.53, 0.19, 0.78, 49140, 117, 81.4, 300, 4020, 890, 16, 0],
  ['RTX 4080S', 'consumer', 4.3, 0.47, 0.15, 0.34, 0.69, 16376, 56.1, 51, 320, 1460, 890, 16, 0],
  ['B200', 'server', 3.4, 0.58, 2.88, 0.12, 1, 183359, 589, 59.56, 1000, 6900, 1000, 16, 900],
  ['A100 PCIE', 'server', 3.3, 0.52, 0.73, 0.67, 0.7, 81920, 127.4, 15.59, 300, 1360, 800, 16, 0],
  ['H100 NVL', 'server', 3.1, 0.39, 2.13, 0.11, 0.78, 95830, 377.4, 50.89, 400, 2300, 900, 16, 0],
  ['H200 NVL', 'server', 3.1, 0.64, 2.16, 0.12, 0.93, 143771, 452.6, 48.25, 600, 4000, 900, 16, 0],
  ['GTX 1080', 'legacy', 2.9, 0.35, 0.04, 0.27, 0.51, 8192, 3.5, 8.16, 180, 220, 610, 2, 0],
  ['RTX 2060S', 'legacy', 2.7, 0.29, 0.09, 0.46, 0.33, 8192, 4, 7.52, 179, 380, 750, 16, 0],
  ['GTX 1660 S', 'legacy', 2.4, 0.42, 0.04, 0.54, 0.62, 6144, 1.7, 3.6, 140, 270, 750, 1, 0],
  ['RTX 4080', 'consumer', 2.2, 0.4, 0.205, 0.3, 0.71, 16376, 54.4, 48.68, 320, 2010, 890, 16, 0],
  ['RTX 3090 Ti', 'consumer', 2.1, 0.55, 0.18, 0.46, 0.62, 24564, 46.4, 36.51, 430, 820, 860, 16, 0],
  ['GTX 1070', 'legacy', 2.1, 0.55, 0.04, 0.54, 0.23, 8192, 2.6, 6.14, 151, 190, 610, 8, 0],
  ['RTX 4060', 'consumer', 1.8, 0.5, 0.065, 0.44, 0.44, 8188, 15.8, 15.26, 115, 240, 890, 4, 0],
  ['RTX 2060', 'legacy', 1.5, 0.71, 0.04, 0.61, 0.71, 12288, 4, 6.64, 184, 270, 750, 1, 0],
  ['Titan Xp', 'legacy', 1.5, 0.61, 0.04, 0.09, 0.64, 12288, 5.8, 11.74, 250, 410, 610, 16, 0],
  ['RTX 3070 laptop', 'laptop', 1.4, 0.38, 0.035, 0.36, 0, 8192, 15.8, 18.19, 115, 370, 860, 16, 0],
  ['RTX 5880Ada', 'pro', 1.4, 0.35, 0.35, 0.11, 0.69, 49140, 108.7, 69.95, 285, 840, 890, 16, 0],
  ['Quadro P4000', 'pro', 1.4, 0.58, 0.07, 0.15, 0.62, 8192, 2.1, 4.9, 105, 200, 610, 16, 0],
  ['Tesla T4', 'server', 1.3, 0.62, 0.14, 0.08, 0.58, 15360, 4.2, 6.51, 70, 200, 750, 16, 0],
  ['RTX 3060 laptop', 'laptop', 1.2, 0.3, 0.08, 0.29, 0.39, 12288, 12.8, 12.9, 80, 290, 860, 16, 0],
  ['Q RTX 8000', 'pro', 1.2, 0.65, 0.25, 0.08, 0.91, 49152, 14.4, 15.48, 260, 560, 750, 16, 0],
  ['Tesla P4', 'server', 1.2, 0.09, 0.02, 0.08, 0, 7680, 2.7, 6.27, 75, 160, 610, 16, 0],
  ['GTX 1070 Ti', 'legacy', 1.2, 0.5, 0.04, 0.36, 0.45, 8192, 3.2, 7.44, 180, 190, 610, 16, 0],
  ['GTX 1080 Ti', 'legacy', 1.1, 0.05, 0.04, 0.32, 0, 11264, 5.3, 11.25, 250, 340, 610, 16, 0],
  ['L40', 'server', 1.1, 0.1, 0.53, 0.51, 0.4, 46068, 93.2, 72.41, 300, 3970, 890, 16, 0],
  ['Q RTX 6000', 'pro', 0.85, 0.56, 0.13, 0.08, 1, 23040, 9.1, 11.94, 250, 460, 750, 16, 0],
  ['A10', 'server', 0.85, 0.75, 0.16, 0.08, 1, 23028, 30, 24.99, 150, 460, 860, 8, 0],
  ['RTX 3070 Ti', 'consumer', 0.79, 0.67, 0.08, 0.36, 0.53, 8192, 18.4, 20.94, 310, 510, 860, 16, 0],
  ['GTX TITAN X', 'legacy', 0.63, 0.75, 0.03, 0.11, 0.83, 12288, 3.4, 6.84, 250, 280, 520, 16, 0],
  ['GTX 1060', 'legacy', 0.63, 0.25, 0.08, 0.54, 0.5, 3072, 1.6, 4.02, 120, 140, 610, 16, 0],
  ['GTX 1660 Ti', 'legacy', 0.63, 0.17, 0.08, 0.2, 0.92, 6144, 2.5, 5.2, 130, 270, 750, 1, 0],
  ['RTX 2070S', 'legacy', 0.53, 0.5, 0.085, 0.51, 0.7, 8192, 4.7, 8.87, 215, 360, 750, 16, 0],
  ['Tesla P40', 'server', 0.48, 0.59, 0.1, 0.3, 0.6, 24576, 5.9, 9.41, 250, 300, 610, 16, 0],
  ['Tesla P100', 'server', 0.42, 0.5, 0.08, 0.3, 0.6, 16384, 6.2, 8.05, 300, 490, 600, 16, 0],
  ['RTX 5060', 'consumer', 0.42, 0.31, 0.21, 0.3, 0.6, 8151, 28.5, 19.08, 145, 390, 1200, 16, 0],
  ['RTX 5000Ada', 'pro', 0.42, 0.5, 0.4, 0.3, 0.6, 32760, 64.3, 63.59, 250, 1060, 890, 16, 0],
  ['L4', 'server', 0.42, 0.38, 0.38, 0.3, 0.6, 23034, 25.6, 24.23, 72, 250, 890, 16, 0],
  ['Titan V', 'legacy', 0.37, 0.53, 0.09, 0.3, 0.6, 12288, 21.8, 15.66, 250, 540, 700, 16, 0],
  ['RTX PRO 4000', 'pro', 0.37, 0.4, 0.2, 0.3, 0.6, 24467, 66.8, 44.3, 145, 600, 1200, 16, 0],
  ['RTX 2070', 'legacy', 0.37, 0.27, 0.03, 0.3, 0.6, 8192, 4.1, 7.74, 175, 370, 750, 16, 0],
  ['RTX 4090D', 'consumer', 0.32, 0.43, 0.22, 0.3, 0.6, 24564, 95.3, 72.49, 425, 920, 890, 16, 0],
  ['A100X', 'server', 0.32, 0.36, 0.8, 0.3, 0.6, 81920, 128.4, 15.93, 300, 500, 800, 8, 0],
  ['GTX 1660', 'legacy', 0.26, 0.54, 0.08, 0.3, 0.6, 6144, 2.3, 4.8, 130, 160, 750, 16, 0],
  ['H100 PCIE', 'server', 0.26, 0.46, 1.2, 0.3, 0.6, 81559, 256, 40.97, 350, 1490, 900, 16, 0],
  ['RTX 4500Ada', 'pro', 0.21, 0.5, 0.23, 0.3, 0.6, 24570, 40.6, 38.15, 210, 390, 890, 16, 0],
  ['GTX 1050 Ti', 'legacy', 0.21, 0.33, 0.03, 0.3, 0.6, 4096, 0.8, 2.39, 87, 90, 610, 16, 0],
  ['RTX A4500', 'pro', 0.21, 0.67, 0.2, 0.3, 0.6, 20470, 27.3, 24.08, 200, 560, 860, 16, 0],
  ['RTX 4000Ada', 'pro', 0.21, 0.5, 0.12, 0.3, 0.6, 20475, 31.3, 30.52, 130, 320, 890, 16, 0],
  ['A800 PCIE', 'server', 0.16, 0.45, 0.9, 0.3, 0.6, 81920, 126, 15.59, 300, 1400, 800, 16, 0],
  ['RTX PRO 4500', 'pro', 0.16, 0.36, 0.12, 0.3, 0.6, 32623, 96.2, 51.89, 200, 800, 1200, 16, 0],
  ['Q RTX 4000', 'pro', 0.11, 0.5, 0.085, 0.3, 0.6, 8192, 4.1, 7.74, 160, 360, 750, 16, 0],
  ['RTX 2080S', 'legacy', 0.11, 0.5, 0.045, 0.3, 0.6, 8086, 5.5, 10.4, 250, 410, 750, 16, 0],
];

export const GPU_MODELS: readonly GpuModel[] = ROWS.map((row, index) => ({
  index,
  name: row[0],
  form: row[1],
  sharePerMille: row[2],
  utilisation: row[3],
  medianPricePerHour: row[4],
  priceSigma: row[5],
  verifiedShare: row[6],
  gpuRamMb: row[7],
  dlperf: row[8],
  tflops: row[9],
  powerW: row[10],
  memoryGbPerSecond: row[11],
  computeCap: row[12],
  lanes: row[13],
  nvlinkGbPerSecond: row[14],
}));

/** Weights of the number of GPUs in a machine, by form; index 0 is unused. */
export const MACHINE_SIZE_WEIGHTS: Readonly<Record<Form, readonly number[]>> = {
  //         1   2  3   4   5   6   7   8  9  10 11  12 13 14
  flagship: [0, 28, 22, 4, 28, 22, 15, 11, 56, 8, 6, 1, 16, 0, 2],
  consumer: [0, 30, 30, 8, 20, 4, 6, 1, 10, 0, 1, 0, 4, 0, 1],
  pro: [0, 8, 20, 5, 10, 12, 8, 1, 36, 4, 16, 3, 4],
  server: [0, 8, 4, 1, 22, 1, 2, 0, 62],
  legacy: [0, 40, 18, 6, 14, 2, 5, 0, 8, 0, 4, 0, 3],
  laptop: [0, 25, 75],
};

/** Share of hosts that are datacenters, by the form of their first machine. */
export const DATACENTER_SHARE: Readonly<Record<Form, number>> = {
  flagship: 0.16,
  consumer: 0.03,
  pro: 0.4,
  server: 0.55,
  legacy: 0,
  laptop: 0,
};

/** Renters pay the host's price divided by this; the rest is the platform's. */
export const HOST_SHARE = 0.75;

export const RENTAL = {
  medianHours: 3,
  sigma: 2,
  longestHours: 60 * 24,
  /** Rentals at spot price, as a share of the GPUs: they run beside the utilisation of the table. */
  bidUtilisation: 0.08,
  /** GPUs wanted, with weights. */
  wanted: [
    [1, 62],
    [2, 16],
    [4, 11],
    [8, 11],
  ] as readonly (readonly [gpus: number, weight: number])[],
  /** How strongly renters prefer the cheaper of two machines: exponent of the price. */
  elasticity: 4,
} as const;
