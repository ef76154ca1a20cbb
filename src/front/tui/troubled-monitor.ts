// A monitor of nothing: there is no account to ask, and its view says why and what mends it.
import type { Clock } from '../../base/std/index.ts';
import type { Monitor } from '../../rent/monitor/index.ts';

export function troubledMonitor(trouble: string, { clock }: { readonly clock: Clock }): Monitor {
  const view = () => ({
    atMs: clock.now(),
    isSimulated: false,
    account: null,
    runs: [],
    totals: {
      runs: 0,
      running: 0,
      gpus: 0,
      pricePerHour: 0,
      spentUsd: 0,
      monthEndUsd: null,
      creditUsd: null,
      creditEndsAtMs: null,
    },
    listedAtMs: null,
    trouble,
  });
  return {
    view,
    listen: () => () => {},
    lines: async () => [],
    series: async () => [],
    lookAt() {},
    async refresh() {},
    nextSource: async () => {
      throw new Error(trouble);
    },
    setPaused() {},
    run: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
}
