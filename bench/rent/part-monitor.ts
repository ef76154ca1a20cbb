// A monitor of 50 runs over SSH: how soon a line that was written on a machine is with whoever shows it, and what it takes
// while nothing happens. Everything between is real but the account: OpenSSH's server, one connection a run, the parser.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, createRandom, Secret, silentLog, systemClock } from '../../src/base/std/index.ts';
import { openStore } from '../../src/base/store/index.ts';
import { connectShell } from '../../src/net/ssh/index.ts';
import { createVastClient } from '../../src/net/vast/index.ts';
import { createMachinePool } from '../../src/rent/jobs/index.ts';
import { createMonitor, type Monitor, monitorMigrations } from '../../src/rent/monitor/index.ts';
import { createAccountWatcher, createRentalRecords, rentMigrations } from '../../src/rent/rental/index.ts';
import { trainingMigrations } from '../../src/rent/training/index.ts';
import { progress } from '../child.ts';
import type { Report } from '../lines.ts';
import { median, quantile } from '../statistics.ts';
import { pageAnswer, pagesAsBytes, rowsOf } from './canned-account.ts';
import { startOwnSshd, whyNoSshd } from './own-sshd.ts';

const RUNS = 50;
const WRITING_MS = 10_000;
const REST_MS = 20_000;
const SHOWN_BUDGET_MS = 250;
const LINE = /^(\d+) step (\d+)/;

export async function measureMonitor(report: Report): Promise<void> {
  const obstacle = whyNoSshd();
  if (obstacle) return progress(`lines over SSH are not measured here: ${obstacle}`);
  const base = mkdtempSync(join(tmpdir(), 'vd-bench-monitor-'));
  try {
    await measureIn(base, report);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

async function measureIn(base: string, report: Report): Promise<void> {
  const clock = systemClock();
  const random = createRandom('bench');
  const log = silentLog;
  await using sshd = await startOwnSshd(base);
  const rows = (await rowsOf(RUNS)).map((row) => ({
    ...row,
    actual_status: 'running',
    intended_status: 'running',
    cur_state: 'running',
    ssh_host: '127.0.0.1',
    ssh_port: sshd.port,
  }));
  const pages = pagesAsBytes(rows, 0);
  const folder = join(base, 'logs');
  mkdirSync(folder);
  const files = rows.map((_row, at) => join(folder, `${1_000_000 + at}.log`));
  for (const file of files) writeFileSync(file, '');
  await using store = await openStore({
    url: join(base, 'state.db'),
    clock,
    log,
    migrations: [...rentMigrations, ...trainingMigrations, ...monitorMigrations],
  });
  const client = createVastClient({
    apiKey: new Secret('bench'),
    fetch: async (request) => pageAnswer(pages, new Request(request).url),
    clock,
    random,
    log,
    pace: 'learned',
  });
  const watcher = createAccountWatcher({ account: 'bench', client, store, clock, random, log });
  await using pool = createMachinePool({
    watcher,
    connect: () =>
      connectShell({
        host: '127.0.0.1',
        port: sshd.port,
        username: sshd.username,
        privateKeys: [sshd.userKey.privateKey],
        hostKey: { kind: 'pinned', fingerprint: sshd.hostKey.fingerprint },
        clock,
      }),
    clock,
    random,
    log,
  });
  const monitor = createMonitor({
    account: 'bench',
    store,
    watcher,
    client,
    rentals: createRentalRecords(store),
    pool,
    rules: {
      logOf: ({ names }) => {
        const file = files.find((each) => names.some((name) => each.endsWith(`/${name}.log`)));
        return file === undefined ? undefined : { kind: 'file', path: file };
      },
    },
    clock,
    random,
    log,
  });
  const stopping = new AbortController();
  const running = monitor.run(stopping.signal);
  try {
    const startMs = clock.monotonic();
    await settled(monitor, clock);
    report(`${RUNS} runs, from nothing to all of their logs followed`, clock.monotonic() - startMs, 'ms');
    await measureShown({ monitor, files, linesPerS: 100, report });
    await measureRest(report);
    await measureShown({ monitor, files, linesPerS: 100 * RUNS, report });
    // Loaded here, so that what was measured at rest is the monitor alone, which runs already.
    const { throughRoutes } = await import('../tui/through-routes.ts');
    const shown = throughRoutes({ ...monitor, run: () => running }, { clock, log });
    const seeing = shown.run(stopping.signal);
    await measureShown({ monitor: shown, how: ', through routes', files, linesPerS: 100, report });
    stopping.abort(new Error('measured'));
    await seeing;
  } finally {
    stopping.abort(new Error('measured'));
    await running;
  }
}

async function settled(monitor: Monitor, clock: ReturnType<typeof systemClock>): Promise<void> {
  for (;;) {
    const { runs, trouble } = monitor.view();
    const followed = runs.filter(
      ({ lineSource, lineError }) => lineSource === 'configured' && lineError === null,
    );
    if (followed.length === RUNS) return;
    assert(clock.monotonic() < 300_000, `${followed.length} of ${runs.length} runs are followed: ${trouble}`);
    await clock.sleep(100);
  }
}

/** The machines are this one: their clock and ours are the same. */
async function measureShown({
  monitor,
  how = '',
  files,
  linesPerS,
  report,
}: {
  readonly monitor: Monitor;
  readonly how?: string;
  readonly files: readonly string[];
  readonly linesPerS: number;
  readonly report: Report;
}): Promise<void> {
  const clock = systemClock();
  const delays: number[] = [];
  const off = monitor.listen({
    onLines: (_run, lines) => {
      const nowMs = clock.now();
      for (const { text } of lines) {
        const written = LINE.exec(text)?.[1];
        if (written !== undefined) delays.push(nowMs - Number(written));
      }
    },
  });
  const writer = startWriter(files, linesPerS);
  await clock.sleep(WRITING_MS);
  await stopWriter(writer);
  await clock.sleep(1_000);
  off();
  const expected = (linesPerS * WRITING_MS) / 1_000;
  assert(delays.length > 0.8 * expected, `${delays.length} lines came of about ${expected}`);
  const what = `a line is shown, ${RUNS} runs, ${linesPerS} lines a second${how}`;
  report(`${what}: p95`, quantile(delays, 0.95), 'ms', SHOWN_BUDGET_MS);
  report(`${what}: median`, median(delays), 'ms');
}

async function measureRest(report: Report): Promise<void> {
  const clock = systemClock();
  await clock.sleep(2_000);
  const before = process.cpuUsage();
  const startMs = clock.monotonic();
  await clock.sleep(REST_MS);
  const { user, system } = process.cpuUsage(before);
  const share = (user + system) / 1_000 / (clock.monotonic() - startMs);
  report(`a monitor of ${RUNS} runs at rest, of a core`, 100 * share, '%');
  report(`a monitor of ${RUNS} runs at rest, memory`, process.memoryUsage.rss() / 1e6, 'MB');
  report(`a monitor of ${RUNS} runs at rest, heap`, process.memoryUsage().heapUsed / 1e6, 'MB');
}

/** A process of its own: what it takes is not ours. Each line is written as it is made, with the time in it. */
function startWriter(files: readonly string[], linesPerS: number): ChildProcess {
  const script = `
    const { openSync, writeSync } = require('node:fs');
    const files = ${JSON.stringify(files)}.map((file) => openSync(file, 'a'));
    const startMs = Date.now();
    let written = 0;
    setInterval(() => {
      const due = Math.floor(((Date.now() - startMs) * ${linesPerS}) / 1000);
      for (; written < due; written += 1) {
        const line = Date.now() + ' step ' + written + '/99999999 loss ' + (1 + Math.random()).toFixed(4) + '\\n';
        writeSync(files[written % files.length], line);
      }
    }, 5);
  `;
  return spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'inherit'] });
}

async function stopWriter(writer: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => writer.once('exit', resolve));
  writer.kill('SIGTERM');
  await ended;
}
