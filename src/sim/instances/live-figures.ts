// Figures of an instance that are new at every look: load, temperatures, disk, time left. Drawn for each minute, so that
// two looks within one agree.
import { DRAW } from '../dice.ts';
import type { Fleet } from './fleet.ts';
import { imageFacts } from './images.ts';
import type { Instance } from './instance.ts';

export interface LiveFigures {
  readonly duration: number;
  readonly uptime_mins: number | null;
  /** Percent. */
  readonly gpu_util: number | null;
  readonly gpu_temp: number | null;
  /** A fraction, unlike that of the GPU. */
  readonly cpu_util: number | null;
  /** GB, as are the other two. */
  readonly mem_usage: number | null;
  readonly mem_limit: number | null;
  readonly vmem_usage: number | null;
  /** GB; -1 while unknown. */
  readonly disk_usage: number;
  readonly disk_util: number;
  readonly time_remaining: string;
  readonly time_remaining_isbid: string;
}

const MINUTE_MS = 60_000;
const HOUR_SEC = 3_600;
const DAY_SEC = 24 * HOUR_SEC;
const MONTH_SEC = 30 * DAY_SEC;
/** Of an image's files, what an instance writes beside them in an hour, GB. */
const WRITTEN_GB_PER_HOUR = 0.05;
const WRITTEN_AT_FIRST_GB = 0.4;

export function liveFigures(fleet: Fleet, instance: Instance, nowMs: number): LiveFigures {
  const { id, terms, machine, chunk, diskGb, upSinceMs, actual } = instance;
  const minute = Math.floor(nowMs / MINUTE_MS);
  const unit = (what: number) => fleet.service.dice.unit(DRAW.instance, id, minute, what);
  const isUp = actual === 'running' && upSinceMs !== undefined;
  const isIdle = fleet.insides.of(instance)?.isGpuIdle?.() === true;
  const ramGb = (machine.surroundings.cpuRamMb * chunk.size) / machine.numGpus / 1_000;
  const diskUsedGb = usedGb(fleet, instance, nowMs);
  const leftSec = terms.endMs / 1_000 - nowMs / 1_000;
  const left = timeRemaining(leftSec);
  return {
    duration: leftSec,
    uptime_mins: isUp ? (nowMs - upSinceMs) / MINUTE_MS : null,
    gpu_util: isUp ? (isIdle ? 0 : rounded(100 * (0.72 + 0.28 * unit(10)), 1)) : null,
    gpu_temp: isUp ? Math.round(48 + 26 * unit(11)) : null,
    cpu_util: isUp ? rounded(0.05 + 0.4 * unit(12), 4) : null,
    mem_usage: isUp ? rounded(ramGb * (0.1 + 0.3 * unit(13)), 3) : null,
    mem_limit: isUp ? rounded(ramGb, 3) : null,
    vmem_usage: isUp ? rounded((machine.model.gpuRamMb / 1_000) * (0.4 + 0.5 * unit(14)), 3) : null,
    disk_usage: diskUsedGb,
    disk_util: diskUsedGb < 0 ? -1 : rounded(diskUsedGb / diskGb, 4),
    time_remaining: terms.type === 'bid' ? '' : left,
    time_remaining_isbid: terms.type === 'bid' ? left : '',
  };
}

function usedGb(fleet: Fleet, instance: Instance, nowMs: number): number {
  const container = fleet.insides.of(instance);
  if (container) return rounded(container.diskUsedGb() ?? -1, 3);
  if (!instance.isPulled) return -1;
  const ranMs = instance.ranMs + (instance.upSinceMs === undefined ? 0 : nowMs - instance.upSinceMs);
  const { unpackedGb } = imageFacts(fleet.service.dice, instance.launch.image);
  const writtenGb =
    Math.min(WRITTEN_AT_FIRST_GB, unpackedGb / 10) + (ranMs / 3_600_000) * WRITTEN_GB_PER_HOUR;
  return rounded(Math.min(instance.diskGb * 0.9, writtenGb), 3);
}

/** `12 Mon 24 D 16 Hr`. */
export function timeRemaining(seconds: number): string {
  if (!(seconds > 0)) return '';
  const months = Math.floor(seconds / MONTH_SEC);
  const days = Math.floor((seconds % MONTH_SEC) / DAY_SEC);
  const hours = Math.floor((seconds % DAY_SEC) / HOUR_SEC);
  return [months > 0 ? `${months} Mon` : '', days > 0 || months > 0 ? `${days} D` : '', `${hours} Hr`]
    .filter((part) => part !== '')
    .join(' ');
}

function rounded(value: number, places: number): number {
  return Number(value.toFixed(places));
}
