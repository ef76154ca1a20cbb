// The thread that collects from the service's address: the live API, or a simulator served on loopback.
import { parentPort, workerData } from 'node:worker_threads';
import {
  assert,
  collectGarbage,
  createRandom,
  freshSeed,
  Secret,
  systemClock,
} from '../../base/std/index.ts';
import { createCollector } from '../../watch/collector/index.ts';
import { openMarketWriter } from '../../watch/history/index.ts';
import type { LiveSettings } from './collector-messages.ts';
import { forwardEvents, runThread } from './collector-run.ts';
import { openVastSession } from './vast-session.ts';

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
  await using session = await openVastSession({
    baseUrl: settings.baseUrl,
    stateUrl: settings.stateUrl,
    apiKey: settings.apiKey === undefined ? undefined : new Secret(settings.apiKey),
    clock,
    random,
    log,
    timeoutMs: settings.timeoutMs,
    priority: 'collector',
    searchesPerMinute: settings.searchesPerMinute,
    pace: settings.origin.kind === 'live' ? 'published' : 'learned',
  });
  const collector = createCollector(
    { client: session.client, writer, clock, random, log },
    {
      intervalMs: settings.intervalMs,
      filter: settings.filter,
      types: settings.types,
      includeUnverified: settings.includeUnverified,
    },
  );
  forwardEvents(collector, side);
  collector.events.on('collector:resting', () => collectGarbage('all-and-shrink'));
  const running = collector.start({ polls: settings.polls });
  signal.addEventListener('abort', () => void running.stop(), { once: true });
  await running.done;
});
