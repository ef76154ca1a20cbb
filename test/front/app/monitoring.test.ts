// The monitor as it is put together: what happens to runs becomes alerts, and our key is attached only when asked for.
import { describe, expect, it, onTestFinished } from 'vitest';
import { ledgerMigrations } from '../../../src/base/ledger/index.ts';
import { createRandom, SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import { openStore } from '../../../src/base/store/index.ts';
import { openMonitor } from '../../../src/front/app/monitoring.ts';
import type { Renting } from '../../../src/front/app/renting.ts';
import { type Alert, notifyMigrations } from '../../../src/net/notify/index.ts';
import { generateKeyPair } from '../../../src/net/ssh/index.ts';
import { monitorMigrations } from '../../../src/rent/monitor/index.ts';
import { rentMigrations } from '../../../src/rent/rental/index.ts';
import { trainingMigrations } from '../../../src/rent/training/index.ts';
import { createSim, type Sim, twinInside } from '../../../src/sim/index.ts';
import { ACCOUNT, INSTALL, stepUntil } from '../../rent/a-rent-world.ts';
import { gpusOf, startProcess } from '../../rent/a-renting.ts';

async function aWorld() {
  const clock = new SteppedClock();
  let sim: Sim;
  const inside = await twinInside({ clock, seed: 'monitoring', programs: gpusOf(() => sim) });
  sim = createSim({ seed: 'monitoring', clock, offers: 400, credit: 1_000 }, inside);
  const store = await openStore({
    url: ':memory:',
    clock,
    log: silentLog,
    migrations: [
      ...ledgerMigrations,
      ...notifyMigrations,
      ...rentMigrations,
      ...trainingMigrations,
      ...monitorMigrations,
    ],
  });
  const process = startProcess({ sim, clock, name: 'monitoring', store });
  const alerts: Alert[] = [];
  const renting = {
    ...process,
    account: { account: ACCOUNT },
    install: INSTALL,
    connect: (instance: { id: number }) => sim.shell(instance.id),
    outbox: { enqueue: async (alert: Alert) => void alerts.push(alert) },
    sshKey: generateKeyPair({ comment: 'ours' }),
  } as unknown as Renting;
  onTestFinished(async () => {
    await sim.close();
    await store.close();
  });
  const live = <T>(work: Promise<T>) => stepUntil(clock, work);
  return { sim, clock, renting, process, alerts, live };
}

const MINUTE = 60_000;

async function boot({ clock, process, live }: Awaited<ReturnType<typeof aWorld>>) {
  const rental = await live(process.rentBox('box'));
  for (let minutes = 0; minutes < 30; minutes += 1) {
    await live(process.controller.round());
    await clock.step(MINUTE);
    const now = await process.records.get(rental.id);
    if (now?.status === 'ready') return now.instanceId ?? 0;
  }
  throw new Error('the box was never ready');
}

describe('the monitor of an account', () => {
  it('sends what happens to a run as an alert, with what it costs and the commands to type', async () => {
    const world = await aWorld();
    const { sim, clock, renting, alerts, live } = world;
    const id = await boot(world);
    const shell = await sim.shell(id);
    const log = '/workspace/train.log';
    await live(shell.write(log, 0, Buffer.from('step 1/9 loss 1.0\n')));
    await using monitoring = openMonitor(renting, {
      entering: 'ssh',
      alerts: 'send',
      clock,
      random: createRandom('monitor'),
      log: silentLog,
    });
    const stopping = new AbortController();
    const running = monitoring.monitor.run(stopping.signal);
    await clock.step(MINUTE);
    await live(shell.write(log, 18, Buffer.from('step 2/9 loss nan\n')));
    await clock.step(MINUTE);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({
      key: `run-diverged:instance ${id}:1`,
      kind: 'run-diverged',
      severity: 'critical',
      title: expect.stringContaining('box has diverged, loss NaN'),
      figures: { instanceId: id, step: 2, totalSteps: 9 },
    });
    expect(alerts[0]?.actions.map(({ command }) => command)).toContain('vd rm box');
    expect(monitoring.monitor.view()).toMatchObject({
      trouble: null,
      totals: { creditUsd: expect.any(Number) },
    });
    stopping.abort(new Error('the test is over'));
    await live(running);
    await live(shell.close());
  });

  it('attaches our key to an instance when it is asked to, and not before', async () => {
    const world = await aWorld();
    const { clock, renting, process, live } = world;
    const id = await boot(world);
    const keysOf = async () =>
      (await live(process.client.instances.sshKeys.list(id))).map(({ publicKey }) => publicKey);
    const ours = renting.sshKey.publicKey;
    await using monitoring = openMonitor(renting, {
      entering: 'ssh',
      clock,
      random: createRandom('monitor'),
      log: silentLog,
    });
    const stopping = new AbortController();
    const running = monitoring.monitor.run(stopping.signal);
    await clock.step(2 * MINUTE);
    expect(await keysOf()).not.toContain(ours);
    await live(monitoring.attachKey(id));
    expect(await keysOf()).toContain(ours);
    stopping.abort(new Error('the test is over'));
    await live(running);
  });
});
