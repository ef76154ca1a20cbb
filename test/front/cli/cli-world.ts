// A terminal that keeps what is printed, and a small market store to run commands on.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { createRandom, Secret, SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import type { Terminal } from '../../../src/front/cli/process.ts';
import { run } from '../../../src/front/cli/run.ts';
import { createVastClient } from '../../../src/net/vast/index.ts';
import { createSim } from '../../../src/sim/index.ts';
import { createCollector } from '../../../src/watch/collector/index.ts';
import { openMarketWriter } from '../../../src/watch/history/index.ts';

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** What is piped in. */
  readonly input?: string;
  /** Pressed as soon as a command listens to keys. */
  readonly keys?: string;
  /** Told after each piece what was printed so far, on both sides. */
  readonly onText?: (printed: string) => void;
  readonly overrides?: Partial<Terminal>;
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'vastdeck-cli-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs one command of the real program in this process. */
export async function vastdeck(args: readonly string[], options: RunOptions = {}): Promise<Printed> {
  const {
    env = {},
    cwd = tmpdir(),
    isTerminal = false,
    columns = 120,
    rows = 30,
    input = '',
    keys = '',
    onText = () => {},
    overrides = {},
  } = options;
  let out = '';
  let err = '';
  const sink = (take: (text: string) => void) =>
    new Writable({
      write(chunk, _encoding, done) {
        take(String(chunk));
        done();
      },
    });
  const terminal: Terminal = {
    args,
    env,
    cwd,
    out: (text) => {
      out += text;
      onText(out + err);
    },
    err: (text) => {
      err += text;
      onText(out + err);
    },
    outIsTerminal: isTerminal,
    errIsTerminal: false,
    inIsTerminal: false,
    columns,
    rows,
    onResize: () => () => {},
    onKey: (listener) => {
      for (const key of keys) listener(key);
      return () => {};
    },
    stdout: sink((text) => {
      out += text;
    }),
    // Where somebody sits, questions are asked as on a terminal: keys are read one by one.
    stderr: Object.assign(
      sink((text) => {
        err += text;
        onText(out + err);
      }),
      { isTTY: overrides.inIsTerminal === true },
    ),
    stdin: Readable.from([input]),
    pid: process.pid,
    nodeVersion: process.versions.node,
    interrupted: new AbortController().signal,
    onInterrupt: () => () => {},
    ...overrides,
  };
  const code = await run(terminal);
  return { code, out, err };
}

/** A store with `polls` polls of a simulated market, made by the program's own parts on a stepped clock. */
export async function fillStore(dir: string, polls: number): Promise<void> {
  const clock = new SteppedClock(Date.UTC(2026, 10, 20));
  const simulator = createSim({ seed: 'cli', clock, offers: 150 });
  const random = createRandom('cli');
  await using writer = await openMarketWriter({
    dir,
    origin: { kind: 'simulated', seed: 'cli' },
    holder: 'a test',
    clock,
    log: silentLog,
  });
  const client = createVastClient({
    fetch: simulator.fetch,
    apiKey: new Secret(simulator.apiKey),
    clock,
    random,
    log: silentLog,
    priority: 'collector',
  });
  const collector = createCollector(
    { client, writer, clock, random, log: silentLog },
    { maintenance: 'none' },
  );
  const running = collector.start({ polls });
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  running.done.then(end, end);
  while (!isOver) await clock.stepToNext();
  await running.done;
}
