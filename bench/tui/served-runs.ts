// The monitor that a screen is measured on: in the same process; behind the routes in the same process; or in another
// process behind a socket, as a daemon's is.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Clock, Secret, silentLog } from '../../src/base/std/index.ts';
import type { HttpDeps } from '../../src/front/http/index.ts';
import type { Monitor } from '../../src/rent/monitor/index.ts';
import { aMonitor, type ScriptedMonitor } from '../../test/front/tui/a-monitor.ts';
import { busyLines, busyPoints, busyView } from './busy-runs.ts';

export const WAYS = ['direct', 'routes', 'daemon'] as const;
export type Way = (typeof WAYS)[number];

export interface ServedRuns extends AsyncDisposable {
  readonly monitor: Monitor;
  /** New figures of every run. */
  show(look: number): void;
  /** A new line of the first run. */
  tell(line: number): void;
}

const TOKEN = 'for-a-benchmark-and-nothing-else';

export async function serveRuns(way: Way, runs: number, clock: Clock): Promise<ServedRuns> {
  if (way === 'daemon') return await elsewhere(runs, clock);
  const { monitor, ...served } = scripted(runs, clock);
  if (way === 'direct') return { monitor, ...served, [Symbol.asyncDispose]: async () => {} };
  const { throughRoutes } = await import('./through-routes.ts');
  const through = throughRoutes(monitor, { clock, log: silentLog });
  return { monitor: through, ...served, [Symbol.asyncDispose]: async () => {} };
}

/** In the other process: says its address, and does what it is told by lines. */
export async function serveElsewhere(runs: number, clock: Clock): Promise<void> {
  const { monitor, show, tell } = scripted(runs, clock);
  const { createHttpApp, serve } = await import('../../src/front/http/index.ts');
  await using served = await serve({ app: createHttpApp(await depsOf(monitor, clock)), port: 0 });
  process.stdout.write(`${served.address}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    const [what, number] = line.split(' ');
    if (what === 'show') show(Number(number));
    else tell(Number(number));
  }
}

async function elsewhere(runs: number, clock: Clock): Promise<ServedRuns> {
  const child = spawn(process.execPath, [process.argv[1] ?? '', 'serve', String(runs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const address = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    createInterface({ input: child.stdout }).once('line', resolve);
  });
  const { createDaemonClient } = await import('../../src/front/http/daemon-client.ts');
  const { createRemoteMonitor } = await import('../../src/front/http/client/monitor/remote-monitor.ts');
  const client = createDaemonClient({ address, token: new Secret(TOKEN), fetch: globalThis.fetch });
  return {
    monitor: createRemoteMonitor({ find: async () => client, clock }),
    show: (look) => void child.stdin.write(`show ${look}\n`),
    tell: (line) => void child.stdin.write(`tell ${line}\n`),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.stdin.end();
      await closed;
    },
  };
}

function scripted(
  runs: number,
  clock: Clock,
): Pick<ServedRuns, 'show' | 'tell'> & { readonly monitor: ScriptedMonitor } {
  const monitor = aMonitor({
    view: busyView(runs, { look: 0, nowMs: clock.now() }),
    kept: () => busyLines(500, clock.now()),
    points: (_key, name) => busyPoints(name),
  });
  const [key = ''] = monitor.view().runs.map((run) => run.key);
  return {
    monitor,
    show: (look) => monitor.show(busyView(runs, { look, nowMs: clock.now() })),
    tell: (line) =>
      monitor.tellLines(key, [{ seq: 1_000 + line, attempt: 1, atMs: clock.now(), text: `loss ${line}` }]),
  };
}

/** Of what runs are told by, all that is used. */
async function depsOf(monitor: Monitor, clock: Clock): Promise<HttpDeps> {
  const { openStore } = await import('../../src/base/store/index.ts');
  const used: Partial<HttpDeps> = {
    store: await openStore({ url: ':memory:', clock, log: silentLog }),
    monitor: async () => monitor,
    tokens: { full: new Secret(TOKEN), read: new Secret(`${TOKEN}-read`) },
    hostNames: [],
    version: '0',
    clock,
    log: silentLog,
  };
  return used as HttpDeps;
}
