// An account with instances on a simulated marketplace, their machines twins, and a monitor that watches them; one stepped
// clock for all of it.
import { onTestFinished } from 'vitest';
import { createLedger } from '../../../src/base/ledger/index.ts';
import { createRandom, type SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import type { Store } from '../../../src/base/store/index.ts';
import type { RemoteShell } from '../../../src/net/ssh/index.ts';
import { jobMigrations } from '../../../src/rent/jobs/index.ts';
import {
  createMonitor,
  type Monitor,
  type MonitorOptions,
  type MonitorView,
  monitorMigrations,
  type RunEvent,
  type RunView,
  type ShownLine,
} from '../../../src/rent/monitor/index.ts';
import { createShellPool } from '../../../src/rent/remote/index.ts';
import { trainingMigrations } from '../../../src/rent/training/index.ts';
import type { Sim, SimOptions } from '../../../src/sim/index.ts';
import type { Program } from '../../../src/sim/twin/index.ts';
import { ACCOUNT, aRentWorld, type RentWorld } from '../a-rent-world.ts';

export interface MonitorWorld {
  readonly world: RentWorld;
  readonly sim: Sim;
  readonly clock: SteppedClock;
  readonly store: Store;
  /** Why a machine takes no connection; those that it has are cut by whoever puts it here. */
  readonly closed: Map<number, Error>;
  /** Connections that were made. */
  readonly connections: number[];
  /** Percent that nvidia-smi shows, by instance; 97 by default. */
  readonly gpuPercent: Map<number, number>;
  /** So many instances that run. */
  rent(count: number, label?: string, bidPerHour?: number): Promise<readonly number[]>;
  shell(instanceId: number): Promise<RemoteShell>;
  /** Appends to a file of the machine, and makes its folder. */
  write(instanceId: number, path: string, text: string | Uint8Array): Promise<void>;
  /** Begins to watch. */
  watch(options?: WatchOptions): Promise<Watch>;
}

export interface WatchOptions extends Partial<MonitorOptions> {
  /** Default 'ssh'. */
  readonly entering?: 'none';
}

export interface Watch {
  readonly monitor: Monitor;
  readonly views: readonly MonitorView[];
  readonly events: readonly RunEvent[];
  readonly alerts: readonly RunEvent[];
  readonly lines: readonly ShownLine[];
  /** Of the latest view; fails where there is none. */
  run(key: string): RunView;
  stop(): Promise<void>;
}

export const LOG = '/workspace/output/run/training.log';

export interface MonitorWorldOptions {
  readonly sim?: Partial<SimOptions>;
  readonly programs?: (instanceId: number) => Readonly<Record<string, Program>>;
  readonly storeUrl?: string;
}

export async function aMonitorWorld(options: MonitorWorldOptions = {}): Promise<MonitorWorld> {
  const gpuPercent = new Map<number, number>();
  const closed = new Map<number, Error>();
  const connections: number[] = [];
  const world = await aRentWorld({
    sim: { seed: 'monitor', credit: 1_000, ...options.sim },
    twins: {
      programs: (instanceId) => ({
        'nvidia-smi': async (process) => {
          await process.print(
            `0, GPU-1, RTX 4090, ${gpuPercent.get(instanceId) ?? 97}, 12000, 24000, 61, 300.5, 450.00`,
          );
          return 0;
        },
        ...options.programs?.(instanceId),
      }),
    },
    migrations: [...jobMigrations, ...trainingMigrations, ...monitorMigrations],
    ...(options.storeUrl !== undefined && { storeUrl: options.storeUrl }),
  });
  const { sim, clock, store, client, watcher, records, live } = world;
  const random = createRandom('monitor');
  const stops: (() => Promise<void>)[] = [];
  onTestFinished(async () => {
    for (const stop of stops) await stop();
    await world[Symbol.asyncDispose]();
  });

  return {
    world,
    sim,
    clock,
    store,
    gpuPercent,
    closed,
    connections,
    async rent(count, label, bidPerHour) {
      const ids: number[] = [];
      for (const offerId of sim.truth.listedOfferIds()) {
        if (ids.length >= count) break;
        const wish = {
          image: 'busybox',
          diskGb: 10,
          ...(label !== undefined && { label: `${label}-${ids.length + 1}` }),
          ...(bidPerHour !== undefined && { bidPerHour }),
        };
        const made = await live(client.instances.create(offerId, wish).catch(() => undefined));
        if (made) ids.push(made.instanceId);
      }
      for (let minutes = 0; minutes < 60; minutes += 1) {
        const ready = sim.truth
          .instances()
          .filter(({ instanceId, actual }) => ids.includes(instanceId) && actual === 'running');
        if (ready.length === ids.length) break;
        await clock.step(60_000);
      }
      return ids;
    },
    shell: (instanceId) => sim.shell(instanceId),
    async write(instanceId, path, text) {
      const shell = await sim.shell(instanceId);
      await live(shell.exec(`mkdir -p '${path.slice(0, path.lastIndexOf('/'))}'`));
      const { sizeBytes = 0 } = (await live(shell.stat(path))) ?? {};
      await live(shell.write(path, sizeBytes, Buffer.from(text)));
      await live(shell.close());
    },
    async watch({ entering, ...asked } = {}) {
      const views: MonitorView[] = [];
      const events: RunEvent[] = [];
      const alerts: RunEvent[] = [];
      const lines: ShownLine[] = [];
      const pool = createShellPool<number>({
        connect: async (instanceId) => {
          const reason = closed.get(instanceId);
          if (reason) throw reason;
          connections.push(instanceId);
          return await sim.shell(instanceId);
        },
        clock,
        random,
        log: silentLog,
      });
      const monitor = createMonitor({
        account: ACCOUNT,
        store,
        watcher,
        client,
        rentals: records,
        ledger: createLedger({ store, random, log: silentLog }),
        ...(entering !== 'none' && { pool }),
        onAlert: async (event) => void alerts.push(event),
        clock,
        random,
        log: silentLog,
        ...asked,
      });
      monitor.listen({
        onView: (view) => views.push(view),
        onLines: (_run, fresh) => lines.push(...fresh),
        onEvent: (event) => events.push(event),
      });
      const stopping = new AbortController();
      const running = monitor.run(stopping.signal);
      const stop = async () => {
        stopping.abort(new Error('The test has ended'));
        await live(running);
        await live(pool.close());
      };
      stops.push(stop);
      await clock.step(5_000);
      return {
        monitor,
        views,
        events,
        alerts,
        lines,
        run(key) {
          const found = monitor.view().runs.find((run) => run.key === key);
          if (!found)
            throw new Error(
              `${key} is not shown: ${monitor
                .view()
                .runs.map((run) => run.key)
                .join(', ')}`,
            );
          return found;
        },
        stop: async () => {
          stops.splice(stops.indexOf(stop), 1);
          await stop();
        },
      };
    },
  };
}
