// What a daemon takes with a collector of the whole market, whose simulator is another process: two polls of 10,000 offers, then
// at rest; once in the foreground and once as `up -d` starts it.
import { systemClock } from '../../src/base/std/index.ts';
import { progress } from '../child.ts';
import type { Report } from '../lines.ts';
import { startOwnDaemon } from './own-daemon.ts';

const OFFERS = 10_000;
const INTERVAL_S = 60;
/** The first poll comes at once, the second after a minute. */
const TWO_POLLS_MS = 85_000;
const REST_MS = 20_000;

export async function measureMarket(report: Report): Promise<void> {
  await measure(report, 'in the foreground', false);
  await measure(report, 'behind (up -d)', true);
}

async function measure(report: Report, how: string, isBehind: boolean): Promise<void> {
  const clock = systemClock();
  await using daemon = await startOwnDaemon({ offers: OFFERS, intervalS: INTERVAL_S, isBehind });
  progress(`a market of ${OFFERS} offers, ${how}: ${(TWO_POLLS_MS + REST_MS) / 1_000} s`);
  await clock.sleep(TWO_POLLS_MS);
  const before = await daemon.usage();
  const startMs = clock.monotonic();
  await clock.sleep(REST_MS);
  const after = await daemon.usage();
  const seconds = (clock.monotonic() - startMs) / 1_000;
  const name = `daemon collecting ${OFFERS} offers, ${how}`;
  report(`${name}: resident between polls`, after.residentMb, 'MB');
  const memory = daemon.memory();
  if (memory) {
    report(`${name}: of it files`, memory.fileMb, 'MB');
    report(`${name}: resident at most`, memory.peakMb, 'MB', 400);
  }
  report(`${name}: between polls, of a core`, (100 * (after.cpuS - before.cpuS)) / seconds, '%', 1);
}
