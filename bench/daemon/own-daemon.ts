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
  /** Resident megabytes: the most so far, and what of the present is files, whose pages the system may take back. */
  memory(): { readonly peakMb: number; readonly fileMb: number } | undefined;
}

export interface OwnDaemonOptions {
  /** Default all parts. */
  readonly only?: string;
  /** Of the market; default 600. */
  readonly offers?: number;
  readonly intervalS?: number;
  /** As `vastdeck up -d` starts it; default in the foreground. */
  readonly isBehind?: boolean;
}

export async function startOwnDaemon(options: OwnDaemonOptions = {}): Promise<OwnDaemon> {
  const { only, offers = 600, intervalS, isBehind = false } = options;
  await using opened = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), 'vd-bench-daemon-'));
  opened.defer(() => rmSync(home, { recursive: true, force: true }));
  const env = { ...process.env, HOME: home, VASTDECK_HOME: home, VASTDECK_DATABASE_URL: '', VW_DB: '' };
  const simulator = start(['sim', '--seed', 'bench', '--offers', String(offers), '--no-machines'], env);
  opened.defer(() => stop(simulator));
  const { url, apiKey } = JSON.parse(await firstLine(simulator)) as { url: string; apiKey: string };
  const keyed = { ...env, VAST_BASE_URL: `${url}/api/v0`, VAST_API_KEY: apiKey };
  const flags = [...(only ? ['--only', only] : []), ...(intervalS ? ['--interval', String(intervalS)] : [])];
  const daemon = start(['up', '--yes', ...(isBehind ? ['-d'] : []), ...flags], keyed);
  opened.defer(async () => {
    await stop(daemon);
    if (isBehind) await once(start(['down'], keyed), 'exit');
  });
  const { address, pid } = await daemonFile(home, daemon);
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
    memory: () => memoryOf(pid),
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

async function daemonFile(
  home: string,
  child: ChildProcess,
): Promise<{ readonly address: string; readonly pid: number }> {
  const clock = systemClock();
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  // One that starts it behind ends well, and the file is there by then.
  while (child.exitCode === null || child.exitCode === 0) {
    try {
      return JSON.parse(readFileSync(join(home, 'daemon.json'), 'utf8')) as { address: string; pid: number };
    } catch {
      await clock.sleep(50);
    }
  }
  throw new Error(`the daemon ended before it answered: ${said.trim()}`);
}

/** Undefined where the system does not say. */
function memoryOf(pid: number): { readonly peakMb: number; readonly fileMb: number } | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const figure = (name: string) =>
      (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1_024) / 1e6;
    return { peakMb: figure('VmHWM'), fileMb: figure('RssFile') };
  } catch {
    return undefined;
  }
}
