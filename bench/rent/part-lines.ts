// From a line written on an instance to where a person sees it, through whole programs: the terminal that submitted the job,
// another one that follows its log, and the screen; led by that terminal, and by a daemon.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { progress } from '../child.ts';
import type { Report } from '../lines.ts';
import { median, quantile } from '../statistics.ts';
import { type LineReader, STAMPED_LINE, startLineReader } from './line-reader.ts';

const BIN = fileURLToPath(new URL('../../bin/vastdeck.js', import.meta.url));
const LINES = 300;
const BUDGET_MS = 250;
/** Boots pass more quickly; SSH and what runs on the machines is as fast as it is. */
const SPEED = 20;

export async function measureLines(report: Report): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'vd-bench-lines-'));
  try {
    await using sim = await start(['sim', '--seed', 'bench', '--offers', '600', '--speed', String(SPEED)], {
      env: { ...process.env, HOME: base },
      isReady: (line) => line.startsWith('{'),
    });
    const { url, apiKey } = JSON.parse(sim.line) as { url: string; apiKey: string };
    const world: World = {
      base,
      env: {
        ...process.env,
        HOME: base,
        VASTDECK_HOME: join(base, 'home'),
        VASTDECK_DATABASE_URL: '',
        VAST_BASE_URL: `${url}/api/v0`,
        VAST_API_KEY: apiKey,
      },
      hasTerminals: spawnSync('script', ['--version']).status === 0,
    };
    if (!world.hasTerminals) progress('the screen is not measured here: script(1) is not installed');
    await ledByTerminal(world, report);
    await ledByDaemon(world, report);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

interface World {
  readonly base: string;
  readonly env: NodeJS.ProcessEnv;
  readonly hasTerminals: boolean;
}

async function ledByTerminal(world: World, report: Report): Promise<void> {
  const file = jobFile(world, 'by-terminal');
  await using submit = reader(world, ['job', 'submit', file, '--yes']);
  await submit.first;
  await measureReaders(world, report, { name: 'by-terminal', ledBy: 'the terminal', also: { submit } });
  await run(world, ['job', 'cancel', 'by-terminal', '--yes']);
}

async function ledByDaemon(world: World, report: Report): Promise<void> {
  await using _daemon = await start(['up', '--yes', '--only', 'rentals,jobs,monitor'], {
    env: world.env,
    isReady: (line) => /127\.0\.0\.1/.test(line),
  });
  await run(world, ['job', 'submit', jobFile(world, 'by-daemon'), '--yes', '--detach']);
  await measureReaders(world, report, { name: 'by-daemon', ledBy: 'a daemon', also: {} });
  await run(world, ['job', 'cancel', 'by-daemon', '--yes']);
}

interface Measured {
  readonly name: string;
  readonly ledBy: string;
  readonly also: Readonly<Record<string, LineReader>>;
}

async function measureReaders(world: World, report: Report, { name, ledBy, also }: Measured): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const logs = opened.use(reader(world, ['job', 'logs', '-f', name]));
  // Somebody leads from here on, and those that come only read along.
  await logs.first;
  const readers: Record<string, LineReader> = {
    ...also,
    'logs -f': logs,
    'wait -f': opened.use(reader(world, ['job', 'wait', '-f', name])),
    ...(world.hasTerminals && {
      top: opened.use(reader(world, ['top', '--read-only', '--instances', name], { screen: true })),
    }),
  };
  for (const [what, one] of Object.entries(readers)) {
    await one.first;
    const delays = await one.delays(LINES);
    const title = `a line until it is shown by ${what}, led by ${ledBy}`;
    report(`${title}: p95 of ${delays.length}`, quantile(delays, 0.95), 'ms', BUDGET_MS);
    report(`${title}: median`, median(delays), 'ms');
  }
}

function reader(
  { env }: World,
  args: readonly string[],
  options: { readonly screen?: boolean } = {},
): LineReader {
  return startLineReader([process.execPath, BIN, ...args], { env, ...options });
}

function jobFile({ base }: World, name: string): string {
  const file = join(base, `${name}.yaml`);
  writeFileSync(
    file,
    `name: ${name}
image: pytorch/pytorch:latest
run: while :; do ${STAMPED_LINE}; sleep 0.05; done
resources: { disk: 10GB, verified: any, max_price_per_hour: 2 }
max_duration: 6h
`,
  );
  return file;
}

async function run({ env }: World, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`vastdeck ${args.join(' ')} ended with ${code}: ${said}`);
}

async function start(
  args: readonly string[],
  { env, isReady }: { readonly env: NodeJS.ProcessEnv; readonly isReady: (line: string) => boolean },
): Promise<AsyncDisposable & { readonly line: string }> {
  const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const lines: string[] = [];
  const line = await new Promise<string>((resolve, reject) => {
    const take = (text: string) => {
      lines.push(text);
      if (isReady(text)) resolve(text);
    };
    createInterface({ input: child.stdout }).on('line', take);
    createInterface({ input: child.stderr }).on('line', take);
    void ended.then(() => reject(new Error(`vastdeck ${args.join(' ')} ended: ${lines.join('\n')}`)));
  });
  return {
    line,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
}
