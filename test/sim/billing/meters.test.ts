// Meters and credit: what they add up to, however time is cut, and when the money is gone.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Billing } from '../../../src/sim/billing/billing.ts';
import { aBilling, START } from './a-billing.ts';

const HOUR = 3_600_000;

type Act =
  | {
      readonly what: 'rate';
      readonly instanceId: number;
      readonly kind: 'gpu' | 'disk';
      readonly price: number;
    }
  | {
      readonly what: 'traffic';
      readonly instanceId: number;
      readonly kind: 'bwd' | 'bwu';
      readonly gb: number;
    }
  | { readonly what: 'pay'; readonly usd: number };

const price = fc.oneof(
  fc.constant(0),
  fc.double({ min: 1e-6, max: 40, noNaN: true }),
  fc.integer({ min: 1, max: 4_000 }).map((milli) => milli / 1_000 / 0.75),
);
const instanceId = fc.integer({ min: 1, max: 4 });
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ what: fc.constant('rate' as const), instanceId, kind: fc.constantFrom('gpu', 'disk'), price }),
  fc.record({
    what: fc.constant('traffic' as const),
    instanceId,
    kind: fc.constantFrom('bwd', 'bwu'),
    gb: fc.double({ min: 0, max: 500, noNaN: true }),
  }),
  fc.record({ what: fc.constant('pay' as const), usd: fc.double({ min: -50, max: 200, noNaN: true }) }),
);
/** What happens, and how many milliseconds later the next thing does. */
const story = fc.array(fc.tuple(act, fc.double({ min: 0, max: 40 * HOUR, noNaN: true })), { maxLength: 25 });

function play(acts: readonly (readonly [Act, number])[]) {
  const world = aBilling();
  const { billing, account } = world;
  let nowMs = START;
  for (const [each, laterMs] of acts) {
    world.runTo(nowMs);
    if (each.what === 'pay') billing.pay(account, each.usd, each.usd > 0 ? 'deposit' : 'transfer', nowMs);
    else {
      const of = { account, instanceId: each.instanceId, machineId: 7 };
      if (each.what === 'rate') billing.setRate(of, each.kind, each.price, nowMs);
      else billing.addTraffic(of, each.kind, each.gb, 0.003, nowMs);
    }
    nowMs += laterMs;
  }
  world.runTo(nowMs);
  return { ...world, endMs: Math.floor(nowMs) };
}

const sum = (charges: ReturnType<Billing['charges']>) =>
  charges.reduce((total, { amountUsd }) => total + amountUsd, 0);

describe('charges', () => {
  it('of adjoining stretches of time add up to those of the whole', () => {
    fc.assert(
      fc.property(
        story,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        (acts, cuts) => {
          const { billing, endMs } = play(acts);
          const inner = cuts.map((cut) => START + Math.floor(cut * (endMs - START))).sort((a, b) => a - b);
          const edges = [START - 1, ...inner, endMs];
          const parts = edges
            .slice(1)
            .map((toMs, i) => billing.charges({ fromMs: edges[i] as number, toMs }));
          const whole = billing.charges({ toMs: endMs });
          expect(parts.map(sum).reduce((a, b) => a + b, 0)).toBeCloseTo(sum(whole), 8);
          const hours = (list: typeof whole) => list.reduce((total, { quantity }) => total + quantity, 0);
          expect(hours(parts.flat())).toBeCloseTo(hours(whole), 6);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('and payments explain the credit at any time, past or present', () => {
    fc.assert(
      fc.property(story, fc.double({ min: 0, max: 1.2, noNaN: true }), (acts, share) => {
        const { billing, account, endMs } = play(acts);
        const atMs = START + Math.floor(share * (endMs - START));
        const paid = billing
          .payments(account)
          .filter((payment) => payment.atMs <= atMs)
          .reduce((total, { amountUsd }) => total + amountUsd, 0);
        const charged = sum(billing.charges({ accountId: account.id, toMs: atMs }));
        expect(billing.creditUsd(account, atMs)).toBeCloseTo(paid - charged, 8);
      }),
      { numRuns: 200 },
    );
  });

  it('are price times duration of every stretch, and none overlap within a meter', () => {
    fc.assert(
      fc.property(story, (acts) => {
        const { billing, endMs } = play(acts);
        const charges = billing.charges({ toMs: endMs });
        for (const { kind, price: each, fromMs, toMs, quantity, amountUsd } of charges) {
          if (kind === 'gpu' || kind === 'disk') expect(quantity).toBe((toMs - fromMs) / HOUR);
          expect(amountUsd).toBeCloseTo(each * quantity, 9);
        }
        const meters = Map.groupBy(
          charges.filter(({ kind }) => kind === 'gpu' || kind === 'disk'),
          ({ instanceId: id, kind }) => `${id} ${kind}`,
        );
        for (const stretches of meters.values()) {
          stretches.slice(1).forEach(({ fromMs }, i) => {
            expect(fromMs).toBeGreaterThanOrEqual((stretches[i] as { toMs: number }).toMs);
          });
        }
      }),
    );
  });

  it('do not drift over 100,000 changes of a price that has no short binary form', () => {
    const { billing, account } = aBilling({ credit: 0 });
    const of = { account, instanceId: 1, machineId: 7 };
    const count = 100_000;
    for (let i = 0; i < count; i += 1) billing.setRate(of, 'gpu', i % 2 ? 0.1 : 0.3, START + i * 36);
    billing.setRate(of, 'gpu', 0, START + count * 36);
    // 36 ms at each price in turn: an hour in all, half of it at each.
    expect(billing.creditUsd(account, START + HOUR)).toBe(-0.2);
  });

  it('count ten minutes as ten minutes', () => {
    const { billing, account } = aBilling({ credit: 10 });
    const of = { account, instanceId: 1, machineId: 7 };
    billing.setRate(of, 'gpu', 0.6, START);
    billing.setRate(of, 'gpu', 0, START + HOUR / 6);
    expect(billing.creditUsd(account, START + 5 * HOUR)).toBe(9.9);
  });

  it('are noted in the truth log when their stretch ends', () => {
    const { billing, account, truthLog } = aBilling({ credit: 10 });
    const of = { account, instanceId: 42, machineId: 7 };
    billing.setRate(of, 'disk', 0.01, START);
    billing.setRate(of, 'disk', 0.02, START + HOUR);
    billing.addTraffic(of, 'bwu', 2, 0.003, START + HOUR);
    expect(truthLog.since(1).map(({ noun, id, what, data }) => [noun, id, what, data.amount_usd])).toEqual([
      ['charge', 42, 'disk', 0.01],
      ['charge', 42, 'bwu', 0.006],
    ]);
  });

  it('of a volume are another contract than those of the instance with its number', () => {
    const { billing, account } = aBilling();
    billing.setRate({ account, instanceId: 5, machineId: 7 }, 'disk', 0.01, START);
    billing.setRate({ account, instanceId: 5, machineId: 7, contract: 'volume' }, 'disk', 0.02, START);
    const charges = billing.charges({ toMs: START + HOUR });
    expect(charges.map(({ contract, amountUsd }) => [contract, amountUsd])).toEqual([
      ['instance', 0.01],
      ['volume', 0.02],
    ]);
  });
});

describe('the end of the credit', () => {
  it('is told at the first millisecond at which nothing is left, and not one earlier', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 500, noNaN: true }),
        fc.array(
          price.filter((each) => each > 0.01),
          { minLength: 1, maxLength: 4 },
        ),
        fc.nat({ max: 5 * HOUR }),
        (credit, prices, laterMs) => {
          const { billing, account, runTo } = aBilling({ credit });
          const told: number[] = [];
          billing.onExhausted((_, atMs) => void told.push(atMs));
          // The rate grows on the way, so the moment is planned anew each time.
          prices.forEach((each, i) => {
            const atMs = START + i * laterMs;
            runTo(atMs);
            billing.setRate({ account, instanceId: i, machineId: 7 }, 'gpu', each, atMs);
          });
          runTo(START + 60_000 * HOUR);
          expect(told).toHaveLength(1);
          const [atMs] = told as [number];
          expect(billing.creditUsd(account, atMs)).toBeLessThanOrEqual(0);
          expect(billing.creditUsd(account, atMs - 1)).toBeGreaterThan(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('comes once for each time that the credit comes down to zero', () => {
    const { billing, account, runTo } = aBilling({ credit: 1 });
    const told: number[] = [];
    billing.onExhausted((_, atMs) => void told.push((atMs - START) / HOUR));
    const of = { account, instanceId: 1, machineId: 7 };
    billing.setRate(of, 'disk', 1, START);
    runTo(START + 3 * HOUR);
    expect(told).toEqual([1]);
    billing.setRate(of, 'disk', 2, START + 3 * HOUR);
    runTo(START + 4 * HOUR);
    expect(told).toEqual([1]);
    // It owes 4 dollars: 3 are not enough, 4 more are, for an hour and a half.
    billing.pay(account, 3, 'deposit', START + 4 * HOUR);
    runTo(START + 4 * HOUR);
    billing.pay(account, 4, 'deposit', START + 4 * HOUR);
    runTo(START + 9 * HOUR);
    expect(told).toEqual([1, 5.5]);
  });

  it('comes at once when a download costs more than is left', () => {
    const { billing, account, runTo } = aBilling({ credit: 1 });
    const told: number[] = [];
    billing.onExhausted((_, atMs) => void told.push(atMs));
    billing.addTraffic({ account, instanceId: 1, machineId: 7 }, 'bwd', 1_000, 0.01, START + 5);
    runTo(START + 5);
    expect(told).toEqual([START + 5]);
  });

  it('never comes to an account that spends nothing', () => {
    const { billing, account, runTo } = aBilling({ credit: 5 });
    let told = 0;
    billing.onExhausted(() => {
      told += 1;
    });
    billing.pay(account, -5, 'transfer', START + 1);
    runTo(START + 1_000 * HOUR);
    expect(told).toBe(0);
  });

  it('may stop the meters that caused it', () => {
    const { billing, account, runTo } = aBilling({ credit: 1 });
    const of = { account, instanceId: 1, machineId: 7 };
    billing.onExhausted((_, atMs) => billing.setRate(of, 'gpu', 0, atMs));
    billing.setRate(of, 'gpu', 0.5, START);
    billing.setRate(of, 'disk', 0.01, START);
    runTo(START + 100 * HOUR);
    expect(billing.spendPerHour(account)).toBe(0.01);
    // A dollar lasts 1.96 h at both prices; the disk goes on.
    expect(billing.creditUsd(account, START + 100 * HOUR)).toBeCloseTo(-0.01 * (100 - 1 / 0.51), 6);
  });
});

describe('a saved card', () => {
  const spending = (options: {
    readonly threshold?: number;
    readonly amount?: number;
    readonly credit: number;
  }) => {
    const world = aBilling({ credit: options.credit, cardLast4: '4242' });
    world.account.settings.autobillThresholdUsd = options.threshold ?? null;
    world.account.settings.autobillAmountUsd = options.amount ?? null;
    world.billing.setRate({ account: world.account, instanceId: 1, machineId: 7 }, 'gpu', 1, START);
    return world;
  };
  const deposits = ({ billing, account }: ReturnType<typeof spending>) =>
    billing
      .payments(account)
      .slice(1)
      .map(({ atMs, amountUsd }) => [(atMs - START) / HOUR, amountUsd]);

  it('is charged at the threshold, so that the credit never runs out', () => {
    const world = spending({ credit: 10, threshold: 4, amount: 5 });
    let told = 0;
    world.billing.onExhausted(() => {
      told += 1;
    });
    world.runTo(START + 12 * HOUR);
    expect(deposits(world)).toEqual([
      [6, 5],
      [11, 5],
    ]);
    expect(told).toBe(0);
  });

  it('is charged as often as it takes to be above a threshold that was set high', () => {
    const world = spending({ credit: 10, threshold: 22, amount: 5 });
    world.billing.reviewCard(world.account, START);
    world.runTo(START);
    expect(deposits(world)).toEqual([[0, 15]]);
  });

  it('without a threshold is charged when the credit is gone, after the instances were told', () => {
    const world = spending({ credit: 2 });
    world.billing.onExhausted((account, atMs) => {
      world.billing.setRate({ account, instanceId: 1, machineId: 7 }, 'gpu', 0, atMs);
    });
    world.runTo(START + 50 * HOUR);
    expect(deposits(world)).toEqual([[2, 5]]);
    expect(world.billing.creditUsd(world.account, START + 50 * HOUR)).toBe(5);
  });

  it('that is declined saves nobody, and the data goes when the grace is over', () => {
    const world = spending({ credit: 24 });
    (world.account.card as { isDeclined: boolean }).isDeclined = true;
    const over: number[] = [];
    world.billing.onGraceOver((_, atMs) => void over.push((atMs - START) / HOUR));
    world.runTo(START + 500 * HOUR);
    expect(deposits(world)).toEqual([]);
    expect(world.truthLog.since().filter(({ what }) => what === 'card_declined')).toHaveLength(1);
    // It spent 24 dollars in its one day: so much it may owe.
    expect(over).toEqual([48]);
  });
});

describe('the warning of low credit', () => {
  it('comes once at the threshold, when it is on', () => {
    const { billing, account, truthLog, runTo } = aBilling({ credit: 10 });
    account.settings.balanceThresholdUsd = 4;
    billing.setRate({ account, instanceId: 1, machineId: 7 }, 'gpu', 1, START);
    runTo(START + 5 * HOUR);
    account.settings.isBalanceThresholdOn = true;
    billing.reviewCard(account, START + 5 * HOUR);
    runTo(START + 8 * HOUR);
    const low = truthLog.since().filter(({ what }) => what === 'credit_low');
    expect(low.map(({ atMs, data }) => [(atMs - START) / HOUR, data.credit_usd])).toEqual([[6, 4]]);
  });
});
