// node bench/tui/main.ts [PART,…]: the screen against its budgets, each part in a process of its own, from a bundle as users
// run it: Node's reading of TypeScript would take 40 MB of the memory that is measured.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { formatIso, systemClock } from '../../src/base/std/index.ts';
import { type BenchLine, busyWarning, describeMachine, formatTable, verdict } from '../lines.ts';
import { isTuiPart, TUI_PARTS } from './parts.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const [what = TUI_PARTS.join(',')] = process.argv.slice(2);
const unknown = what.split(',').find((name) => !isTuiPart(name));
if (unknown !== undefined) throw new RangeError(`"${unknown}" is none of the parts: ${TUI_PARTS.join(', ')}`);
// Inside the repository, so that what is left out of the bundle is found.
const folder = mkdtempSync(join(ROOT, 'node_modules', '.bench-tui-'));
try {
  await build({
    entryPoints: { child: join(ROOT, 'bench/tui/child.ts') },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: ROOT,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // As the program itself is built.
    external: ['@duckdb/node-api', 'pg', 'pg-native', 'esbuild', 'ssh2', 'react-devtools-core', 'vitest'],
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  const lines: BenchLine[] = [];
  for (const name of what.split(',')) lines.push(...(await measured(name)));
  process.stdout.write(`${describeMachine()}, ${formatIso(systemClock().now())}\n\n${formatTable(lines)}\n`);
  process.stderr.write(busyWarning());
  const over = lines.filter((line) => verdict(line) === 'over').map(({ name }) => name);
  if (over.length > 0) process.stderr.write(`over budget: ${over.join('; ')}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measured(name: string): Promise<readonly BenchLine[]> {
  const child = spawn(process.execPath, [join(folder, 'child.mjs'), name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const lines: BenchLine[] = [];
  for await (const text of createInterface({ input: child.stdout }))
    lines.push(JSON.parse(text) as BenchLine);
  const code = await closed;
  if (code !== 0) throw new Error(`The part "${name}" of the benchmark ended with code ${code}`);
  return lines;
}
