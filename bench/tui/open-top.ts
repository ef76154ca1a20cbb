// The screen of `vastdeck top` in this process, on a terminal that is given.
import type { Clock } from '../../src/base/std/index.ts';
import { runTop, type TopTerminal } from '../../src/front/tui/index.ts';
import type { Monitor } from '../../src/rent/monitor/index.ts';

export interface OpenTop {
  stop(): Promise<void>;
}

export function openTop(monitor: Monitor, terminal: TopTerminal, clock: Clock): OpenTop {
  const over = new AbortController();
  const done = runTop({
    monitor,
    acts: null,
    terminal,
    look: { depth: '256', hasUnicode: true },
    zone: 'UTC',
    intervalMs: 10_000,
    save: async () => '',
    onError: (what) => {
      throw new Error(what);
    },
    clock,
    signal: over.signal,
    hasKeeper: false,
  });
  return {
    async stop() {
      over.abort();
      await done;
    },
  };
}
