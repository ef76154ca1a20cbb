// How busy a simulated machine's GPUs are, and the figures that follow from it: what nvidia-smi shows.
import { createHash } from 'node:crypto';
import { createRandom } from '../../../base/std/index.ts';

/**
 * `hung`: a training that stands still: memory is held and nothing is computed. `out-of-memory`: memory is full to
 * the last megabytes, as in the moment before a training dies of it.
 */
export const GPU_STATES = ['idle', 'training', 'hung', 'out-of-memory'] as const;
export type GpuState = (typeof GPU_STATES)[number];

export interface GpuProcess {
  readonly pid: number;
  readonly name: string;
  /** Index of the GPU it is on; default 0. */
  readonly gpu?: number;
  readonly memoryMb: number;
}

/** Figures that are given are shown as they are; the others follow from the state. */
export interface GpuLoad {
  readonly state: GpuState;
  readonly utilizationPercent?: number;
  readonly memoryUsedMb?: number;
  readonly temperatureC?: number;
  readonly powerW?: number;
  readonly processes?: readonly GpuProcess[];
}

export interface GpuFigures {
  readonly index: number;
  readonly name: string;
  readonly uuid: string;
  readonly utilizationPercent: number;
  readonly memoryUtilizationPercent: number;
  readonly memoryTotalMb: number;
  readonly memoryUsedMb: number;
  readonly temperatureC: number;
  readonly powerW: number;
  readonly powerLimitW: number;
  readonly clockSmMhz: number;
  readonly fanPercent: number;
  readonly pstate: string;
  readonly processes: readonly GpuProcess[];
}

export interface GpuModel {
  readonly name: string;
  readonly count: number;
  readonly memoryMb: number;
  readonly uuidSeed: string;
}

/** What a state looks like: from and to, drawn anew each second. Memory and power are shares of the most. */
const SHAPES: Readonly<
  Record<GpuState, { util: [number, number]; memory: number; power: number; temperature: number }>
> = {
  idle: { util: [0, 0], memory: 0, power: 0.06, temperature: 32 },
  training: { util: [93, 100], memory: 0.82, power: 0.85, temperature: 66 },
  hung: { util: [0, 0], memory: 0.82, power: 0.18, temperature: 41 },
  'out-of-memory': { util: [0, 3], memory: 0.995, power: 0.2, temperature: 45 },
};

/** Most watts of a model, from the makers' data sheets; a model that is not here gets `OTHER_POWER_W`. */
const POWER_LIMITS_W: readonly [pattern: RegExp, watts: number][] = [
  [/H100|H200/, 700],
  [/B200/, 1000],
  [/A100/, 400],
  [/5090/, 575],
  [/4090/, 450],
  [/5080|4080|3080/, 320],
  [/3090/, 350],
  [/3060/, 170],
  [/L40|A6000|6000 ?Ada/i, 300],
  [/V100/, 250],
  [/A4000/, 140],
  [/\bT4\b/, 70],
];
const OTHER_POWER_W = 250;

/** The driver keeps this much of an idle GPU's memory for itself. */
const DRIVER_MEMORY_MB = 4;

export function gpuFigures(model: GpuModel, load: GpuLoad, nowMs: number): readonly GpuFigures[] {
  return Array.from({ length: model.count }, (_unused, index) => oneGpu(model, load, index, nowMs));
}

function oneGpu(model: GpuModel, load: GpuLoad, index: number, nowMs: number): GpuFigures {
  const shape = SHAPES[load.state];
  const random = createRandom(model.uuidSeed).fork(index, Math.floor(nowMs / 1000));
  const [least, most] = shape.util;
  const utilizationPercent = Math.round(load.utilizationPercent ?? random.int(least, most));
  const powerLimitW = POWER_LIMITS_W.find(([pattern]) => pattern.test(model.name))?.[1] ?? OTHER_POWER_W;
  const wobble = 1 + (random.next() - 0.5) * 0.06;
  const memoryUsedMb =
    load.memoryUsedMb ?? DRIVER_MEMORY_MB + shape.memory * (model.memoryMb - DRIVER_MEMORY_MB);
  const isBusy = utilizationPercent > 0 || load.state !== 'idle';
  return {
    index,
    name: driverName(model.name),
    uuid: gpuUuid(model.uuidSeed, index),
    utilizationPercent,
    memoryUtilizationPercent: Math.round(utilizationPercent * 0.55),
    memoryTotalMb: model.memoryMb,
    memoryUsedMb: Math.min(model.memoryMb, Math.round(memoryUsedMb)),
    temperatureC: Math.round(load.temperatureC ?? shape.temperature + random.int(-1, 1)),
    powerW: load.powerW ?? powerLimitW * shape.power * wobble,
    powerLimitW,
    clockSmMhz: isBusy ? 1800 + random.int(0, 20) * 15 : 210,
    fanPercent: isBusy ? 55 : 30,
    pstate: isBusy ? 'P2' : 'P8',
    processes: (load.processes ?? []).filter((process) => (process.gpu ?? 0) === index),
  };
}

/** Vast.ai says `RTX 4090` where the driver says `NVIDIA GeForce RTX 4090`. */
function driverName(vastName: string): string {
  return /^(RTX [2-5]0|GTX)/.test(vastName) ? `NVIDIA GeForce ${vastName}` : `NVIDIA ${vastName}`;
}

function gpuUuid(seed: string, index: number): string {
  const hex = createHash('sha256').update(`${seed}/${index}`).digest('hex');
  return `GPU-${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')}`;
}
