// Ranking a whole market of 10,000 offers, from decoded offers to the answer: on demand, and with bids.
import { assert, HOUR_MS, silentLog, systemClock } from '../../src/base/std/index.ts';
import { createOfferDecoder, type Offer } from '../../src/net/vast/index.ts';
import { type Need, rankOffers } from '../../src/rent/rental/ranking/index.ts';
import type { Report } from '../lines.ts';
import { tracePolls } from '../market/trace/trace.ts';
import { wireAnswer } from '../market/wire-answer.ts';
import { median, quantile } from '../statistics.ts';

const OFFERS = 10_000;
/** Shows some 10,400 offers. */
const MACHINES = 3_600;
const RUNS = 41;
const BUDGET_MS = 50;

export function measureRanking(report: Report): void {
  const { offers, nowMs } = market();
  const need: Need = {
    purpose: { kind: 'work', referenceHours: 12 },
    minVramGb: 24,
    minReliability: 0.9,
    verification: 'any',
    checkpoint: { costS: 60, sizeGb: 3 },
    dataInGb: 50,
    dataOutGb: 5,
    deadlineMs: nowMs + 96 * HOUR_MS,
  };
  const cases: readonly (readonly [string, Need])[] = [
    ['any GPU, on demand', need],
    ['any GPU, on demand or by bid', { ...need, rentalTypes: ['on-demand', 'interruptible'] }],
  ];
  for (const [name, wanted] of cases) measure(`rank ${OFFERS.toLocaleString('en-US')}, ${name}`, wanted);

  function measure(name: string, wanted: Need): void {
    const clock = systemClock();
    const times: number[] = [];
    let eligible = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const startMs = clock.monotonic();
      ({ eligible } = rankOffers({ offers, need: wanted, nowMs }));
      times.push(clock.monotonic() - startMs);
    }
    // An empty answer would be quick.
    assert(eligible > 100, `Only ${eligible} offers were ranked: this measures nothing`);
    report(`${name}: median`, median(times), 'ms', BUDGET_MS);
    report(`${name}: p90`, quantile(times, 0.9), 'ms', BUDGET_MS);
    report(`${name}: first call`, times[0] as number, 'ms');
  }
}

function market(): { readonly offers: readonly Offer[]; readonly nowMs: number } {
  for (const { tsMs, observations } of tracePolls(1, { machines: MACHINES })) {
    const rows = [...observations].slice(0, OFFERS);
    const answer = JSON.parse(Buffer.from(wireAnswer(rows, tsMs)).toString()) as { offers: unknown[] };
    const { offers } = createOfferDecoder({ log: silentLog }).decode(answer.offers);
    assert(offers.length === OFFERS, `The market has ${offers.length} offers instead of ${OFFERS}`);
    return { offers, nowMs: tsMs };
  }
  throw new Error('The trace of the market is empty');
}
