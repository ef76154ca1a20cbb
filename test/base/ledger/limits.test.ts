// The limits beside the caps, both sides of each; those that only warn; and the halt switch.
import { describe, expect, it } from 'vitest';
import { DeniedError, type Limit, UnreadableLimitError } from '../../../src/base/ledger/index.ts';
import { DAY_MS, HOUR_MS } from '../../../src/base/std/index.ts';
import { ENGINES } from '../../support/stores.ts';
import { aLedger, anIntent, denial, dollars, reservedId, storyOf } from './a-ledger.ts';

const aLimit = (over: Partial<Limit> & Pick<Limit, 'type' | 'limit'>) => ({
  name: 'the rule',
  enforce: true,
  timeWindowMs: DAY_MS,
  setBy: 'alice',
  ...over,
});

describe.each(ENGINES)('a limit on %s', (engine) => {
  it('of daily loss counts what was spent in the last day and is reserved, less what was earned', async () => {
    const { ledger, clock } = await aLedger(engine);
    await ledger.setLimit(aLimit({ type: 'daily-loss', limit: dollars(10) }));
    await ledger.settle(reservedId(await ledger.reserve(anIntent({ worst: 6 }))), dollars(6));
    const open = reservedId(await ledger.reserve(anIntent({ worst: 3 })));
    expect(denial(await ledger.reserve(anIntent({ worst: 1.000001 })))).toEqual({
      kind: 'denied',
      limit: 'limit the rule',
      reason:
        "This rent would pass the limit the rule (daily-loss) on all spending: $6.00 spent and $0.00 earned in the last 1d, $3.00 reserved and up to $1.000001 more, where the loss may be $10.00; raise it with: vd budget limit set 'the rule' 10.01",
    });
    reservedId(await ledger.reserve(anIntent({ worst: 1 })));
    denial(await ledger.raise(open, dollars(3.5)));
    const income = { key: 'week 1', amount: dollars(2), scopes: {} };
    await ledger.recordIncome(income);
    await ledger.recordIncome(income);
    await expect(ledger.recordIncome({ ...income, amount: dollars(3) })).rejects.toThrow('week 1');
    denial(await ledger.raise(open, dollars(5.01)));
    reservedId(await ledger.raise(open, dollars(5)));
    // The quarter of an hour in which it was spent has left the window.
    clock.jump(DAY_MS + HOUR_MS / 4 - 1);
    denial(await ledger.reserve(anIntent({ worst: 3 })));
    clock.jump(1);
    reservedId(await ledger.reserve(anIntent({ worst: 3 })));
  });

  it('of frequency counts acts begun in its window, not those that did not happen nor raises', async () => {
    const { ledger, clock } = await aLedger(engine);
    await ledger.setLimit(aLimit({ type: 'frequency', limit: 2, timeWindowMs: HOUR_MS }));
    const first = reservedId(await ledger.reserve(anIntent()));
    clock.jump(HOUR_MS / 2);
    await ledger.release(reservedId(await ledger.reserve(anIntent())));
    const second = reservedId(await ledger.reserve(anIntent()));
    expect(denial(await ledger.reserve(anIntent())).reason).toContain(
      "2 acts were begun in the last 1h, where 2 may be, the next in 30m; raise it with: vd budget limit set 'the rule' 3",
    );
    reservedId(await ledger.raise(second, dollars(2)));
    await ledger.settle(first, dollars(1));
    clock.jump(HOUR_MS / 2 - 1);
    denial(await ledger.reserve(anIntent()));
    clock.jump(1);
    reservedId(await ledger.reserve(anIntent()));
    denial(await ledger.reserve(anIntent()));
  });

  it('of exposure counts what is reserved at once, and with a window the rates of the open acts', async () => {
    const { ledger } = await aLedger(engine);
    await ledger.setLimit(aLimit({ type: 'exposure', limit: dollars(10), timeWindowMs: 2 * HOUR_MS }));
    const id = reservedId(await ledger.reserve(anIntent({ worst: 3, ratePerHour: dollars(1) })));
    expect(denial(await ledger.reserve(anIntent({ worst: 3, ratePerHour: dollars(1.01) }))).reason).toContain(
      '$3.00 reserved, up to $3.00 more and $4.02 for 2h at $2.01 an hour, where $10.00 may be at risk at once',
    );
    const other = reservedId(await ledger.reserve(anIntent({ worst: 3, ratePerHour: dollars(1) })));
    denial(await ledger.reserve(anIntent({ worst: 0.01 })));
    await ledger.accrue(other, dollars(1));
    reservedId(await ledger.reserve(anIntent({ worst: 1 })));
    await ledger.settle(id, dollars(3));
    reservedId(await ledger.reserve(anIntent({ worst: 5 })));
  });

  it('of drawdown counts from the highest point of what was earned less spent', async () => {
    const { ledger, clock } = await aLedger(engine);
    const limit = aLimit({ type: 'drawdown', limit: dollars(10), timeWindowMs: 0 });
    await ledger.setLimit({ ...limit, of: { scope: 'domain', value: 'gpu' } });
    const scopes = { domain: 'gpu' };
    await ledger.settle(reservedId(await ledger.reserve(anIntent({ worst: 4, scopes }))), dollars(4));
    clock.jump(HOUR_MS);
    await ledger.recordIncome({ key: 'a', amount: dollars(20), scopes });
    clock.jump(HOUR_MS);
    await ledger.settle(reservedId(await ledger.reserve(anIntent({ worst: 9, scopes }))), dollars(9));
    expect(denial(await ledger.reserve(anIntent({ worst: 1.5, scopes }))).reason).toContain(
      'the balance is $9.00 below its highest point',
    );
    reservedId(await ledger.reserve(anIntent({ worst: 1, scopes })));
    reservedId(await ledger.reserve(anIntent({ worst: 100, scopes: { domain: 'fx' } })));
  });

  it('that is not enforced lets pass, and says so in the verdict and the event', async () => {
    const { ledger, store } = await aLedger(engine);
    await ledger.setLimit(aLimit({ type: 'frequency', limit: 0, enforce: false }));
    const result = await ledger.reserve(anIntent());
    expect(result).toMatchObject({
      kind: 'reserved',
      warnings: [expect.stringContaining('would pass the limit the rule (frequency)')],
    });
    expect((await storyOf(store, 'limit'))[0]).toBe('limit the rule set: alice set it to 0');
  });

  it('is listed, replaced by name, removed, and denies everything while it cannot be read', async () => {
    const { ledger, store, clock } = await aLedger(engine);
    const limit = aLimit({ type: 'daily-loss', limit: dollars(1) });
    await ledger.setLimit(limit);
    await ledger.setLimit({ ...limit, limit: 2 });
    const row = { ...limit, limit: 2, of: { scope: 'total' }, setAtMs: clock.now() };
    expect(await ledger.limits()).toEqual([row]);
    for (const wrong of [{ timeWindowMs: 0 }, { limit: -1 }, { name: '' }, { type: 'mood' as never }]) {
      await expect(ledger.setLimit({ ...limit, ...wrong })).rejects.toThrow(RangeError);
    }
    const rows = store.db.$extendTables<{ ledger_limits: { type: string } }>();
    await rows.updateTable('ledger_limits').set({ type: 'mood' }).execute();
    expect(denial(await ledger.reserve(anIntent({ worst: 0 }))).reason).toContain('its type is "mood"');
    await expect(ledger.limits()).rejects.toThrow(UnreadableLimitError);
    expect(await ledger.removeLimit('the rule', 'bob')).toBe(true);
    expect(await ledger.removeLimit('the rule', 'bob')).toBe(false);
    reservedId(await ledger.reserve(anIntent({ worst: 50 })));
  });
});

describe.each(ENGINES)('the halt switch on %s', (engine) => {
  it('denies what is new or grows, in every process, until somebody resumes; money still settles', async () => {
    const { ledger, store, openAgain, ledgerOn } = await aLedger(engine);
    const other = ledgerOn(await openAgain());
    const intent = anIntent();
    const id = reservedId(await ledger.reserve(intent));
    expect(await ledger.haltState()).toEqual({ kind: 'running' });
    const state = await other.halt({ by: 'alice', reason: 'prices look wrong' });
    expect(await other.halt({ by: 'bob', reason: 'me too' })).toEqual(state);
    const sentence =
      'Spending is halted since 2026-01-01T00:00:00Z by alice (prices look wrong); nothing new is started until: vd resume';
    for (const result of [
      await ledger.reserve(anIntent()),
      await ledger.reserve(intent),
      await ledger.raise(id, dollars(9)),
    ]) {
      expect(denial(result)).toEqual({ kind: 'denied', limit: 'halt', reason: sentence });
    }
    const assertion = store.transaction((trx) => ledger.assertNotHalted(trx));
    await expect(assertion).rejects.toThrow(DeniedError);
    await ledger.settle(id, dollars(1));
    await ledger.resume({ by: 'carol' });
    await ledger.resume({ by: 'carol' });
    await store.transaction((trx) => ledger.assertNotHalted(trx));
    reservedId(await ledger.reserve(anIntent()));
    expect(await storyOf(store, 'halt')).toEqual([
      'halt all halted: prices look wrong',
      'halt all halted: me too',
      'halt all running: carol resumed',
    ]);
  });

  it('waits for an act that is being recorded, so that none is begun after it', async () => {
    const { ledger, store, openAgain, ledgerOn } = await aLedger(engine);
    const other = ledgerOn(await openAgain());
    const order: string[] = [];
    let halting: Promise<unknown> | undefined;
    await store.transaction(async (trx) => {
      await ledger.assertNotHalted(trx);
      halting = other.halt({ by: 'alice', reason: '' }).then(() => order.push('halted'));
      // Many turns of the event loop in which the halt could have passed.
      for (let turn = 0; turn < 20; turn += 1) await trx.selectFrom('events').selectAll().execute();
      order.push('recorded');
    });
    await halting;
    expect(order).toEqual(['recorded', 'halted']);
  });

  it('is taken for on when its row is gone or makes no sense, and resume mends it', async () => {
    const { ledger, store } = await aLedger(engine);
    const rows = store.db.$extendTables<{ ledger_halt: { is_halted: number } }>();
    for (const breakIt of [
      () => rows.updateTable('ledger_halt').set({ is_halted: 7 }).execute(),
      () => rows.deleteFrom('ledger_halt').execute(),
    ]) {
      await breakIt();
      expect(denial(await ledger.reserve(anIntent())).reason).toContain('cannot be read');
      await ledger.resume({ by: 'alice' });
      reservedId(await ledger.reserve(anIntent()));
    }
  });

  it('tells the same denial once, however often a controller asks', async () => {
    const { ledger, store } = await aLedger(engine);
    await ledger.halt({ by: 'alice', reason: '' });
    const intent = anIntent({ key: 'k' });
    for (let i = 0; i < 3; i += 1) denial(await ledger.reserve(intent));
    expect(await storyOf(store, 'ledger')).toHaveLength(1);
  });
});
