// A screen on the terminal of this process, which then ends as its first argument says.
import { Writable } from 'node:stream';
import { systemClock } from '../../../src/base/std/index.ts';
import { runTop } from '../../../src/front/tui/index.ts';
import { aMonitor, aRun, aView } from './a-monitor.ts';

const how = process.argv[2] ?? 'SIGTERM';
const clock = systemClock();
const over = new AbortController();
for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, () => over.abort());
const end = () => {
  if (how === 'crash') throw new Error('it broke');
  process.kill(process.pid, how);
};
let isDrawn = false;
const stdout = new Writable({
  write(chunk: Buffer, _encoding, done) {
    process.stdout.write(chunk, () => done());
    if (isDrawn || !chunk.includes('help')) return;
    isDrawn = true;
    clock.setTimer(0, end);
  },
});
Object.assign(stdout, { fd: 1 });
await runTop({
  monitor: aMonitor({ view: aView([aRun()]) }),
  acts: null,
  terminal: {
    stdout,
    stdin: process.stdin,
    stderr: process.stderr,
    inIsTerminal: process.stdin.isTTY,
    columns: 80,
    rows: 24,
    onResize: () => () => {},
  },
  look: { depth: '16', hasUnicode: true },
  zone: 'UTC',
  intervalMs: 10_000,
  save: async () => '',
  onError: () => {},
  clock,
  signal: over.signal,
  hasKeeper: true,
});
