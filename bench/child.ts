// Each part of a benchmark runs in a process of its own, so that its memory is its own. The child prints JSON
// lines on stdout and progress on stderr.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BenchLine, Report } from './lines.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Marks a start of this program as a part: `main.ts part NAME OPTIONS`. */
export const PART_COMMAND = 'part';

/** Runs one part and passes its lines on as they come; throws when it ends badly. */
export async function runPart(
  name: string,
  options: object,
  onLine: (line: BenchLine) => void,
): Promise<void> {
  const child = spawn(process.execPath, [MAIN, PART_COMMAND, name, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  for await (const text of createInterface({ input: child.stdout })) onLine(JSON.parse(text) as BenchLine);
  const code = await exited;
  if (code !== 0) throw new Error(`The part "${name}" of the benchmark ended with code ${code}`);
}

/** In the child: prints lines for the parent. */
export const reportToParent: Report = (name, value, unit, budget = null) => {
  process.stdout.write(`${JSON.stringify({ name, value, unit, budget })}\n`);
};

export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The most memory that this process has had resident, in MB. */
export function peakMemoryMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}
