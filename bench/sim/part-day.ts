// A day of a market of 10,000 offers: advanced alone, then polled 240 times through the wire by somebody who reads all
// of it. What the reader makes of the bytes is his own time, and is reported apart.
import { DAY_MS, SteppedClock, systemClock } from '../../src/base/std/index.ts';
import { createSim } from '../../src/sim/index.ts';
import { peakMemoryMb } from '../child.ts';
import type { Report } from '../lines.ts';
import { median, quantile } from '../statistics.ts';

const OFFERS = 10_000;
const POLLS = 240;
const SEARCH = JSON.stringify({ disable_bundling: true, type: 'on-demand' });

export async function measureDay(report: Report): Promise<void> {
  const stopwatch = systemClock();
  const built = aMarket();
  report('simulator: a market of 10,000 offers built', built.ms, 'ms');

  const quiet = aMarket();
  await quiet.clock.step(DAY_MS);
  const advancing = stopwatch.monotonic();
  quiet.sim.step();
  report('simulator: a day advanced', (stopwatch.monotonic() - advancing) / 1_000, 's', 5);

  const { sim, clock } = built;
  const polls: number[] = [];
  const parses: number[] = [];
  let rows = 0;
  let bytes = 0;
  for (let poll = 0; poll < POLLS; poll += 1) {
    await clock.step(DAY_MS / POLLS);
    const asked = stopwatch.monotonic();
    const response = await sim.fetch('https://console.vast.ai/api/v0/bundles/', {
      method: 'POST',
      headers: { authorization: `Bearer ${sim.apiKey}` },
      body: SEARCH,
    });
    const body = await response.arrayBuffer();
    const read = stopwatch.monotonic();
    const { offers } = JSON.parse(Buffer.from(body).toString('latin1')) as { offers: readonly unknown[] };
    polls.push(read - asked);
    parses.push(stopwatch.monotonic() - read);
    bytes = body.byteLength;
    rows = offers.length;
  }
  const sum = (times: readonly number[]) => times.reduce((total, ms) => total + ms, 0) / 1_000;
  report('simulator: rows of an answer', rows, 'rows');
  report('simulator: size of an answer', bytes / 1e6, 'MB');
  report('simulator: 240 polls of a day, with advancing', sum(polls), 's', 60);
  report('simulator: a poll, median', median(polls), 'ms', 100);
  report('simulator: a poll, 95th percentile', quantile(polls, 0.95), 'ms');
  report('simulator: the first poll, which writes all rows', polls[0] as number, 'ms');
  report('simulator: JSON.parse of 240 answers, by the reader', sum(parses), 's');
  report('simulator: peak memory with its reader', peakMemoryMb(), 'MB');
}

function aMarket() {
  const stopwatch = systemClock();
  const clock = new SteppedClock();
  const begun = stopwatch.monotonic();
  const sim = createSim({
    seed: 7,
    clock,
    offers: OFFERS,
    searchesPerMinute: Number.POSITIVE_INFINITY,
    intervalFactor: 0,
  });
  return { sim, clock, ms: stopwatch.monotonic() - begun };
}
