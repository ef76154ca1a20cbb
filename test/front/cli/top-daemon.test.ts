// Goal: beside a daemon `vastdeck top` shows the daemon's monitor, over its end and into the next one; what a daemon cannot give
// is shown by a monitor of its own, and said.
import { join } from 'node:path';
import { kill } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/std/index.ts';
import { findDaemon } from '../../../src/front/app/index.ts';
import { createSim, type SimServer } from '../../../src/sim/index.ts';
import { temporaryFolder, vastdeck } from './cli-world.ts';
import { BIN, killPrograms, Program } from './spawned-program.ts';

const folder = temporaryFolder();
const home = join(folder.path, 'home');
let server: SimServer;
let env: Record<string, string>;

beforeAll(async () => {
  const clock = systemClock();
  const sim = createSim({
    seed: 'top',
    clock,
    offers: 100,
    intervalFactor: 0,
    searchesPerMinute: Number.POSITIVE_INFINITY,
  });
  server = await sim.serve({ port: 0 });
  env = {
    HOME: folder.path,
    VASTDECK_HOME: home,
    VAST_BASE_URL: `${server.url}/api/v0`,
    VAST_API_KEY: server.apiKey,
    USER: 'ann',
  };
});
afterAll(async () => {
  const left = findDaemon(home);
  if (left) kill(left.pid, 'SIGKILL');
  killPrograms();
  await server.stop();
  folder.remove();
});

const programEnv = () => ({ ...(process.env as Record<string, string>), ...env });
const top = (args: readonly string[]) => vastdeck(['top', ...args], { env, cwd: folder.path });

async function up(): Promise<void> {
  const program = new Program(
    process.execPath,
    [BIN, 'up', '-d', '--yes', '--only', 'monitor,rentals'],
    programEnv(),
  );
  expect(await program.exit, program.err).toBe(0);
}

async function killDaemon(): Promise<void> {
  kill(findDaemon(home)?.pid as number, 'SIGKILL');
  await expect.poll(() => findDaemon(home)).toBeUndefined();
}

const viewOf = ({ out }: { readonly out: string }) => JSON.parse(out) as Record<string, unknown>;

describe('vastdeck top', () => {
  it('shows a monitor of its own where no daemon runs', async () => {
    const { out, err } = await top(['--once', '--json']);
    expect(viewOf({ out })).toMatchObject({ runs: [], trouble: expect.stringContaining('no instances') });
    expect(err).not.toContain('Shown:');
  });

  it('shows what the daemon sees, and a monitor of its own for what that cannot give', async () => {
    await up();
    const { out, err } = await top(['--once', '--json']);
    expect(viewOf({ out })).toMatchObject({ runs: [], trouble: expect.stringContaining('no instances') });
    expect(err).not.toContain('Shown:');
    for (const [args, why] of [
      [['--log', '*.log'], '--log is not what the daemon reads'],
      [['--no-ssh'], '--no-ssh does not'],
      [['--interval', '9'], "more often than the daemon's 10s"],
    ] as const) {
      const own = await top(['--once', ...args]);
      expect(own.err).toContain('Shown: what this process sees itself, since ');
      expect(own.err).toContain(why);
      expect(own.err).toContain("alerts are the daemon's");
    }
  });

  it('says that it hears nothing when the daemon is killed, and goes on with the next one', async () => {
    const watching = new Program(process.execPath, [BIN, 'top', '--plain'], programEnv());
    await watching.printed(/0 runs, 0 running/);
    await killDaemon();
    await watching.printed(/The daemon has not been heard since \d\d:\d\d:\d\dZ \(.*"vastdeck up -d"/);
    const { length } = watching.out;
    await up();
    await expect
      .poll(() => watching.out.slice(length), { timeout: 10_000 })
      .toMatch(/The account has no instances/);
    watching.child.kill('SIGINT');
    await watching.exit;
    await killDaemon();
  });
});
