// `nvidia-smi --query-gpu=…` and `--query-compute-apps=…`: comma-separated values by field name.
import type { GpuFigures } from './gpu-load.ts';

export const DRIVER_VERSION = '550.127.05';
export const CUDA_VERSION = '12.4';

export interface CsvStyle {
  readonly header: boolean;
  readonly units: boolean;
}

/** A field's value and, for figures, its unit, which is left out by `nounits`. */
interface Field<Row> {
  readonly unit?: string;
  readonly value: (row: Row, context: { readonly count: number; readonly nowMs: number }) => string | number;
}

const GPU_FIELDS: Readonly<Record<string, Field<GpuFigures>>> = {
  timestamp: { value: (_gpu, { nowMs }) => smiTime(nowMs) },
  count: { value: (_gpu, { count }) => count },
  index: { value: (gpu) => gpu.index },
  name: { value: (gpu) => gpu.name },
  gpu_name: { value: (gpu) => gpu.name },
  uuid: { value: (gpu) => gpu.uuid },
  gpu_uuid: { value: (gpu) => gpu.uuid },
  driver_version: { value: () => DRIVER_VERSION },
  'pci.bus_id': { value: (gpu) => busId(gpu.index) },
  pstate: { value: (gpu) => gpu.pstate },
  'utilization.gpu': { unit: '%', value: (gpu) => gpu.utilizationPercent },
  'utilization.memory': { unit: '%', value: (gpu) => gpu.memoryUtilizationPercent },
  'memory.total': { unit: 'MiB', value: (gpu) => gpu.memoryTotalMb },
  'memory.used': { unit: 'MiB', value: (gpu) => gpu.memoryUsedMb },
  'memory.free': { unit: 'MiB', value: (gpu) => gpu.memoryTotalMb - gpu.memoryUsedMb },
  'temperature.gpu': { value: (gpu) => gpu.temperatureC },
  'fan.speed': { unit: '%', value: (gpu) => gpu.fanPercent },
  'power.draw': { unit: 'W', value: (gpu) => gpu.powerW.toFixed(2) },
  'power.limit': { unit: 'W', value: (gpu) => gpu.powerLimitW.toFixed(2) },
  'clocks.sm': { unit: 'MHz', value: (gpu) => gpu.clockSmMhz },
  'clocks.gr': { unit: 'MHz', value: (gpu) => gpu.clockSmMhz },
  'clocks.current.sm': { unit: 'MHz', value: (gpu) => gpu.clockSmMhz },
};

interface App {
  readonly gpu: GpuFigures;
  readonly pid: number;
  readonly name: string;
  readonly memoryMb: number;
}

const APP_FIELDS: Readonly<Record<string, Field<App>>> = {
  timestamp: { value: (_app, { nowMs }) => smiTime(nowMs) },
  gpu_name: { value: (app) => app.gpu.name },
  gpu_uuid: { value: (app) => app.gpu.uuid },
  gpu_bus_id: { value: (app) => busId(app.gpu.index) },
  pid: { value: (app) => app.pid },
  name: { value: (app) => app.name },
  process_name: { value: (app) => app.name },
  used_memory: { unit: 'MiB', value: (app) => app.memoryMb },
  used_gpu_memory: { unit: 'MiB', value: (app) => app.memoryMb },
};

export type QueryResult =
  | { readonly kind: 'lines'; readonly text: string }
  | { readonly kind: 'unknown-field'; readonly name: string };

export interface Query {
  readonly fields: readonly string[];
  readonly style: CsvStyle;
  readonly nowMs: number;
}

export function queryGpus(gpus: readonly GpuFigures[], query: Query): QueryResult {
  return table(GPU_FIELDS, gpus, gpus.length, query);
}

export function queryApps(gpus: readonly GpuFigures[], query: Query): QueryResult {
  const apps = gpus.flatMap((gpu) => gpu.processes.map((process) => ({ ...process, gpu })));
  return table(APP_FIELDS, apps, gpus.length, query);
}

function table<Row>(
  known: Readonly<Record<string, Field<Row>>>,
  rows: readonly Row[],
  count: number,
  { fields, style, nowMs }: Query,
): QueryResult {
  const chosen: [name: string, field: Field<Row>][] = [];
  for (const name of fields) {
    const field = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!field) return { kind: 'unknown-field', name };
    chosen.push([name, field]);
  }
  const lines: string[] = [];
  // The header names the unit also where the values leave it out.
  if (style.header)
    lines.push(chosen.map(([name, { unit }]) => (unit ? `${name} [${unit}]` : name)).join(', '));
  for (const row of rows) {
    const cells = chosen.map(([, { unit, value }]) => {
      const text = String(value(row, { count, nowMs }));
      return unit && style.units ? `${text} ${unit}` : text;
    });
    lines.push(cells.join(', '));
  }
  return { kind: 'lines', text: lines.map((line) => `${line}\n`).join('') };
}

export function busId(index: number): string {
  return `00000000:${(index + 1).toString(16).toUpperCase().padStart(2, '0')}:00.0`;
}

/** `2026/01/31 07:08:09.123`, in UTC. */
export function smiTime(nowMs: number): string {
  return new Date(nowMs).toISOString().replaceAll('-', '/').replace('T', ' ').replace('Z', '');
}
