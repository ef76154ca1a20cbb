// What the benchmark feeds to the decoder is an answer of the service's shape and size, and decodes to the trace.
import { expect, it } from 'vitest';
import { tracePolls } from '../../bench/market/trace/trace.ts';
import { wireAnswer } from '../../bench/market/wire-answer.ts';
import { silentLog } from '../../src/base/std/index.ts';
import { createOfferDecoder } from '../../src/net/vast/decode-offer.ts';
import { parseAnswer } from '../../src/net/vast/parse-answer.ts';
import { observe } from '../../src/watch/collector/observe.ts';

it('an answer made of a poll decodes to the same observations, every column', () => {
  const [poll] = tracePolls(1, { machines: 80 });
  if (!poll) throw new Error('the trace has a first poll');
  const answer = wireAnswer(poll.observations, poll.tsMs);
  expect(answer.length / poll.observations.length).toBeGreaterThan(1_400);
  expect(answer.length / poll.observations.length).toBeLessThan(1_600);
  const { value } = parseAnswer(new TextDecoder().decode(answer));
  const { offers, faults } = createOfferDecoder({ log: silentLog }).decode(
    (value as { offers: unknown[] }).offers,
  );
  expect(faults).toEqual([]);
  expect(offers.map((offer) => observe(offer, 'on-demand', 'any'))).toEqual(poll.observations);
});
