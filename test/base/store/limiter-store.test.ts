// The limiter's times in the state store keep what every LimiterStore keeps, also between two processes.
import { expect, it } from 'vitest';
import { createLimiter } from '../../../src/base/std/index.ts';
import { storeLimiterStore } from '../../../src/base/store/index.ts';
import { limiterConformance } from '../../support/limiter-conformance.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';

for (const engine of ENGINES) {
  limiterConformance(`the limiter's store on ${engine}`, async () =>
    storeLimiterStore((await freshStore(engine)).store),
  );
}

it('keeps one interval between the calls of two processes', async () => {
  const { store, clock, openAgain } = await freshStore('sqlite');
  const limiters = [store, await openAgain()].map((each, process) => {
    let tickets = 0;
    return createLimiter({
      store: storeLimiterStore(each),
      clock,
      makeTicket: () => `${process}-${++tickets}`,
    });
  });
  const startMs = clock.now();
  const calls: number[] = [];
  const calling = limiters.flatMap((limiter) =>
    [1, 2, 3].map(async () => {
      await limiter.acquire('search', 6_000, 'collector');
      calls.push(clock.now() - startMs);
    }),
  );
  await clock.step(60_000);
  await Promise.all(calling);
  expect(calls).toHaveLength(6);
  for (const [n, at] of calls.entries())
    if (n > 0) expect(at - (calls[n - 1] ?? 0)).toBeGreaterThanOrEqual(6_000);
});
