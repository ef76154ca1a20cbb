// A monitor of this process, seen through the same handlers as a daemon's: no socket, and no routes but those of runs.
import { type Clock, freshSeed, type Log, Secret } from '../../src/base/std/index.ts';
import { callApp } from '../../src/front/http/call-app.ts';
import { createAsk } from '../../src/front/http/client/ask.ts';
import { createRemoteMonitor } from '../../src/front/http/client/monitor/remote-monitor.ts';
import { runMethods } from '../../src/front/http/client/runs.ts';
import { addRunRoutes } from '../../src/front/http/routes/runs.ts';
import { guardedApp } from '../../src/front/http/server/guarded-app.ts';
import type { Monitor } from '../../src/rent/monitor/index.ts';

/** Not a socket's: requests never leave the process. */
const ADDRESS = 'http://127.0.0.1';

/** Who pauses it pauses the monitor itself: nobody else looks at it. */
export function throughRoutes(
  monitor: Monitor,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Monitor {
  const full = new Secret(freshSeed() + freshSeed() + freshSeed());
  const app = guardedApp({ tokens: { full, read: full }, hostNames: [], log });
  addRunRoutes(app, { monitor: async () => monitor, clock, log });
  const client = runMethods(createAsk({ address: ADDRESS, token: full, ...callApp(app) }));
  const remote = createRemoteMonitor({ find: async () => client, clock });
  return {
    ...remote,
    setPaused: (isPaused) => monitor.setPaused(isPaused),
    async run(signal) {
      const over = new AbortController();
      const seeing = remote.run(AbortSignal.any([signal, over.signal]));
      try {
        await monitor.run(signal);
      } finally {
        over.abort();
        await seeing;
      }
    },
  };
}
