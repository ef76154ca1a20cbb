// Jobs on the real simulator with real machines: from a submit to the first line of its log, and a hundred at once from one
// process. The process runs from a bundle, as users have it: compiling sources takes memory of its own.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { progress } from '../child.ts';
import type { Report } from '../lines.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const JOBS = 100;
/** As bin/vastdeck.js gives them to the Node that a checkout brings. */
const ENGINE_FLAGS = ['--max-semi-space-size=8'];
/** Boots pass more quickly; the published intervals between calls are kept by our own clock. Leases are by the simulated one. */
const SPEED = 4;

interface Line {
  readonly kind: 'states' | 'alone' | 'all';
  readonly counts?: Readonly<Record<string, number>>;
  readonly at?: Readonly<Record<string, number>>;
  readonly whole?: number;
  readonly peakMb?: number;
}

export async function measureJobs(report: Report): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'vd-bench-jobs-'));
  const sim = spawn(
    process.execPath,
    [
      join(ROOT, 'bin/vastdeck.js'),
      'sim',
      '--seed',
      'bench',
      '--offers',
      '4000',
      '--speed',
      String(SPEED),
      '--credit',
      '100000',
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  try {
    const ready = await firstLine(sim.stdout);
    const home = join(base, 'home');
    mkdirSync(home);
    const script = join(ROOT, 'dist', `bench-jobs-${process.pid}.mjs`);
    await bundle(script);
    try {
      const settings = JSON.stringify({ ...(JSON.parse(ready) as object), home, jobs: JOBS });
      await runJobs([script, settings], report);
    } finally {
      rmSync(script, { force: true });
    }
  } finally {
    sim.kill('SIGINT');
    await new Promise((resolve) => sim.once('close', resolve));
    rmSync(base, { recursive: true, force: true });
  }
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error('The simulator has ended before it was ready');
}

async function bundle(outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL('./jobs-process.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@vastdeck/source'],
    external: ['@duckdb/node-api', 'pg', 'pg-native', 'ssh2'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'silent',
  });
}

async function runJobs(args: readonly string[], report: Report): Promise<void> {
  const child = spawn(process.execPath, [...ENGINE_FLAGS, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = new Promise((resolve) => child.once('close', resolve));
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line;
    if (line.kind === 'states') progress(JSON.stringify(line.counts));
    if (line.kind === 'alone' && line.at) reportAlone(line.at, report);
    if (line.kind === 'all') {
      report(`${JOBS} jobs at once: succeeded, artifacts here`, line.whole ?? 0, 'jobs');
      report(`${JOBS} jobs at once: peak memory of their process`, line.peakMb ?? Number.NaN, 'MB', 300);
    }
  }
  await closed;
}

/** The boot is the simulator's: from the create to the machine that was entered. */
function reportAlone(at: Readonly<Record<string, number>>, report: Report): void {
  const [booting = Number.NaN, entered = Number.NaN, line = Number.NaN] = [
    at.booting,
    at['setting-up'],
    at.line,
  ];
  report('submit to the create accepted', booting, 'ms');
  report('machine entered to the first line shown', line - entered, 'ms');
  report('submit to the first line, boot aside', booting + line - entered, 'ms', 3_000);
}
