// A daemon as it is installed, on a simulated marketplace of its own; both in processes of their own, on this computer alone.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/base/std/index.ts';

const BIN = fileURLToPath(new URL('../../bin/vastdeck.js', import.meta.url));

export interface OwnDaemon extends AsyncDisposable {
  readonly home: string;
  readonly address: string;
  readonly token: string;
  /** Seconds of a processor and megabytes resident, since it was started and now. */
  usage(): Promise<{ readonly cpuS: number; readonly residentMb: number }>;
}

/** With the parts named, or all. */
export async function startOwnDaemon({ only }: { readonly only?: string } = {}): Promise<OwnDaemon> {
  await using opened = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), 'vd-bench-daemon-'));
  opened.defer(() => rmSync(home, { recursive: true, force: true }));
  const env = { ...process.env, HOME: home, VASTDECK_HOME: home, VASTDECK_DATABASE_URL: '', VW_DB: '' };
  const simulator = start(['sim', '--seed', 'bench', '--offers', '600', '--no-machines'], env);
  opened.defer(() => stop(simulator));
  const { url, apiKey } = JSON.parse(await firstLine(simulator)) as { url: string; apiKey: string };
  const keyed = { ...env, VAST_BASE_URL: `${url}/api/v0`, VAST_API_KEY: apiKey };
  const daemon = start(['up', '--yes', ...(only ? ['--only', only] : [])], keyed);
  opened.defer(() => stop(daemon));
  const { address } = await daemonFile(home, daemon);
  const token = readFileSync(join(home, 'daemon.token'), 'utf8').trim();
  const usage = async () => {
    const answer = await fetch(`${address}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    const text = await answer.text();
    const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    return {
      cpuS: figure('process_cpu_seconds_total'),
      residentMb: figure('process_resident_memory_bytes') / 1e6,
    };
  };
  // The first loads what makes the figures.
  await usage();
  const kept = opened.move();
  return {
    home,
    address,
    token,
    usage,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function start(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) return line;
  throw new Error('the simulator ended before it said where it is');
}

async function daemonFile(home: string, child: ChildProcess): Promise<{ readonly address: string }> {
  const clock = systemClock();
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  while (child.exitCode === null) {
    try {
      return JSON.parse(readFileSync(join(home, 'daemon.json'), 'utf8')) as { address: string };
    } catch {
      await clock.sleep(50);
    }
  }
  throw new Error(`the daemon ended before it answered: ${said.trim()}`);
}
