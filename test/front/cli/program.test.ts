// The real program in processes of its own: what only a process can show.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/std/index.ts';
import { createSim, type SimServer } from '../../../src/sim/index.ts';
import { temporaryFolder, vastdeck } from './cli-world.ts';

const bin = fileURLToPath(new URL('../../../bin/vastdeck.js', import.meta.url));
const folder = temporaryFolder();
const children = new Set<ChildProcess>();
let server: SimServer;
let env: Record<string, string>;

beforeAll(async () => {
  const simulator = createSim({
    seed: 'program',
    clock: systemClock(),
    offers: 100,
    searchesPerMinute: Number.POSITIVE_INFINITY,
  });
  server = await simulator.serve({ port: 0 });
  env = {
    ...(process.env as Record<string, string>),
    HOME: folder.path,
    VASTDECK_HOME: join(folder.path, 'home'),
    VAST_BASE_URL: `${server.url}/api/v0`,
    VAST_API_KEY: server.apiKey,
  };
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await server.stop();
  folder.remove();
});

class Program {
  readonly child: ChildProcess;
  out = '';
  err = '';
  readonly exit: Promise<number | null>;

  constructor(args: readonly string[], extra: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [bin, ...args], {
      env: { ...env, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(this.child);
    this.child.stdout?.on('data', (chunk) => {
      this.out += chunk;
    });
    this.child.stderr?.on('data', (chunk) => {
      this.err += chunk;
    });
    this.exit = once(this.child, 'close').then(([code]) => {
      children.delete(this.child);
      return code as number | null;
    });
  }

  /** Resolves once the text has been printed. */
  async printed(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.out + this.err)) {
      const ended = await Promise.race([
        once(this.child.stdout as NodeJS.ReadableStream, 'data'),
        once(this.child.stderr as NodeJS.ReadableStream, 'data'),
        this.exit.then(() => 'ended'),
      ]);
      if (ended === 'ended' && !pattern.test(this.out + this.err)) {
        throw new Error(`The program ended without printing ${pattern}: ${this.out}${this.err}`);
      }
    }
  }
}

const polls = async (store: string): Promise<number> => {
  const { out } = await vastdeck(
    ['market', 'sql', 'SELECT count(*) AS n FROM polls', '--json', '--store', store],
    { env },
  );
  return (JSON.parse(out) as { n: number }[])[0]?.n ?? 0;
};

describe('market collect', () => {
  it('ends by itself with code 0 after as many polls as asked for', async () => {
    const store = join(folder.path, 'counted.market');
    const program = new Program(['market', 'collect', '--polls', '2', '--interval', '1', '--store', store]);
    expect(await program.exit, program.err).toBe(0);
    expect(program.out).toBe('');
    expect(await polls(store)).toBe(2);
  });

  it('says to a second one who holds the store, and both leave it whole', async () => {
    const store = join(folder.path, 'held.market');
    const first = new Program(['market', 'collect', '--interval', '1', '--store', store]);
    await first.printed(/poll 1 /);
    const second = new Program(['market', 'collect', '--polls', '1', '--interval', '1', '--store', store]);
    expect(await second.exit).toBe(1);
    expect(second.err).toContain(`process ${first.child.pid}`);
    first.child.kill('SIGINT');
    await first.exit;
    expect((await vastdeck(['market', 'check', '--store', store], { env })).code).toBe(0);
  });

  it('killed in the middle loses at most the unfinished poll, and the next one goes on', async () => {
    const store = join(folder.path, 'killed.market');
    const killed = new Program(['market', 'collect', '--interval', '1', '--store', store]);
    await killed.printed(/poll 2 /);
    killed.child.kill('SIGKILL');
    await killed.exit;
    const before = await polls(store);
    expect(before).toBeGreaterThanOrEqual(2);
    const next = new Program(['market', 'collect', '--polls', '1', '--interval', '1', '--store', store]);
    expect(await next.exit, next.err).toBe(0);
    expect(await polls(store)).toBe(before + 1);
    expect((await vastdeck(['market', 'check', '--store', store], { env })).code).toBe(0);
  });

  it('with a wrong key says so in one line, once, with exit code 5', async () => {
    const store = join(folder.path, 'wrong-key.market');
    const program = new Program(['market', 'collect', '--polls', '1', '--interval', '1', '--store', store], {
      VAST_API_KEY: 'not-a-key-of-anybody',
    });
    expect(await program.exit).toBe(5);
    expect(
      program.err
        .trim()
        .split('\n')
        .filter((line) => line.includes('Invalid user key')),
    ).toHaveLength(1);
  });
});

describe('offers', () => {
  it('exits with 5 and one sentence when nobody answers', async () => {
    const program = new Program(['offers'], {
      VAST_BASE_URL: 'http://127.0.0.1:1/api/v0',
      LOG_LEVEL: 'error',
    });
    expect(await program.exit).toBe(5);
    expect(program.err.trim().split('\n')).toHaveLength(1);
    expect(program.out).toBe('');
  });

  it('prints the cheapest first', async () => {
    const program = new Program(['offers', 'verified=any', '--limit', '5', '--json']);
    expect(await program.exit, program.err).toBe(0);
    const prices = (JSON.parse(program.out) as { price_per_hour: number }[]).map((row) => row.price_per_hour);
    expect(prices).toHaveLength(5);
    expect(prices).toEqual([...prices].sort((a, b) => a - b));
  });
});

describe('sim', () => {
  it('prints one JSON line when it is ready, answers, and ends at the first signal', async () => {
    const program = new Program(['sim', '--port', '0', '--offers', '50', '--seed', '1']);
    await program.printed(/\}\n/);
    const ready = JSON.parse(program.out.trim()) as { url: string; apiKey: string; pid: number };
    expect(program.out.trim().split('\n')).toHaveLength(1);
    expect(ready.pid).toBe(program.child.pid);
    const answer = await globalThis.fetch(`${ready.url}/api/v0/users/current/`, {
      headers: { authorization: `Bearer ${ready.apiKey}` },
    });
    expect(answer.status).toBe(200);
    await answer.text();
    program.child.kill('SIGTERM');
    await program.exit;
  });
});

describe('up without a key', () => {
  it('says that the market is simulated, fills in its past, and shows its occupancy', async () => {
    const home = join(folder.path, 'up');
    const program = new Program(['up', '--offers', '60', '--backfill', '1h', '--polls', '9'], {
      VASTDECK_HOME: home,
      VAST_API_KEY: '',
    });
    expect(await program.exit, program.err).toBe(0);
    expect(program.err).toMatch(/SIMULATED market, seed \w+: there is no API key/);
    expect(program.out).toMatch(/SIMULATED: Occupancy · \d+ polls/);
    expect(existsSync(join(home, 'sim', 'market', 'store.json'))).toBe(true);
    expect(existsSync(join(home, 'market'))).toBe(false);
  });
});
