// Cold start of the program as it is installed: whole processes, from spawn to exit, without npx.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/base/std/index.ts';
import type { Report } from '../lines.ts';
import { createTraceClock, openBenchWriter } from '../market/bench-store.ts';
import { tracePolls } from '../market/trace/trace.ts';
import { median, quantile } from '../statistics.ts';

const BIN = fileURLToPath(new URL('../../bin/vastdeck.js', import.meta.url));
const RUNS = 15;
/** A few hours of a small market. */
const STORE_POLLS = 50;
const STORE_MACHINES = 200;

export async function measureCli(report: Report): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'vd-bench-cli-'));
  try {
    const store = join(home, 'small.market');
    await writeSmallStore(store);
    const commands = [
      { name: '--help', args: ['--help'], budgetMs: 120 },
      {
        name: 'market report on a small store',
        args: ['market', 'report', '--format', 'json'],
        budgetMs: 400,
      },
      { name: 'market status on a small store', args: ['market', 'status', '--json'], budgetMs: null },
    ];
    const env = { ...process.env, VASTDECK_HOME: home, VW_DB: store, VAST_API_KEY: '' };
    for (const { name, args, budgetMs } of commands) {
      // The first start of all may build the bundle.
      await start(args, env);
      const times: number[] = [];
      for (let run = 0; run < RUNS; run += 1) times.push(await start(args, env));
      report(`cli ${name}: median of ${RUNS}`, median(times), 'ms', budgetMs);
      report(`cli ${name}: worst of ${RUNS}`, quantile(times, 1), 'ms');
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function writeSmallStore(dir: string): Promise<void> {
  const clock = createTraceClock();
  await using writer = await openBenchWriter(dir, clock);
  let polls = 0;
  for (const poll of tracePolls(1, { machines: STORE_MACHINES })) {
    polls += 1;
    if (polls > STORE_POLLS) break;
    clock.setNow(poll.tsMs + 5_000);
    writer.append(poll);
  }
  await writer.snapshot();
}

/** Milliseconds from spawn to exit; throws what it said when it did not end well. */
function start(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const clock = systemClock();
  const startMs = clock.monotonic();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.resume();
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(clock.monotonic() - startMs);
      else reject(new Error(`vastdeck ${args.join(' ')} ended with code ${code}: ${said.trim()}`));
    });
  });
}
