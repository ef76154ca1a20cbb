// The thread that collects a simulated market. Simulator, client and store run on one stepped clock: the past
// is filled in as fast as the machine can, then time keeps a pace that a person can watch, then that of the wall.
import { parentPort, workerData } from 'node:worker_threads';
import { assert, createRandom, Secret, SteppedClock, systemClock } from '../../base/std/index.ts';
import { createVastClient } from '../../net/vast/index.ts';
import { createSim } from '../../sim/index.ts';
import { createCollector } from '../../watch/collector/index.ts';
import { openMarketWriter } from '../../watch/history/index.ts';
import { forwardEvents, runThread } from '../app/index.ts';
import type { SimulatedSettings } from './simulated-settings.ts';
import { planTime } from './simulated-time.ts';
import { keepWorld } from './world-file.ts';

/** Simulated time passes this many times faster than the wall's until it has caught up with it. */
const PACE = 360;

assert(parentPort, 'This module runs only as a thread');
const settings = workerData as SimulatedSettings;
const wall = systemClock();

await runThread(parentPort, settings, wall, async (side) => {
  const { signal, send } = side;
  const origin = { kind: 'simulated', seed: settings.seed } as const;
  await using writer = await openMarketWriter({
    dir: settings.dir,
    origin,
    holder: 'vastdeck up (simulated)',
    // The wall's: the Parquet files are rewritten every ten minutes of ours, not of the simulated ones.
    clock: wall,
    log: side.log,
  });
  const lastPollMs = writer.lastPoll()?.tsMs;
  const time = planTime(settings, { nowMs: wall.now(), lastPollMs });
  const worldClock = new SteppedClock(settings.worldStartMs ?? time.startMs);
  keepWorld(settings.dir, { seed: settings.seed, offers: settings.offers, startMs: worldClock.now() });
  const simulator = createSim({ seed: settings.seed, clock: worldClock, offers: settings.offers });
  if (time.resumeMs !== undefined) await worldClock.step(Math.max(0, time.resumeMs - worldClock.now()));
  const random = createRandom(settings.seed).fork('collector');
  const log = side.log.child({ simulated: true });
  const client = createVastClient({
    fetch: simulator.fetch,
    apiKey: new Secret(simulator.apiKey),
    clock: worldClock,
    random,
    log,
    priority: 'collector',
  });
  const collector = createCollector(
    { client, writer, clock: worldClock, random, log },
    {
      intervalMs: settings.intervalMs,
      filter: settings.filter,
      types: settings.types,
      includeUnverified: settings.includeUnverified,
    },
  );
  forwardEvents(collector, side);
  const running = collector.start({ polls: settings.polls });
  let isOver = false;
  running.done.then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  let isCaughtUp = false;
  let paceFrom = { wallMs: 0, worldMs: 0 };
  while (!isOver && !signal.aborted) {
    if (!isCaughtUp && worldClock.now() >= time.fullSpeedUntilMs) {
      isCaughtUp = true;
      paceFrom = { wallMs: wall.monotonic(), worldMs: worldClock.now() };
      send({ kind: 'caught-up' });
    }
    const allowedMs = Math.min(wall.now(), paceFrom.worldMs + (wall.monotonic() - paceFrom.wallMs) * PACE);
    const mayMove = !isCaughtUp || worldClock.now() < allowedMs;
    // Without a timer the collector waits for its store; time then stands still.
    if (!mayMove || !(await worldClock.stepToNext())) await wall.sleep(mayMove ? 5 : 100);
  }
  await running.stop();
});
