// Boots in a simulated market, with each fault that can strike one: what the booter does, and what it never does.
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { AuthRefusedError } from '../../../src/net/ssh/index.ts';
import type { BootStep } from '../../../src/rent/rental/booting/index.ts';
import { InstanceStartError, SshConnectError } from '../../../src/rent/rental/booting/index.ts';
import { aBootWorld, PUBLIC_KEY, smi } from './a-boot.ts';

const MINUTE = 60_000;

const last = (steps: readonly BootStep[]): BootStep => {
  const step = steps.at(-1);
  if (!step) throw new Error('There was no step');
  return step;
};
const phases = (steps: readonly BootStep[]) => [
  ...new Set(steps.map((step) => (step.kind === 'waiting' ? step.phase : step.kind))),
];

describe('a boot without faults', () => {
  it('ends ready, with its GPUs, its figures, and estimates on the way that hold the end', async () => {
    const world = await aBootWorld();
    // Nobody has pulled this one before.
    const rental = await world.rent({}, 'somebody/own:1');
    const steps = await world.boot(world.booter(), rental);
    expect(phases(steps)).toEqual(expect.arrayContaining(['pulling', 'ready']));
    const end = last(steps);
    expect(end).toMatchObject({
      kind: 'ready',
      warnings: [],
      gpus: [{ memoryMb: 99_000 }],
      figures: { outcome: 'ready', wasRebooted: false },
    });
    const readyAtMs = world.clock.now();
    const estimates = steps.flatMap((step) => (step.kind === 'waiting' ? [step] : []));
    expect(estimates.length).toBeGreaterThan(1);
    for (const { earliestReadyAtMs, expectedReadyAtMs, latestReadyAtMs } of estimates) {
      expect(earliestReadyAtMs).toBeLessThanOrEqual(expectedReadyAtMs);
      expect(expectedReadyAtMs).toBeLessThanOrEqual(latestReadyAtMs);
      expect(latestReadyAtMs).toBeGreaterThanOrEqual(readyAtMs - 10_000);
    }
    if (end.kind !== 'ready') return;
    expect(end.figures.pullSeconds).toBeGreaterThan(1);
    expect(end.figures.bootSeconds * 1_000).toBe(readyAtMs - (rental.bootingAtMs ?? 0));
    expect(world.sent.filter((line) => line.includes('/reboot/'))).toEqual([]);
  });

  it('attaches the key once, by the API', async () => {
    const world = await aBootWorld();
    const rental = await world.rent();
    await world.boot(world.booter(), rental);
    const attached = world.sent.filter((line) => line.startsWith('POST') && line.endsWith('/ssh/'));
    expect(attached).toEqual([`POST /api/v0/instances/${rental.instanceId}/ssh/`]);
    const keys = await world.settle(world.client.instances.sshKeys.list(rental.instanceId as number));
    expect(keys.map(({ publicKey }) => publicKey)).toContain(PUBLIC_KEY);
  });

  it('goes on where another process was killed, whatever step that was, and comes to the same end', async () => {
    const world = await aBootWorld();
    const rental = await world.rent();
    const steps: BootStep[] = [];
    for (;;) {
      // A new booter for every step: it remembers nothing but the store.
      const [step] = await world.boot(world.booter(), rental, () => true);
      if (!step) throw new Error('There was no step');
      steps.push(step);
      if (step.kind !== 'waiting') break;
      await world.clock.step(step.nextAtMs - world.clock.now());
    }
    expect(phases(steps).at(-1)).toBe('ready');
    expect(world.sent.filter((line) => line.startsWith('POST') && line.endsWith('/ssh/'))).toHaveLength(1);
  });
});

describe('a boot that fails', () => {
  it('is given up at once with the words of the daemon and whom they tell against', async () => {
    const blames = new Map<string, string>();
    for (let seed = 0; seed < 14; seed += 1) {
      const world = await aBootWorld({ seed: `fatal ${seed}`, faults: { 'fatal-pull': 1 } });
      const rental = await world.rent();
      const end = last(await world.boot(world.booter(), rental));
      if (end.kind !== 'failed') throw new Error(`It ended ${end.kind}`);
      blames.set(end.cause, end.blame);
      expect(end.error).toBeInstanceOf(InstanceStartError);
      expect(end.error.message).toBe(end.sentence);
      expect(end.sentence).toMatch(
        new RegExp(`^Instance ${rental.instanceId} failed to start: .*The daemon's last words: "`),
      );
      const { statusMessage } = await world.instanceOf(rental);
      expect(end.sentence).toContain(JSON.stringify(statusMessage?.trim()).slice(1, 60));
      expect(end.figures.outcome).toBe(end.cause);
      await world.sim.close();
    }
    expect(Object.fromEntries(blames)).toEqual({
      'pull-limit': 'machine',
      'no-manifest': 'launch',
      unauthorised: 'launch',
      'no-space': 'nobody',
      'port-bind': 'machine',
    });
  });

  it('is waited for to the hard cap and no longer when it never gets past loading, and its log read at a sane rate', async () => {
    const world = await aBootWorld({ faults: { 'stuck-loading': 1 } });
    const rental = await world.rent();
    const fromMs = world.clock.now();
    const end = last(await world.boot(world.booter({ policy: { hardCapMs: 10 * MINUTE } }), rental));
    expect(end).toMatchObject({ kind: 'failed', cause: 'timeout', blame: 'machine' });
    const tookMs = world.clock.now() - fromMs;
    expect(tookMs).toBeGreaterThanOrEqual(10 * MINUTE);
    expect(tookMs).toBeLessThan(10 * MINUTE + 30_000);
    // Every half minute and once at the end; a look at the instance every ten seconds.
    const logs = world.sent.filter((line) => line.includes('/request_logs/')).length;
    expect(logs).toBeGreaterThan(10);
    expect(logs).toBeLessThanOrEqual(22);
  });

  it('is given up when its host goes offline', async () => {
    const world = await aBootWorld();
    const rental = await world.rent();
    const booter = world.booter();
    await world.boot(booter, rental, () => true);
    world.sim.fail('host-death', { id: rental.instanceId as number });
    const end = last(await world.boot(booter, rental));
    expect(end).toMatchObject({ kind: 'failed', cause: 'lost', blame: 'machine' });
  });

  it('is given up when somebody stops it', async () => {
    const world = await aBootWorld();
    const rental = await world.rent();
    const booter = world.booter();
    await world.boot(booter, rental, (step) => step.kind === 'waiting' && step.phase === 'pulling');
    await world.settle(world.client.instances.setState(rental.instanceId as number, 'stopped'));
    const end = last(await world.boot(booter, rental));
    expect(end).toMatchObject({ kind: 'failed', cause: 'stopped', blame: 'nobody' });
  });
});

describe('an instance that runs and is hard to enter', () => {
  it('is rebooted once when its tunnel is stuck, and then entered', async () => {
    const world = await aBootWorld();
    const rental = await world.rent();
    const booter = world.booter();
    await untilRunning(world, rental);
    world.sim.fail('stuck-tunnel', { id: rental.instanceId as number });
    const steps = await world.boot(booter, rental);
    expect(last(steps)).toMatchObject({ kind: 'ready', figures: { wasRebooted: true } });
    expect(world.sent.filter((line) => line.includes('/reboot/'))).toHaveLength(1);
  });

  it('is never rebooted twice: what a reboot does not mend is given up after the window', async () => {
    const world = await aBootWorld();
    const rental = await world.rent();
    const booter = world.booter({ policy: { sshWindowMs: 3 * MINUTE } });
    await untilRunning(world, rental);
    const getStuck = () => world.sim.fail('stuck-tunnel', { id: rental.instanceId as number });
    getStuck();
    await world.clock.untilIdle();
    const steps = await world.boot(booter, rental, () => {
      getStuck();
      return false;
    });
    const end = last(steps);
    expect(end).toMatchObject({ kind: 'failed', cause: 'ssh', blame: 'machine' });
    if (end.kind !== 'failed') return;
    expect(end.error).toBeInstanceOf(SshConnectError);
    expect(end.sentence).toMatch(
      /^Error connecting via SSH: instance \d+ runs and was not entered in .*and a reboot/,
    );
    expect(world.sent.filter((line) => line.includes('/reboot/'))).toHaveLength(1);
  });

  it('has its key attached again when it was lost, taken off first when that does nothing, and is entered', async () => {
    const world = await aBootWorld();
    const rental = await world.rent();
    await untilRunning(world, rental);
    let tries = 0;
    const connect = async ({ id }: { readonly id: number }) => {
      tries += 1;
      // Between the attaching and the first handshake.
      if (tries === 1) world.sim.fail('key-lost', { id });
      await world.clock.untilIdle();
      return await world.sim.shell(id);
    };
    const end = last(await world.boot(world.booter({ connect }), rental));
    expect(end).toMatchObject({ kind: 'ready', figures: { wasRebooted: false } });
    expect(tries).toBeGreaterThan(3);
    const path = `/api/v0/instances/${rental.instanceId}/ssh/`;
    expect(world.sent.filter((line) => line === `POST ${path}`)).toHaveLength(3);
    expect(world.sent.filter((line) => line.startsWith(`DELETE ${path}`))).toHaveLength(1);
    const keys = await world.settle(world.client.instances.sshKeys.list(rental.instanceId as number));
    expect(keys.map(({ publicKey }) => publicKey)).toEqual([PUBLIC_KEY]);
  });

  it('is given up in the words of SSH when it refuses every key to the end', async () => {
    const world = await aBootWorld();
    const rental = await world.rent();
    await untilRunning(world, rental);
    world.sim.fail('key-refused', { id: rental.instanceId as number });
    await world.clock.untilIdle();
    const fromMs = world.clock.now();
    const steps = await world.boot(world.booter(), rental);
    const end = last(steps);
    expect(end).toMatchObject({ kind: 'failed', cause: 'key-refused' });
    if (end.kind !== 'failed') return;
    expect(end.sentence).toMatch(/^Error connecting via SSH: instance \d+ refused the key for 5m/);
    expect(world.clock.now() - fromMs).toBeGreaterThanOrEqual(5 * MINUTE);
    const early = steps.find((step) => step.kind === 'waiting' && step.phase === 'connecting');
    expect(early).toMatchObject({ sentence: expect.stringContaining('usual in the first minute') });
    const attached = world.sent.filter((line) => line.startsWith('POST') && line.endsWith('/ssh/')).length;
    expect(attached).toBeGreaterThanOrEqual(4);
    expect(attached).toBeLessThanOrEqual(6);
    expect(world.sent.filter((line) => line.includes('/reboot/'))).toEqual([]);
  });

  it('is entered when its SSH server is slow', async () => {
    const world = await aBootWorld();
    const rental = await world.rent();
    await untilRunning(world, rental);
    world.sim.fail('slow-ssh', { id: rental.instanceId as number });
    await world.clock.untilIdle();
    expect(last(await world.boot(world.booter(), rental))).toMatchObject({ kind: 'ready' });
  });

  it('is tried before it is given up, when the controller comes back after the hard cap', async () => {
    const world = await aBootWorld();
    const rental = await world.rent();
    await world.clock.step(3 * 60 * MINUTE);
    const steps = await world.boot(world.booter(), rental);
    expect(steps).toHaveLength(1);
    expect(last(steps)).toMatchObject({ kind: 'ready' });
  });
});

describe('what goes wrong beside the boot', () => {
  it('a service that fails at logs and keys most of the time delays a boot and does not end it', async () => {
    const route = /\/(ssh|request_logs)\//;
    const world = await aBootWorld();
    for (const fault of ['server-error', 'lost-answer', 'truncated-json'] as const)
      world.sim.fail(fault, { times: 4, route });
    const rental = await world.rent({}, 'somebody/own:1');
    expect(last(await world.boot(world.booter(), rental))).toMatchObject({ kind: 'ready' });
    expect(world.sim.faultCounts()['server-error']).toBeGreaterThan(0);
  });

  it('two processes that step the same boot at once send one reboot and attach the key once', async () => {
    const world = await aBootWorld();
    const rental = await world.rent();
    await untilRunning(world, rental);
    world.sim.fail('stuck-tunnel', { id: rental.instanceId as number });
    await world.clock.untilIdle();
    const booters = [world.booter(), world.booter()];
    for (let round = 0; round < 40; round += 1) {
      const instance = await world.instanceOf(rental);
      const steps = await world.settle(Promise.all(booters.map((booter) => booter.step(rental, instance))));
      if (steps.every(({ kind }) => kind === 'ready')) break;
      expect(steps.some(({ kind }) => kind === 'failed')).toBe(false);
      await world.clock.step(5_000);
    }
    expect(world.sent.filter((line) => line.includes('/reboot/'))).toHaveLength(1);
    expect(world.sent.filter((line) => line.startsWith('POST') && line.endsWith('/ssh/'))).toHaveLength(1);
  });

  it('a step that is told to stop stops, and the next one goes on', async () => {
    const world = await aBootWorld();
    const rental = await world.rent();
    await untilRunning(world, rental);
    const instance = await world.instanceOf(rental);
    const controller = new AbortController();
    const connect = async () => {
      controller.abort(new Error('the daemon ends'));
      throw new Error('unreachable: the signal counts first');
    };
    const step = world.booter({ connect }).step(rental, instance, { signal: controller.signal });
    await expect(world.settle(step)).rejects.toThrow('the daemon ends');
    expect(last(await world.boot(world.booter(), rental))).toMatchObject({ kind: 'ready' });
  });

  it('no secret of the launch is kept in the store', async () => {
    const world = await aBootWorld();
    const rental = await world.rent();
    await untilRunning(world, rental);
    const connect = async () => {
      throw new AuthRefusedError('refused while HF_TOKEN=very-secret-value');
    };
    await world.boot(world.booter({ connect }), rental, (_, steps) => steps > 2);
    const rows = await sql`select memory from boot_states`.execute(world.store.db);
    expect(JSON.stringify(rows.rows)).toContain('refused while');
    expect(JSON.stringify(rows.rows)).not.toContain('very-secret-value');
  });
});

describe('the GPUs', () => {
  it('that are others than those of the offer end the boot', async () => {
    const world = await aBootWorld({}, () => smi(['Tesla K80, 11441 MiB']));
    const rental = await world.rent();
    const end = last(await world.boot(world.booter(), rental));
    expect(end).toMatchObject({ kind: 'failed', cause: 'wrong-gpu', blame: 'machine' });
    if (end.kind !== 'failed') return;
    expect(end.sentence).toMatch(/^Instance \d+ failed to start: it has 1 × Tesla K80 in place of 1 × /);
  });

  it('that nothing shows are taken with a warning, unless CUDA is needed', async () => {
    const world = await aBootWorld({}, () => ({}));
    const rental = await world.rent();
    const end = last(await world.boot(world.booter(), rental));
    expect(end).toMatchObject({
      kind: 'ready',
      gpus: [],
      warnings: [expect.stringContaining('no nvidia-smi')],
    });
    const strict = await world.boot(world.booter({ needsCuda: () => true }), rental);
    expect(last(strict)).toMatchObject({ kind: 'failed', cause: 'wrong-gpu' });
  });

  it('of a driver that hangs end the boot', async () => {
    const hung = async (process: { sleep(ms: number): Promise<void> }) => {
      await process.sleep(60 * MINUTE);
      return 0;
    };
    const world = await aBootWorld({}, () => ({ 'nvidia-smi': hung }));
    const rental = await world.rent();
    const end = last(await world.boot(world.booter(), rental));
    expect(end).toMatchObject({ kind: 'failed', cause: 'wrong-gpu' });
    if (end.kind === 'failed') expect(end.sentence).toContain('no answer within 60 s');
  });
});

async function untilRunning(
  world: Awaited<ReturnType<typeof aBootWorld>>,
  rental: Parameters<typeof world.instanceOf>[0],
): Promise<void> {
  for (let i = 0; i < 600; i += 1) {
    const { actualStatus } = await world.instanceOf(rental);
    if (actualStatus === 'running') return;
    await world.clock.step(1_000);
  }
  throw new Error('It never ran');
}
