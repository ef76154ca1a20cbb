// What nvidia-smi prints for people: the plain table, `-L`, `pmon` and `dmon`.
import type { GpuFigures } from './gpu-load.ts';
import { busId, CUDA_VERSION, DRIVER_VERSION } from './query.ts';

const RULE = `+${'-'.repeat(41)}+${'-'.repeat(24)}+${'-'.repeat(22)}+`;
const WIDE = `+${'-'.repeat(89)}+`;

/** The table of `nvidia-smi` without arguments: three lines of heading, two lines a GPU, then the processes. */
export function plainTable(gpus: readonly GpuFigures[], nowMs: number): string {
  const lines = [
    formatDay(nowMs),
    WIDE,
    `| ${`NVIDIA-SMI ${DRIVER_VERSION}`.padEnd(30)} ${`Driver Version: ${DRIVER_VERSION}`.padEnd(32)} ${`CUDA Version: ${CUDA_VERSION}`.padEnd(23)} |`,
    RULE,
    row('GPU  Name                 Persistence-M', 'Bus-Id          Disp.A', 'Volatile Uncorr. ECC'),
    row('Fan  Temp   Perf          Pwr:Usage/Cap', '          Memory-Usage', 'GPU-Util  Compute M.'),
    RULE.replaceAll('-', '='),
  ];
  for (const gpu of gpus) {
    const power = `${Math.round(gpu.powerW)}W / ${gpu.powerLimitW}W`;
    const memory = `${gpu.memoryUsedMb}MiB / ${gpu.memoryTotalMb}MiB`;
    lines.push(
      row(
        `${pad(gpu.index, 3)}  ${gpu.name.slice(0, 29).padEnd(30)} On`,
        `${busId(gpu.index)} Off`.padStart(22),
        'N/A'.padStart(20),
      ),
      row(
        `${pad(gpu.fanPercent, 3)}% ${pad(gpu.temperatureC, 4)}C    ${gpu.pstate} ${power.padStart(23)}`,
        memory.padStart(22),
        `${pad(gpu.utilizationPercent, 7)}%      Default`,
      ),
      RULE,
    );
  }
  lines.push(
    '',
    WIDE,
    wide('Processes:'),
    wide('  GPU       PID   Type   Process name                GPU Memory'),
  );
  lines.push(WIDE.replaceAll('-', '='));
  const processes = gpus.flatMap((gpu) => gpu.processes.map((process) => ({ gpu, process })));
  if (processes.length === 0) lines.push(wide(' No running processes found'));
  for (const { gpu, process } of processes) {
    const name = process.name.slice(0, 40).padEnd(40);
    lines.push(wide(`${pad(gpu.index, 5)} ${pad(process.pid, 9)}      C   ${name} ${process.memoryMb}MiB`));
  }
  return `${[...lines, WIDE].join('\n')}\n`;
}

/** `nvidia-smi -L`. */
export function listGpus(gpus: readonly GpuFigures[]): string {
  return gpus.map((gpu) => `GPU ${gpu.index}: ${gpu.name} (UUID: ${gpu.uuid})\n`).join('');
}

/** One round of `nvidia-smi dmon`: a line a GPU. */
export function deviceMonitor(gpus: readonly GpuFigures[], { header }: { readonly header: boolean }): string {
  const lines = header
    ? [
        '# gpu    pwr  gtemp  mtemp     sm    mem    enc    dec   mclk   pclk',
        '# Idx      W      C      C      %      %      %      %    MHz    MHz',
      ]
    : [];
  for (const gpu of gpus) {
    const figures = [
      Math.round(gpu.powerW),
      gpu.temperatureC,
      '-',
      gpu.utilizationPercent,
      gpu.memoryUtilizationPercent,
      0,
      0,
      gpu.pstate === 'P8' ? 405 : 10501,
      gpu.clockSmMhz,
    ];
    lines.push(`${pad(gpu.index, 5)}${figures.map((figure) => pad(figure, 7)).join('')}`);
  }
  return `${lines.join('\n')}\n`;
}

/** One round of `nvidia-smi pmon`: a line a process, or one of dashes for a GPU that has none. */
export function processMonitor(
  gpus: readonly GpuFigures[],
  { header }: { readonly header: boolean },
): string {
  const lines = header
    ? [
        '# gpu         pid  type     sm    mem    enc    dec  command',
        '# Idx           #   C/G      %      %      %      %  name',
      ]
    : [];
  for (const gpu of gpus) {
    if (gpu.processes.length === 0) {
      lines.push(
        `${pad(gpu.index, 5)}${['-', '-', '-', '-', '-', '-'].map((dash) => pad(dash, 7)).join('')}  -`,
      );
    }
    for (const process of gpu.processes) {
      const figures = [gpu.utilizationPercent, gpu.memoryUtilizationPercent, '-', '-'];
      const name = process.name.split('/').at(-1) ?? process.name;
      lines.push(
        `${pad(gpu.index, 5)}${pad(process.pid, 12)}     C${figures.map((figure) => pad(figure, 7)).join('')}  ${name}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function row(left: string, middle: string, right: string): string {
  return `| ${left.padEnd(39)} | ${middle.padEnd(22)} | ${right.padEnd(20)} |`;
}

function wide(text: string): string {
  return `| ${text.padEnd(87)} |`;
}

function pad(value: string | number, width: number): string {
  return String(value).padStart(width);
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Sat Jan 31 07:08:09 2026`, in UTC. */
function formatDay(nowMs: number): string {
  const at = new Date(nowMs);
  const day = String(at.getUTCDate()).padStart(2);
  return `${DAYS[at.getUTCDay()]} ${MONTHS[at.getUTCMonth()]} ${day} ${at.toISOString().slice(11, 19)} ${at.getUTCFullYear()}`;
}
