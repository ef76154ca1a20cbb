// A probe's output as figures. Each part stands alone: what one machine cannot tell takes nothing from the rest.
import { PART_MARK, PROBE_PARTS, type ProbePart, type Throughput } from './probe-script.ts';

/** A part that came, or a sentence why it did not. */
export type Part<T> =
  | { readonly isKnown: true; readonly value: T }
  | { readonly isKnown: false; readonly reason: string };

/** Null is what the driver does not tell. */
export interface GpuSample {
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  readonly utilizationPercent: number | null;
  readonly memoryUsedMb: number | null;
  readonly memoryTotalMb: number | null;
  readonly temperatureC: number | null;
  readonly powerW: number | null;
  readonly powerLimitW: number | null;
}

export interface ProcessSample {
  readonly pid: number;
  /** Null where the machine's `ps` does not tell (busybox). */
  readonly runsForMs: number | null;
  readonly name: string;
}

export interface Sample {
  /** When the answer came, by our clock. */
  readonly atMs: number;
  readonly gpus: Part<readonly GpuSample[]>;
  /** The container's limit where it has one below the machine's memory. */
  readonly memory: Part<{ readonly totalBytes: number; readonly usedBytes: number }>;
  readonly disk: Part<{
    readonly totalBytes: number;
    readonly usedBytes: number;
    readonly freeBytes: number;
  }>;
  readonly load: Part<{ readonly oneMinute: number; readonly cores: number }>;
  /** Those in the process group of the run. */
  readonly processes: Part<readonly ProcessSample[]>;
  /** In whatever unit it was asked for. */
  readonly throughput: Part<number>;
}

interface Output {
  readonly code: number;
  readonly text: string;
}

export function parseSample(output: string, atMs: number, throughput: Throughput | undefined): Sample {
  const parts = splitParts(output);
  const part = <T>(name: ProbePart, parse: (text: string) => T | undefined): Part<T> => {
    const found = parts.get(name);
    if (!found) return { isKnown: false, reason: 'it was not asked for, or the probe ended before it' };
    if (found.code !== 0) return { isKnown: false, reason: failure(name, found) };
    const value = parse(found.text);
    if (value !== undefined) return { isKnown: true, value };
    return { isKnown: false, reason: `its output has another form: ${excerpt(found.text)}` };
  };
  return {
    atMs,
    gpus: part('gpus', parseGpus),
    memory: part('memory', parseMemory),
    disk: part('disk', parseDisk),
    load: part('load', parseLoad),
    processes: part('processes', parseProcesses),
    throughput: part('throughput', (text) => parseThroughput(text, throughput)),
  };
}

function splitParts(output: string): ReadonlyMap<string, Output> {
  const parts = new Map<string, Output>();
  let from = 0;
  for (const mark of output.matchAll(new RegExp(`^${PART_MARK} (\\w+) (\\d+)$`, 'gm'))) {
    const [line, name = '', code] = mark;
    if ((PROBE_PARTS as readonly string[]).includes(name))
      parts.set(name, { code: Number(code), text: output.slice(from, mark.index).trim() });
    from = mark.index + line.length;
  }
  return parts;
}

function failure(name: ProbePart, { code, text }: Output): string {
  if (code === 124) return 'it took too long and was ended';
  if (name === 'gpus' && code === 127) return 'the machine has no nvidia-smi';
  return `its command ended with code ${code}: ${excerpt(text)}`;
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line === '' ? 'without a word' : JSON.stringify(line.length > 120 ? `${line.slice(0, 120)}…` : line);
}

function parseGpus(text: string): readonly GpuSample[] | undefined {
  const gpus: GpuSample[] = [];
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const fields = line.split(',').map((field) => field.trim());
    const [index = '', uuid = '', name = '', ...figures] = fields;
    if (figures.length !== 6 || !/^\d+$/.test(index)) return undefined;
    const [utilizationPercent, memoryUsedMb, memoryTotalMb, temperatureC, powerW, powerLimitW] =
      figures.map(numberOrNull);
    gpus.push({
      index: Number(index),
      uuid,
      name,
      utilizationPercent: utilizationPercent ?? null,
      memoryUsedMb: memoryUsedMb ?? null,
      memoryTotalMb: memoryTotalMb ?? null,
      temperatureC: temperatureC ?? null,
      powerW: powerW ?? null,
      powerLimitW: powerLimitW ?? null,
    });
  }
  return gpus;
}

/** `[N/A]`, `[Not Supported]` and `[Unknown Error]` are no numbers. */
function numberOrNull(text: string): number | null {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}

function parseMemory(text: string): { totalBytes: number; usedBytes: number } | undefined {
  const kilobytes = (name: string) => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
    return found ? Number(found[1]) * 1024 : undefined;
  };
  const total = kilobytes('MemTotal');
  const available = kilobytes('MemAvailable') ?? kilobytes('MemFree');
  if (total === undefined || available === undefined) return undefined;
  const cgroup = (names: string) => numberAfter(text, new RegExp(`^/sys\\S+/${names} (\\d+)$`, 'm'));
  const limit = cgroup('memory\\.(?:max|limit_in_bytes)');
  const used = cgroup('memory\\.(?:current|usage_in_bytes)');
  if (limit !== undefined && limit < total && used !== undefined)
    return { totalBytes: limit, usedBytes: used };
  return { totalBytes: total, usedBytes: total - available };
}

function numberAfter(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text);
  return found ? Number(found[1]) : undefined;
}

function parseDisk(text: string) {
  const found = /\s(\d+)\s+(\d+)\s+(\d+)\s+\d+%\s/.exec(text);
  if (!found) return undefined;
  const [totalBytes = 0, usedBytes = 0, freeBytes = 0] = found.slice(1).map((kb) => Number(kb) * 1024);
  return { totalBytes, usedBytes, freeBytes };
}

function parseLoad(text: string) {
  const found = /^(\d+\.\d+) [\s\S]*\n(\d+)$/.exec(text);
  return found ? { oneMinute: Number(found[1]), cores: Number(found[2]) } : undefined;
}

function parseProcesses(text: string): readonly ProcessSample[] | undefined {
  const [first = '', ...lines] = text.split('\n');
  const group = /^(\d+):/.exec(first)?.[1];
  if (group === undefined) return undefined;
  return lines.flatMap((line) => {
    const found = /^\s*(\d+)\s+(\d+)\s+(?:(\d+)\s+)?(.+)$/.exec(line);
    if (!found || found[2] !== group) return [];
    const runsForMs = found[3] === undefined ? null : Number(found[3]) * 1000;
    return [{ pid: Number(found[1]), runsForMs, name: (found[4] as string).trim() }];
  });
}

function parseThroughput(text: string, throughput: Throughput | undefined): number | undefined {
  const pattern =
    throughput && 'pattern' in throughput ? throughput.pattern : /(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)/i;
  const flags = pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`;
  const last = [...text.matchAll(new RegExp(pattern.source, flags))].at(-1);
  const value = Number(last?.groups?.value ?? last?.[1] ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}
