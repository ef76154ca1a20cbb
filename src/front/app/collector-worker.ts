// The thread that collects from the service's address: the live API, or a simulator served on loopback.
import { parentPort, workerData } from 'node:worker_threads';
import { assert, createRandom, freshSeed, Secret, systemClock } from '../../base/std/index.ts';
import { createVastClient } from '../../net/vast/index.ts';
import { createCollector } from '../../watch/collector/index.ts';
import { openMarketWriter } from '../../watch/history/index.ts';
import type { LiveSettings } from './collector-messages.ts';
import { forwardEvents, runThread } from './collector-run.ts';

assert(parentPort, 'This module runs only as a thread');
const settings = workerData as LiveSettings;
const clock = systemClock();
const random = createRandom(freshSeed());

await runThread(parentPort, settings, clock, async (side) => {
  const { log, signal } = side;
  await using writer = await openMarketWriter({
    dir: settings.dir,
    origin: settings.origin,
    holder: 'vastdeck market collect',
    clock,
    log,
  });
  const client = createVastClient({
    baseUrl: settings.baseUrl,
    fetch: globalThis.fetch,
    clock,
    random,
    log,
    timeoutMs: settings.timeoutMs,
    priority: 'collector',
    ...(settings.apiKey ? { apiKey: new Secret(settings.apiKey) } : {}),
  });
  const collector = createCollector(
    { client, writer, clock, random, log },
    {
      intervalMs: settings.intervalMs,
      filter: settings.filter,
      types: settings.types,
      includeUnverified: settings.includeUnverified,
    },
  );
  forwardEvents(collector, side);
  const running = collector.start({ ...(settings.polls === undefined ? {} : { polls: settings.polls }) });
  signal.addEventListener('abort', () => void running.stop(), { once: true });
  await running.done;
});
