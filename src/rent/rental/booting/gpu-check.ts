// Whether the machine has the GPUs that were paid for: asked of its driver, compared with the terms.
import { CommandTimeoutError, type RemoteShell } from '../../../net/ssh/index.ts';
import type { Terms } from '../records/index.ts';
import { compareModels } from './gpu-model.ts';

export interface FoundGpu {
  readonly name: string;
  /** As the driver says; MB of 1,048,576 bytes. */
  readonly memoryMb: number;
}

export type Promised = Pick<Terms, 'gpuName' | 'gpuCount' | 'gpuRamMb'>;

/** `wrong` says how, as part of a sentence. Warnings are sentences. */
export type GpuVerdict =
  | { readonly kind: 'right'; readonly gpus: readonly FoundGpu[]; readonly warnings: readonly string[] }
  | { readonly kind: 'wrong'; readonly gpus: readonly FoundGpu[]; readonly why: string };

export const GPU_QUERY = 'nvidia-smi --query-gpu=name,memory.total --format=csv,noheader';

/** Part of the promised memory that has to be there: error correction and the driver take some. */
const LEAST_MEMORY_SHARE = 0.9;
/** What a shell answers for a program that it does not find. */
const NOT_FOUND_CODE = 127;

export interface GpuCheckOptions {
  readonly promised: Promised | undefined;
  /** Whether a machine without nvidia-smi will not do; otherwise it is taken, with a warning. */
  readonly needsCuda: boolean;
  readonly timeoutMs: number;
}

/** Rejects as `RemoteShell.exec` does when the connection breaks; a driver that hangs is a wrong GPU. */
export async function checkGpus(
  shell: RemoteShell,
  { promised, needsCuda, timeoutMs }: GpuCheckOptions,
): Promise<GpuVerdict> {
  try {
    const { code, stdout, stderr } = await shell.exec(GPU_QUERY, { timeoutMs, maxOutputBytes: 1024 * 1024 });
    return judgeGpus({ code, stdout, stderr }, { promised, needsCuda });
  } catch (error) {
    if (!(error instanceof CommandTimeoutError)) throw error;
    return { kind: 'wrong', gpus: [], why: `nvidia-smi gave no answer within ${timeoutMs / 1_000} s` };
  }
}

interface SmiAnswer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function judgeGpus(
  { code, stdout, stderr }: SmiAnswer,
  { promised, needsCuda }: Pick<GpuCheckOptions, 'promised' | 'needsCuda'>,
): GpuVerdict {
  if (code === NOT_FOUND_CODE) {
    if (needsCuda) return { kind: 'wrong', gpus: [], why: 'it has no nvidia-smi, and CUDA is needed' };
    const warning = 'There is no nvidia-smi: nobody has seen whether the GPUs are those that were promised';
    return { kind: 'right', gpus: [], warnings: [warning] };
  }
  const gpus = readGpus(stdout);
  if (code !== 0 || gpus.length === 0) {
    const said = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim());
    const words = said
      .filter((line) => line !== '')
      .slice(-2)
      .join(' ')
      .slice(0, 200);
    return { kind: 'wrong', gpus: [], why: `nvidia-smi shows no GPU (${words || `code ${code}`})` };
  }
  return promised ? compare(gpus, promised) : { kind: 'right', gpus, warnings: [] };
}

/** `NVIDIA GeForce RTX 4090, 24564 MiB`; start-up files of the shell may write other lines. */
function readGpus(stdout: string): readonly FoundGpu[] {
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(.+?)\s*,\s*(?:(\d+)\s*MiB|\[[^\]]*\])\s*$/.exec(line);
    return match?.[1] === undefined ? [] : [{ name: match[1], memoryMb: Number(match[2] ?? Number.NaN) }];
  });
}

function compare(gpus: readonly FoundGpu[], { gpuName, gpuCount, gpuRamMb }: Promised): GpuVerdict {
  const promisedWords = `${gpuCount} × ${gpuName}`;
  const names = [...new Set(gpus.map(({ name }) => name))];
  const found = names.map((name) => `${gpus.filter((gpu) => gpu.name === name).length} × ${name}`).join(', ');
  const wrong = (why: string): GpuVerdict => ({ kind: 'wrong', gpus, why });
  if (names.some((name) => compareModels(gpuName, name) === 'other') || gpus.length < gpuCount) {
    return wrong(`it has ${found} in place of ${promisedWords}`);
  }
  const least = gpuRamMb === null ? 0 : gpuRamMb * LEAST_MEMORY_SHARE;
  const small = gpus.find(({ memoryMb }) => memoryMb < least);
  if (small) {
    return wrong(`its ${small.name} has ${small.memoryMb} MB of memory in place of ${String(gpuRamMb)}`);
  }
  const warnings = [
    ...(gpus.length > gpuCount ? [`It has ${found}, more than ${promisedWords}`] : []),
    ...(names.some((name) => compareModels(gpuName, name) === 'unsure')
      ? [`Whether ${names.join(', ')} is the promised ${gpuName}, their names do not tell`]
      : []),
  ];
  return { kind: 'right', gpus, warnings };
}
