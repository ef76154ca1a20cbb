// Each event once: over restarts of the program, by one of several processes, and not lost with one that died in between.
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/std/index.ts';
import { readEventsSince, type Store } from '../../../src/base/store/index.ts';
import { monitorMigrations, type RunEvent, type RunView } from '../../../src/rent/monitor/index.ts';
import { createLogBook } from '../../../src/rent/monitor/log-book.ts';
import type { MonitorTables } from '../../../src/rent/monitor/tables.ts';
import { createTeller } from '../../../src/rent/monitor/told/teller.ts';
import {
  createMetricStore,
  type HealthStatus,
  RETENTION,
  trainingMigrations,
} from '../../../src/rent/training/index.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';
import { aMonitorWorld, LOG } from './a-monitor-world.ts';

const MINUTE = 60_000;

describe.each(ENGINES)('what was told, on %s', (engine) => {
  const situation = (status: HealthStatus, nowMs = 0) => ({
    run: {
      key: 'instance 1',
      name: 'bert',
      status: 'running',
      attempts: 1,
      epoch: null,
      lineSource: 'none',
      loss: null,
      health: { status, reason: 'A reason' },
    } as RunView,
    end: null,
    notes: [],
    nowMs,
    isCatchingUp: false,
  });
  const tellerOf = (store: Store, told: RunEvent[]) =>
    createTeller({
      account: 'a',
      store,
      log: silentLog,
      onAlert: async (event) => void told.push(event),
    });
  /** A screen: it shows events and sends no alerts. */
  const screenOf = (store: Store) => createTeller({ account: 'a', store, log: silentLog });

  it('is told by one of two processes that see it at once', async () => {
    const { store } = await freshStore(engine, { migrations: monitorMigrations });
    const told: RunEvent[] = [];
    const tellers = [tellerOf(store, told), tellerOf(store, told)];
    for (const teller of tellers) await teller.tell(situation('training'));
    await Promise.all(tellers.map((teller) => teller.tell(situation('hung'))));
    for (const teller of tellers) await teller.tell(situation('hung'));
    expect(told.map(({ kind }) => kind)).toEqual(['hung']);
    const events = await readEventsSince(store.db, 0, { noun: 'run' });
    expect(events.map(({ id, status }) => [id, status])).toEqual([['instance 1', 'hung']]);
  });

  it('is told by the next process where one died before it had told it', async () => {
    const { store, clock } = await freshStore(engine, { migrations: monitorMigrations });
    const never = tellerOf(store, []);
    await never.tell(situation('training'));
    // It dies while it hands the alert on: the call never comes back.
    const { promise: stuck, resolve: isStuck } = Promise.withResolvers<void>();
    const dying = createTeller({
      account: 'a',
      store,
      log: silentLog,
      onAlert: () => {
        isStuck();
        return new Promise(() => {});
      },
    });
    void dying.tell(situation('diverged', clock.now()));
    await stuck;
    const told: RunEvent[] = [];
    const next = tellerOf(store, told);
    await next.tell(situation('diverged', clock.now()));
    expect(told).toEqual([]);
    await clock.step(2 * MINUTE);
    await next.tell(situation('diverged', clock.now()));
    await next.tell(situation('diverged', clock.now()));
    expect(told.map(({ kind }) => kind)).toEqual(['diverged']);
    expect(await readEventsSince(store.db, 0, { noun: 'run' })).toHaveLength(1);
  });

  it('is forgotten with the figures by the minute, unless its run is still watched', async () => {
    const { store, clock } = await freshStore(engine, {
      migrations: [...trainingMigrations, ...monitorMigrations],
    });
    const teller = tellerOf(store, []);
    const { run } = situation('training');
    for (const key of ['instance 1', 'instance 2']) {
      const at = situation('training', clock.now());
      await teller.tell({ ...at, run: { ...run, key } });
    }
    const logBook = createLogBook({ store, metrics: createMetricStore({ store }) });
    const rows = store.db.$extendTables<MonitorTables>().selectFrom('monitor_runs').select('run_key');
    const kept = async () => (await rows.execute()).map((row) => row.run_key);
    await clock.step(RETENTION.minuteMs);
    await logBook.prune('a', new Set());
    expect(await kept()).toEqual(['instance 1', 'instance 2']);
    await clock.step(1);
    await logBook.prune('b', new Set());
    await logBook.prune('a', new Set(['instance 2']));
    expect(await kept()).toEqual(['instance 2']);
  });

  it('is left by a screen to the process that sends alerts, and sent once', async () => {
    const { store, clock } = await freshStore(engine, { migrations: monitorMigrations });
    const told: RunEvent[] = [];
    const screen = screenOf(store);
    const daemon = tellerOf(store, told);
    await daemon.tell(situation('training', clock.now()));
    await screen.tell(situation('hung', clock.now()));
    expect(told).toEqual([]);
    await daemon.tell(situation('hung', clock.now()));
    await screen.tell(situation('hung', clock.now()));
    await daemon.tell(situation('hung', clock.now()));
    expect(told.map(({ kind }) => kind)).toEqual(['hung']);
    expect(await readEventsSince(store.db, 0, { noun: 'run' })).toHaveLength(1);
  });

  it('is sent also when it is over before the process that sends alerts has looked', async () => {
    const { store, clock } = await freshStore(engine, { migrations: monitorMigrations });
    const told: RunEvent[] = [];
    const daemon = tellerOf(store, told);
    await daemon.tell(situation('training', clock.now()));
    const screen = screenOf(store);
    await screen.tell(situation('hung', clock.now()));
    await screen.tell(situation('training', clock.now()));
    await clock.step(MINUTE);
    await daemon.tell(situation('training', clock.now()));
    expect(told.map(({ kind }) => kind)).toEqual(['hung']);
  });

  it.each([
    ['is no news after an hour where it is over', 'training', []],
    ['is sent however late where it is still so', 'hung', ['hung']],
  ] as const)('%s', async (_what, later, sent) => {
    const { store, clock } = await freshStore(engine, { migrations: monitorMigrations });
    const screen = screenOf(store);
    await screen.tell(situation('hung', clock.now()));
    if (later === 'training') await screen.tell(situation('training', clock.now()));
    await clock.step(61 * MINUTE);
    const told: RunEvent[] = [];
    await tellerOf(store, told).tell(situation(later, clock.now()));
    expect(told.map(({ kind }) => kind)).toEqual(sent);
  });
});

describe('a monitor that is started again', () => {
  it('tells epochs, the end, and what is wrong once each, in the order in which they come', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1, 'bert');
    const key = `instance ${id}`;
    const epoch = (n: number) => `{'loss': 1.${n}, 'epoch': ${n}.0}\n`;
    await world.write(id, LOG, `{'loss': 2.0, 'epoch': 0.5}\n${epoch(1)}`);
    const first = await world.watch();
    await world.clock.step(5_000);
    expect(first.alerts).toEqual([]);
    await world.write(id, LOG, epoch(2));
    await world.clock.step(5_000);
    expect(first.alerts.map(({ kind, sentence }) => [kind, sentence])).toEqual([
      ['epoch', expect.stringContaining('bert-1: epoch 2 is complete, loss 1.2')],
    ]);
    expect(first.events.map(({ kind, key: of }) => [kind, of])).toEqual([['epoch', key]]);
    await first.stop();

    await world.write(id, LOG, `${epoch(3)}${epoch(4)}`);
    const second = await world.watch();
    await world.clock.step(5_000);
    expect(second.alerts.map(({ sentence }) => sentence)).toEqual([
      expect.stringContaining('epoch 4 is complete'),
    ]);
    await world.write(id, LOG, `${epoch(5)}{'train_runtime': 10.5, 'train_loss': 1.1, 'epoch': 5.0}\n`);
    await world.clock.step(5 * MINUTE);
    const kinds = second.alerts.map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['done', 'epoch', 'epoch', 'finished-but-billing']);
    expect(second.run(key).health.status).toBe('finished-but-billing');
    expect(second.run(key).wastePerHour).toBeCloseTo(second.run(key).pricePerHour ?? 0, 5);
    await second.stop();

    const third = await world.watch();
    await world.clock.step(5 * MINUTE);
    expect(third.alerts).toEqual([]);
    expect(third.events).toEqual([]);
  });

  it('tells a hang once the GPU has been idle and the log silent for long enough, and not before', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    const watch = await world.watch();
    for (let step = 1; step <= 20; step += 1) {
      await world.write(id, LOG, `step ${step}/100 loss 1.0\n`);
      await world.clock.step(5_000);
    }
    world.gpuPercent.set(id, 0);
    await world.clock.step(4 * MINUTE);
    expect(watch.alerts).toEqual([]);
    await world.clock.step(3 * MINUTE);
    expect(watch.alerts.map(({ kind }) => kind)).toEqual(['hung']);
    world.gpuPercent.set(id, 90);
    await world.write(id, LOG, 'step 21/100 loss 1.0\n');
    await world.clock.step(2 * MINUTE);
    expect(watch.events.map(({ kind }) => kind)).toEqual(['source', 'hung', 'healthy']);
    expect(watch.run(`instance ${id}`).etaS?.likely).toBeGreaterThan(60);
  });

  it('tells divergence once', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    const watch = await world.watch();
    await world.write(id, LOG, 'step 1/100 loss 1.0\nstep 2/100 loss 1.0\n');
    await world.clock.step(90_000);
    await world.write(id, LOG, 'step 3/100 loss nan\n');
    await world.clock.step(5_000);
    await world.write(id, LOG, 'step 4/100 loss nan\n');
    await world.clock.step(MINUTE);
    expect(watch.alerts.map(({ kind }) => kind)).toEqual(['diverged']);
    expect(watch.run(`instance ${id}`)).toMatchObject({ etaS: null, health: { status: 'diverged' } });
  });
});
