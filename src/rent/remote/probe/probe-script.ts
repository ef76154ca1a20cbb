// What is run on a machine to see how it is: parts one after the other, each with its own exit code.
import { quoteWord } from '../../../net/ssh/index.ts';

/** How training speed is asked for: a command that prints a number, or the last match of a pattern in a log. */
export type Throughput =
  | { readonly command: string }
  /** The group `value` or the first group holds the number; looked for in the last 16 KiB of `file`. */
  | { readonly file: string; readonly pattern: RegExp };

export interface ProbeWishes {
  /** Whose file system is measured; default the home folder's. */
  readonly diskPath?: string;
  /** The folder of a detached run: `.vastdeck/runs/ID`. Without, no processes are told. */
  readonly runFolder?: string;
  readonly throughput?: Throughput;
}

export const PROBE_PARTS = ['gpus', 'memory', 'disk', 'load', 'processes', 'throughput'] as const;
export type ProbePart = (typeof PROBE_PARTS)[number];

export const PART_MARK = '@@vastdeck-part';

/** In the order in which `parseGpus` reads them. */
const GPU_FIELDS = [
  'index',
  'uuid',
  'name',
  'utilization.gpu',
  'memory.used',
  'memory.total',
  'temperature.gpu',
  'power.draw',
  'power.limit',
];

/** A GPU that has fallen off the bus makes nvidia-smi hang; a throughput command is somebody else's. */
const SLOW_SECONDS = 10;

const MEMORY_FILES = [
  '/sys/fs/cgroup/memory.max',
  '/sys/fs/cgroup/memory.current',
  '/sys/fs/cgroup/memory/memory.limit_in_bytes',
  '/sys/fs/cgroup/memory/memory.usage_in_bytes',
];

export function probeScript({ diskPath = '.', runFolder, throughput }: ProbeWishes): string {
  const parts: [ProbePart, string | undefined][] = [
    [
      'gpus',
      `timeout ${SLOW_SECONDS} nvidia-smi --query-gpu=${GPU_FIELDS.join(',')} --format=csv,noheader,nounits`,
    ],
    [
      'memory',
      `for file in ${MEMORY_FILES.join(' ')}; do
  if [ -e "$file" ]; then printf '%s %s\\n' "$file" "$(cat "$file")"; fi
done; cat /proc/meminfo`,
    ],
    ['disk', `df -P -k ${quoteWord(diskPath)}`],
    ['load', 'cat /proc/loadavg && nproc'],
    [
      'processes',
      // The second is busybox's.
      runFolder &&
        `readlink ${quoteWord(`${runFolder}/child`)} && { ps -e -o pid,pgid,etimes,comm 2>/dev/null || ps -o pid,pgid,comm; }`,
    ],
    ['throughput', throughput && throughputLine(throughput)],
  ];
  return parts
    .filter(([, command]) => command !== undefined)
    .map(([name, command]) => `{ ${command}\n} 2>&1\nprintf '\\n${PART_MARK} ${name} %s\\n' $?`)
    .join('\n');
}

function throughputLine(throughput: Throughput): string {
  if ('command' in throughput) return `timeout ${SLOW_SECONDS} sh -c ${quoteWord(throughput.command)}`;
  return `tail -c 16384 ${quoteWord(throughput.file)}`;
}
