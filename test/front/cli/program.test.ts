// The real program in processes of its own: what only a process can show.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/std/index.ts';
import { createSim, type SimServer } from '../../../src/sim/index.ts';
import { temporaryFolder, vastdeck } from './cli-world.ts';
import { BIN, killPrograms, Program } from './spawned-program.ts';

const folder = temporaryFolder();
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
  killPrograms();
  await server.stop();
  folder.remove();
});

const start = (args: readonly string[], extra: Record<string, string> = {}) =>
  new Program(process.execPath, [BIN, ...args], { ...env, ...extra });

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
    const program = start(['market', 'collect', '--polls', '2', '--interval', '1', '--store', store]);
    expect(await program.exit, program.err).toBe(0);
    expect(program.out).toBe('');
    expect(await polls(store)).toBe(2);
  });

  it('says to a second one who holds the store, and both leave it whole', async () => {
    const store = join(folder.path, 'held.market');
    const first = start(['market', 'collect', '--interval', '1', '--store', store]);
    await first.printed(/poll 1 /);
    const second = start(['market', 'collect', '--polls', '1', '--interval', '1', '--store', store]);
    expect(await second.exit).toBe(1);
    expect(second.err).toContain(`process ${first.child.pid}`);
    first.child.kill('SIGINT');
    await first.exit;
    expect((await vastdeck(['market', 'check', '--store', store], { env })).code).toBe(0);
  });

  it('killed in the middle loses at most the unfinished poll, and the next one goes on', async () => {
    const store = join(folder.path, 'killed.market');
    const killed = start(['market', 'collect', '--interval', '1', '--store', store]);
    await killed.printed(/poll 2 /);
    killed.child.kill('SIGKILL');
    await killed.exit;
    const before = await polls(store);
    expect(before).toBeGreaterThanOrEqual(2);
    const next = start(['market', 'collect', '--polls', '1', '--interval', '1', '--store', store]);
    expect(await next.exit, next.err).toBe(0);
    expect(await polls(store)).toBe(before + 1);
    expect((await vastdeck(['market', 'check', '--store', store], { env })).code).toBe(0);
  });

  it('with a wrong key says so in one line, once, with exit code 5', async () => {
    const store = join(folder.path, 'wrong-key.market');
    const program = start(['market', 'collect', '--polls', '1', '--interval', '1', '--store', store], {
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

describe('a recording that is served again', () => {
  it('is collected poll by poll, and ends the collector at its end', async () => {
    const offer = {
      id: 1,
      machine_id: 2,
      gpu_name: 'RTX 4090',
      num_gpus: 1,
      dph_total: 0.1 + 0.2,
      rentable: true,
    };
    const polls = [0, 360_000].map((atMs) => ({ atMs: Date.UTC(2026, 0, 1) + atMs, offers: [offer] }));
    const replay = { name: 'recorded', warnings: [], polls };
    const options = { seed: 1, clock: systemClock(), replay, searchesPerMinute: Number.POSITIVE_INFINITY };
    const replayed = await createSim(options).serve();
    try {
      const store = join(folder.path, 'replayed.market');
      const at = { VAST_BASE_URL: `${replayed.url}/api/v0`, VAST_API_KEY: replayed.apiKey };
      const program = start(['market', 'collect', '--interval', '1', '--store', store], at);
      expect(await program.exit, program.err).toBe(0);
      expect(program.err).toContain('The recording holds no newer poll; 2 polls stored.');
      const { out } = await vastdeck(
        [
          'market',
          'sql',
          'SELECT ts, dph_total_usd AS price FROM offers_raw ORDER BY 1',
          '--json',
          '--store',
          store,
        ],
        { env },
      );
      expect(JSON.parse(out)).toEqual([
        { ts: '2026-01-01T00:00:00Z', price: 0.1 + 0.2 },
        { ts: '2026-01-01T00:06:00Z', price: 0.1 + 0.2 },
      ]);
    } finally {
      await replayed.stop();
    }
  });
});

describe('an interruption', () => {
  it('ends a collector in order, although one keystroke arrives several times', async () => {
    const store = join(folder.path, 'interrupted.market');
    const program = start(['market', 'collect', '--interval', '3600', '--store', store]);
    await program.printed(/poll 1 /);
    for (let times = 0; times < 3; times += 1) program.child.kill('SIGINT');
    expect(await program.exit).toBe(0);
    expect(program.err).toContain(`Stopped after 1 poll; ${store} is closed and whole.`);
    expect(await polls(store)).toBe(1);
  });

  it('is code 130 where more polls were asked for, and the JSON is whole all the same', async () => {
    const store = join(folder.path, 'cut-short.market');
    const program = start([
      'market',
      'collect',
      '--polls',
      '5',
      '--interval',
      '3600',
      '--json',
      '--store',
      store,
    ]);
    await program.printed(/poll 1 /);
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(130);
    expect(JSON.parse(program.out)).toMatchObject([{ poll: 1, complete: true }]);
  });
});

describe('a pipe whose reader goes away', () => {
  it.each([
    ['vastdeck offers verified=any --format csv | head -1'],
    ['vastdeck market --help | head -1'],
    ['vastdeck offers verified=any 2>&1 >/dev/null | head -0'],
  ])('ends the program quietly: %s', async (line) => {
    const script = `vastdeck() { "${process.execPath}" "${BIN}" "$@"; }; ${line}; echo "codes \${PIPESTATUS[*]}" >&2`;
    const piped = new Program('bash', ['-c', script], env);
    await piped.exit;
    expect(piped.err).toBe('codes 0 0\n');
  });
});

describe('offers', () => {
  it('exits with 5 and one sentence when nobody answers', async () => {
    const program = start(['offers'], {
      VAST_BASE_URL: 'http://127.0.0.1:1/api/v0',
      LOG_LEVEL: 'error',
    });
    expect(await program.exit).toBe(5);
    expect(program.err.trim().split('\n')).toHaveLength(1);
    expect(program.out).toBe('');
  });

  it('prints the cheapest first', async () => {
    const program = start(['offers', 'verified=any', '--limit', '5', '--json']);
    expect(await program.exit, program.err).toBe(0);
    const prices = (JSON.parse(program.out) as { price_per_hour: number }[]).map((row) => row.price_per_hour);
    expect(prices).toHaveLength(5);
    expect(prices).toEqual([...prices].sort((a, b) => a - b));
  });
});

describe('sim', () => {
  it('prints one JSON line when it is ready, answers, and ends at the first signal', async () => {
    const program = start(['sim', '--port', '0', '--offers', '50', '--seed', '1']);
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

describe('sim --replay', () => {
  it('says what is odd about a recording, and how many polls it holds', async () => {
    const path = join(folder.path, 'odd.json');
    writeFileSync(path, '[{"id":1,"dph_total":0.1},{"no":"id"}]\nMachine ID 24126 not found.\n');
    const program = start(['sim', '--replay', path]);
    await program.printed(/simulated market is ready.*\n/);
    program.child.kill('SIGTERM');
    await program.exit;
    expect(program.err).toContain('line 2 is not JSON and was ignored: "Machine ID 24126 not found."');
    expect(program.err).toContain('1 entry without an id was ignored');
    expect(program.err).toMatch(/market is ready .*replay=odd\.json polls=1\n/);
  });

  it('of a path where nothing is says so, with exit code 4', async () => {
    const path = join(folder.path, 'nothing-here');
    const { code, out, err } = await vastdeck(['sim', '--replay', path], { env });
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(err).toMatch(/^There is nothing at \S+nothing-here; give recorded answers/);
  });
});

describe('up without a key', () => {
  const alone = { VASTDECK_HOME: join(folder.path, 'up'), VAST_API_KEY: '' };

  it('says that the market is simulated, fills in its past, and shows its occupancy', async () => {
    const program = start(['up', '--seed', '5', '--offers', '60', '--backfill', '1h', '--polls', '9'], alone);
    expect(await program.exit, program.err).toBe(0);
    expect(program.err).toMatch(/SIMULATED market, seed 5: there is no API key/);
    expect(program.out).toMatch(/SIMULATED: Occupancy · 9 polls/);
    expect(program.out).toContain('rentable=false');
    expect(existsSync(join(folder.path, 'up', 'sim', 'market', 'store.json'))).toBe(true);
    expect(existsSync(join(folder.path, 'up', 'market'))).toBe(false);
  });

  it('goes on with the same market where it ended', async () => {
    const program = start(['up', '--polls', '3', '--interval', '60'], alone);
    expect(await program.exit, program.err).toBe(0);
    expect(program.err).toMatch(/SIMULATED market, seed 5/);
    expect(program.err).toContain('Going on where it ended');
    // A new world would have lost all offers and shown others.
    expect(program.out).toMatch(/poll 12 · \d+ offers · .*\b\d{1,2} gone/);
    const changes = await vastdeck(
      ['market', 'sql', 'SELECT max(n) - min(n) AS spread, count(*) AS polls FROM polls', '--json'],
      { env: { ...env, ...alone } },
    );
    const [row] = JSON.parse(changes.out) as { spread: number; polls: number }[];
    expect(row?.polls).toBe(12);
    expect(row?.spread).toBeLessThan(20);
  });

  it('refuses another size or seed for the same store, and says what it has', async () => {
    const larger = start(['up', '--polls', '1', '--offers', '90'], alone);
    expect(await larger.exit).toBe(2);
    expect(larger.err).toContain('holds a simulated market of 60 offers');
    const other = start(['up', '--polls', '1', '--seed', '6'], alone);
    expect(await other.exit).toBe(1);
    expect(other.err).toMatch(/seed 5, and polls of .* seed 6 are never mixed/);
  });
});
