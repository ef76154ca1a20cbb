// Goal: what a daemon runs really does its work on a marketplace, says when it cannot, and goes on when it can again.
import { afterEach, describe, expect, it } from 'vitest';
import { createEvents, createRandom, silentLog } from '../../../../src/base/std/index.ts';
import {
  type CollectorEvents,
  type CollectorThread,
  type DaemonPartsOptions,
  daemonParts,
  PART_NAMES,
  type PartHealth,
  type PartName,
  type Supervisor,
  supervise,
} from '../../../../src/front/app/index.ts';
import { createOutbox } from '../../../../src/net/notify/index.ts';
import { aJobWorld, countingJob, type JobWorld } from '../../../rent/jobs/controller/a-job-world.ts';

interface Daemon extends AsyncDisposable {
  readonly world: JobWorld;
  readonly supervisor: Supervisor;
  readonly of: (name: PartName) => PartHealth;
  readonly asked: () => number;
  line: 'works' | 'refuses' | 'is down';
}

let open: AsyncDisposableStack;
afterEach(() => open.disposeAsync());

async function aDaemon(options: Partial<DaemonPartsOptions> = {}): Promise<Daemon> {
  open = new AsyncDisposableStack();
  let asked = 0;
  const daemon = { line: 'works' as Daemon['line'] };
  const world = open.use(
    await aJobWorld({
      send: (send) => async (input, init) => {
        asked += 1;
        if (daemon.line === 'is down') throw new TypeError('fetch failed');
        if (daemon.line === 'refuses')
          return new Response('{"success":false,"error":"auth_error"}', { status: 401 });
        return await send(input, init);
      },
    }),
  );
  const { process: ours, store, clock } = world;
  const outbox = createOutbox({
    store,
    fetch: globalThis.fetch,
    random: createRandom('outbox'),
    log: silentLog,
    options: { channels: {} } as never,
  });
  const parts = daemonParts({
    startCollector: () => Promise.reject(new Error('no collector here')),
    controller: ours.controller,
    watcher: ours.watcher,
    jobs: { run: (signal, onRound) => ours.jobs.run(signal, { onRound }) },
    monitor: {
      run: async (signal, onRound) => {
        while (!signal.aborted) {
          onRound({ trouble: null });
          await clock.sleep(30_000, signal).catch(() => {});
        }
      },
    },
    outbox,
    store,
    clock,
    heartbeat: { url: undefined, fetch: globalThis.fetch, health: () => [] },
    ...options,
  });
  const supervisor = supervise({ parts, clock, random: createRandom('daemon'), log: silentLog });
  const ending = new AbortController();
  const done = supervisor.run(ending.signal);
  open.defer(async () => {
    ending.abort();
    await world.live(done);
  });
  return Object.assign(daemon, {
    world,
    supervisor,
    asked: () => asked,
    of: (name: PartName) => supervisor.health().find((health) => health.name === name) as PartHealth,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  });
}

describe('a daemon', () => {
  it('lists every part that there is, once, in the order of their end', async () => {
    const { supervisor } = await aDaemon();
    expect(supervisor.health().map(({ name }) => name)).toEqual([...PART_NAMES]);
    for (const { what } of supervisor.health()) expect(what).not.toBe('');
  });

  it('keeps a rental and drives a job to its artifacts while its collector dies again and again', async () => {
    const { world, of } = await aDaemon();
    const record = await world.submit(countingJob());
    await world.untilStatus(record, 'succeeded');
    expect((await world.get(record)).status).toBe('succeeded');
    expect(of('collector')).toMatchObject({ status: 'failing', reason: 'no collector here' });
    expect(of('collector').restarts).toBeGreaterThan(3);
    for (const name of ['jobs', 'rentals', 'notify', 'housekeeping', 'monitor'] as const) {
      expect(of(name), name).toMatchObject({ status: 'running', restarts: 0 });
    }
  });

  it('says that rentals fail while the service is away or refuses the key, and that they run when it is back', async () => {
    const daemon = await aDaemon({ only: ['rentals'] });
    const { world, of } = daemon;
    await world.pass(60_000);
    expect(of('rentals').status).toBe('running');
    const { lastGoodAtMs } = of('rentals');
    daemon.line = 'is down';
    await world.pass(10 * 60_000);
    expect(of('rentals')).toMatchObject({
      status: 'failing',
      reason: expect.stringContaining('cannot be listed whole'),
    });
    expect(of('rentals').lastGoodAtMs).toBeLessThanOrEqual((lastGoodAtMs as number) + 120_000);
    daemon.line = 'refuses';
    await world.pass(10 * 60_000);
    expect(of('rentals')).toMatchObject({ status: 'failing' });
    expect(of('rentals').restarts).toBeGreaterThan(0);
    daemon.line = 'works';
    await world.pass(3 * 60_000);
    expect(of('rentals')).toMatchObject({ status: 'running', reason: '' });
  });

  it('says that jobs fail while one of them cannot be driven or the store not be read, and that they go on after', async () => {
    const { world, of, supervisor } = await aDaemon({ only: ['jobs'] });
    await world.pass(10_000);
    const good = of('jobs');
    expect(good).toMatchObject({ status: 'running', reason: '' });
    await world.pass(60_000);
    expect((of('jobs').lastGoodAtMs as number) - (good.lastGoodAtMs as number)).toBeGreaterThan(50_000);
    const { db } = world.store;
    await db.schema.alterTable('jobs').renameTo('jobs_away').execute();
    await world.pass(10_000);
    expect(of('jobs')).toMatchObject({ status: 'failing', restarts: 0 });
    expect(of('jobs').reason).toMatch(/^jobs cannot be listed: .*jobs/);
    await db.schema.alterTable('jobs_away').renameTo('jobs').execute();
    await world.pass(10_000);
    expect(of('jobs')).toMatchObject({ status: 'running', reason: '' });
    expect(supervisor.health()).toHaveLength(PART_NAMES.length);
  });

  it('says that the monitor fails with what it has told, and when it tells nothing any more', async () => {
    let tell: (trouble: string | null) => void = () => {};
    const { world, of } = await aDaemon({
      only: ['monitor'],
      monitor: {
        run: async (signal, onRound) => {
          tell = (trouble) => onRound({ trouble });
          await new Promise<void>((resolve) =>
            signal.addEventListener('abort', () => resolve(), { once: true }),
          );
        },
      },
    });
    tell(null);
    await world.pass(1_000);
    expect(of('monitor')).toMatchObject({ status: 'running', reason: '' });
    tell('the account could not be read');
    expect(of('monitor')).toMatchObject({ status: 'failing', reason: 'the account could not be read' });
    tell(null);
    await world.pass(4 * 60_000);
    expect(of('monitor').status).toBe('running');
    await world.pass(2 * 60_000);
    expect(of('monitor')).toMatchObject({ status: 'failing', reason: 'it has said nothing for 5m' });
  });

  it('runs only what was asked for, and asks nobody for the rest', async () => {
    const { world, of, asked } = await aDaemon({ only: ['notify', 'housekeeping'] });
    const before = asked();
    await world.pass(3_600_000);
    expect(asked()).toBe(before);
    expect(of('rentals')).toMatchObject({ status: 'off', reason: expect.stringContaining('--only') });
    expect(of('notify').status).toBe('running');
  });
});

describe('the collector', () => {
  const thread = () => {
    const events = createEvents<CollectorEvents>();
    const { promise: done, resolve, reject } = Promise.withResolvers<void>();
    const stop = async () => {
      resolve();
      await done;
    };
    return {
      thread: { events, done, stop, [Symbol.asyncDispose]: stop } satisfies CollectorThread,
      events,
      resolve,
      reject,
    };
  };

  it('is well with each poll, ill while it is blind, and started anew in a thread of its own when it has died', async () => {
    const threads: ReturnType<typeof thread>[] = [];
    const { world, of } = await aDaemon({
      only: ['collector'],
      startCollector: async () => {
        const made = thread();
        threads.push(made);
        return made.thread;
      },
    });
    await world.clock.untilIdle();
    expect(of('collector').status).toBe('starting');
    threads[0]?.events.emit('poll:stored', { poll: 3, rows: 614 } as never);
    expect(of('collector')).toMatchObject({ status: 'running', reason: 'poll 3: 614 offers' });
    threads[0]?.events.emit('collector:blind', { sinceMs: 0, reason: 'no answer' });
    expect(of('collector')).toMatchObject({ status: 'failing', reason: 'no answer' });
    threads[0]?.reject(new Error('the disk is full'));
    await world.clock.untilIdle();
    expect(of('collector')).toMatchObject({ status: 'failing', reason: 'the disk is full', restarts: 1 });
    await world.pass(2_000);
    expect(threads).toHaveLength(2);
  });

  it('that was asked for some polls ends for good', async () => {
    const made = thread();
    const { world, of, supervisor } = await aDaemon({
      only: ['collector'],
      isCollectorFinite: true,
      startCollector: async () => made.thread,
    });
    made.resolve();
    await supervisor.ended('collector');
    await world.pass(60_000);
    expect(of('collector')).toMatchObject({ status: 'ended', restarts: 0 });
  });
});
