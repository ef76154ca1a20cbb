// What a daemon takes while nothing happens: first without the collector, then with it between two polls of its market.
import { systemClock } from '../../src/base/std/index.ts';
import { progress } from '../child.ts';
import type { Report } from '../lines.ts';
import { startOwnDaemon } from './own-daemon.ts';

/** Starting up is no idling: code is loaded, the first listing and the first poll are made. */
const SETTLE_MS = 15_000;
const MEASURE_MS = 60_000;

export async function measureIdle(report: Report): Promise<void> {
  await measure(report, { name: 'idle daemon', only: 'rentals,jobs,monitor,housekeeping,notify,heartbeat' });
  await measure(report, { name: 'idle daemon with a collector of 600 offers' });
}

async function measure(
  report: Report,
  { name, only }: { readonly name: string; readonly only?: string },
): Promise<void> {
  const clock = systemClock();
  await using daemon = await startOwnDaemon(only ? { only } : {});
  progress(`${name}: ${(SETTLE_MS + MEASURE_MS) / 1_000} s`);
  await clock.sleep(SETTLE_MS);
  const before = await daemon.usage();
  const startMs = clock.monotonic();
  await clock.sleep(MEASURE_MS);
  const after = await daemon.usage();
  const seconds = (clock.monotonic() - startMs) / 1_000;
  report(`${name}: of a core`, (100 * (after.cpuS - before.cpuS)) / seconds, '%', 1);
  report(`${name}: resident`, after.residentMb, 'MB', 250);
}
