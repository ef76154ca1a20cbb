// What is kept of an instance before it is destroyed: without secrets, within bounds, whatever fails meanwhile.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { silentLog } from '../../../src/base/std/index.ts';
import { saveDiagnostics } from '../../../src/rent/rental/booting/index.ts';
import { temporaryFolder } from '../../support/stores.ts';
import { aBootWorld, type BootWorld } from './a-boot.ts';

async function saved(
  world: BootWorld,
  rental: Awaited<ReturnType<BootWorld['rent']>>,
  changes: Partial<Parameters<typeof saveDiagnostics>[0]> = {},
) {
  const instance = await world.instanceOf(rental);
  const path = await world.settle(
    saveDiagnostics({
      client: world.client,
      instance,
      connect: ({ id }) => world.sim.shell(id),
      folder: join(temporaryFolder(), 'diagnostics'),
      clock: world.clock,
      log: silentLog,
      ...changes,
    }),
  );
  return { path: path ?? '', text: path === undefined ? undefined : readFileSync(path, 'utf8') };
}

it('of an instance that does not run, the daemon log and its row are kept, and why SSH could not be had', async () => {
  const world = await aBootWorld({ faults: { 'fatal-pull': 1 } });
  const rental = await world.rent();
  await world.boot(world.booter(), rental);
  const { path, text } = await saved(world, rental);
  expect(path).toMatch(new RegExp(`/instance-${rental.instanceId}-2026-01-01T[0-9]{6,}Z\\.txt$`));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(text).toMatch(/== instance ==\n\{\n {2}"id": \d+/);
  expect(text).toContain('boot_failed');
  expect(text).toMatch(/== over SSH ==\n\(not to be had: Instance \d+ (has not booted yet|does not run)/);
});

it('secrets of the launch are taken out of logs and of what commands print', async () => {
  const prints = async (process: { print(line: string): Promise<void> }) => {
    await process.print('token very-secret-value, password=hunter22');
    return 0;
  };
  const world = await aBootWorld({}, () => ({ 'nvidia-smi': prints, df: prints }));
  const rental = await world.rent();
  await world.clock.step(3_600_000);
  const { text } = await saved(world, rental, { secrets: Object.values(rental.launch.env) });
  expect(text).toContain('$ df -h\ntoken ****, password=****\n');
  expect(text).not.toContain('very-secret-value');
  expect(text).not.toContain('hunter22');
});

it('a tunnel that is stuck and a service that hangs hold it no longer than its time', async () => {
  const world = await aBootWorld();
  const rental = await world.rent();
  await world.clock.step(3_600_000);
  world.sim.fail('stuck-tunnel', { id: rental.instanceId as number });
  world.sim.fail('hang', { times: 10, route: /request_logs/ });
  await world.clock.untilIdle();
  const fromMs = world.clock.now();
  const { text } = await saved(world, rental, { timeoutMs: 9_000 });
  expect(world.clock.now() - fromMs).toBeLessThan(12_000);
  expect(text).toContain('== daemon log ==\n(not to be had: it took longer than 9000 ms)\n');
  expect(text).toContain('== over SSH ==\n(not to be had: it took longer than 9000 ms)\n');
});

it('of what a command prints without end, the end is kept', async () => {
  const long = async (process: { print(line: string): Promise<void> }) => {
    await process.print(`the first line\n${'x'.repeat(99)}\n`.repeat(10_000));
    await process.print('the last line');
    return 0;
  };
  const world = await aBootWorld({}, () => ({ 'nvidia-smi': long }));
  const rental = await world.rent();
  await world.clock.step(3_600_000);
  const { text } = await saved(world, rental);
  expect(text).toContain('the last line');
  expect(text?.length).toBeGreaterThan(60_000);
  expect(text?.length).toBeLessThan(80_000);
});

it('a folder that cannot be written costs the file and nothing else', async () => {
  const world = await aBootWorld();
  const rental = await world.rent();
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const { text } = await saved(world, rental, { folder: join(folder, 'file') });
  expect(text).toBeUndefined();
  expect(readdirSync(folder)).toEqual(['file']);
});
