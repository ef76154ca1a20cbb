// Money set aside: caps, keys, raises, and what becomes of a reservation.
import { describe, expect, it } from 'vitest';
import {
  AlreadySpentError,
  type CapKey,
  IntentChangedError,
  ReservationEndedError,
  UnknownReservationError,
  UnreadableLimitError,
} from '../../../src/base/ledger/index.ts';
import { DAY_MS, HOUR_MS } from '../../../src/base/std/index.ts';
import { readEventsSince } from '../../../src/base/store/index.ts';
import { ENGINES } from '../../support/stores.ts';
import { aLedger, anIntent, denial, dollars, reservedId, storyOf } from './a-ledger.ts';

const cap = (key: CapKey, limit: number) => ({ ...key, limit: dollars(limit), setBy: 'alice' });

describe.each(ENGINES)('a reservation on %s', (engine) => {
  it('is made without any cap, and told with its figures', async () => {
    const { ledger, store } = await aLedger(engine);
    const intent = anIntent({ key: 'rental-1', worst: 4.2, scopes: { label: 'nightly' } });
    const result = await ledger.reserve(intent);
    const id = reservedId(result);
    expect(result).toMatchObject({ reservation: { intent, reservedAtMs: store.clock.now() }, warnings: [] });
    const [event] = await readEventsSince(store.db, 0);
    expect(event).toMatchObject({
      noun: 'ledger',
      id,
      status: 'reserved',
      reason: 'rent may cost up to $4.20',
      data: { key: 'rental-1', worstCost: 4_200_000, scopes: { label: 'nightly' } },
    });
  });

  it('may reach a cap and is denied one micro-dollar beyond it, with figures and the command', async () => {
    const { ledger } = await aLedger(engine);
    await ledger.setCap(cap({ scope: 'total', window: 'month' }, 10));
    reservedId(await ledger.reserve(anIntent({ worst: 6 })));
    expect(denial(await ledger.reserve(anIntent({ worst: 4.000001 })))).toMatchObject({
      limit: 'cap total/month',
      reason:
        'This rent may cost up to $4.000001, but the cap of $10.00 a month on all spending has $4.00 left ($0.00 spent, $6.00 reserved); ask for less, wait for reservations to end, or raise it with: vd budget set total month 10.01',
    });
    reservedId(await ledger.reserve(anIntent({ worst: 4 })));
    expect(await ledger.budget()).toMatchObject([
      { scope: 'total', window: 'month', limit: 10e6, spent: 0, reserved: 10e6, left: 0, setBy: 'alice' },
    ]);
  });

  it('counts for its own label, job and account, and not for others', async () => {
    const { ledger } = await aLedger(engine);
    await ledger.setCap(cap({ scope: 'label', value: 'nightly run', window: 'day' }, 1));
    await ledger.setCap(cap({ scope: 'job', value: 'j1', window: 'all' }, 2));
    const scopes = { label: 'nightly run', job: 'j1' };
    reservedId(await ledger.reserve(anIntent({ worst: 1, scopes })));
    const { limit, reason } = denial(await ledger.reserve(anIntent({ worst: 0.5, scopes })));
    expect(limit).toBe('cap label:nightly run/day');
    expect(reason).toContain("vd budget set 'label:nightly run' day 1.50");
    reservedId(await ledger.reserve(anIntent({ worst: 1, scopes: { label: 'x', job: 'j1' } })));
    expect(denial(await ledger.reserve(anIntent({ worst: 0.1, scopes: { job: 'j1' } }))).limit).toBe(
      'cap job:j1/all',
    );
    reservedId(await ledger.reserve(anIntent({ worst: 50 })));
  });

  it('is made once for a key, whoever asks and however often', async () => {
    const { ledger, openAgain, ledgerOn } = await aLedger(engine);
    await ledger.setCap(cap({ scope: 'total', window: 'all' }, 10));
    const other = ledgerOn(await openAgain());
    const intent = anIntent({ worst: 6, scopes: { job: 'a', label: 'b' } });
    const again = { ...intent, scopes: { label: 'b', job: 'a' } };
    const results = await Promise.all([ledger.reserve(intent), other.reserve(again), ledger.reserve(intent)]);
    expect(new Set(results.map(reservedId)).size).toBe(1);
    expect((await ledger.budget())[0]).toMatchObject({ reserved: 6e6 });
    await expect(ledger.reserve({ ...intent, worstCost: dollars(7) })).rejects.toThrow(IntentChangedError);
    await expect(ledger.reserve({ ...intent, scopes: { job: 'c' } })).rejects.toThrow(IntentChangedError);
  });

  it('that has ended is not made again for its key', async () => {
    const { ledger } = await aLedger(engine);
    const intent = anIntent();
    await ledger.settle(reservedId(await ledger.reserve(intent)), dollars(0.4));
    expect(denial(await ledger.reserve(intent))).toMatchObject({
      limit: 'key',
      reason: expect.stringContaining('was settled with $0.40 at 2026-01-01T00:00:00Z'),
    });
  });

  it('grows by a raise under the same caps, and stays as it was when that is denied', async () => {
    const { ledger, store } = await aLedger(engine);
    await ledger.setCap(cap({ scope: 'total', window: 'all' }, 10));
    const id = reservedId(await ledger.reserve(anIntent({ key: 'k', worst: 4 })));
    const raised = await ledger.raise(id, dollars(9));
    expect(raised).toMatchObject({ kind: 'reserved', reservation: { intent: { worstCost: 9e6 } } });
    expect(denial(await ledger.raise(id, dollars(10.5))).reason).toContain('may cost up to $1.50');
    expect((await ledger.budget())[0]).toMatchObject({ reserved: 9e6 });
    reservedId(await ledger.raise(id, dollars(2)));
    expect(await ledger.findReservation('k')).toMatchObject({ held: 9e6, status: 'open' });
    expect((await storyOf(store, 'ledger')).at(-1)).toContain(`ledger ${id} denied`);
    await expect(ledger.raise('reservation_x', dollars(1))).rejects.toThrow(UnknownReservationError);
  });

  it('turns into spent money as it accrues, never backwards, and counts the same in all', async () => {
    const { ledger, clock } = await aLedger(engine);
    await ledger.setCap(cap({ scope: 'total', window: 'all' }, 10));
    const id = reservedId(await ledger.reserve(anIntent({ worst: 5 })));
    for (const [spentSoFar, spent, reserved] of [
      [1, 1e6, 4e6],
      [3, 3e6, 2e6],
      [2, 3e6, 2e6],
      [3, 3e6, 2e6],
    ] as const) {
      clock.jump(HOUR_MS);
      await ledger.accrue(id, dollars(spentSoFar));
      expect((await ledger.budget())[0]).toMatchObject({ spent, reserved, left: 5e6 });
    }
  });

  it('that is passed by what was spent is recorded in full, logged and told, and blocks what comes next', async () => {
    const warned: string[] = [];
    const log = {
      debug() {},
      info() {},
      error() {},
      warn: (message: string) => void warned.push(message),
      child: () => log,
    };
    const { ledger, store } = await aLedger(engine, { log });
    await ledger.setCap(cap({ scope: 'total', window: 'all' }, 10));
    const id = reservedId(await ledger.reserve(anIntent({ worst: 5 })));
    await ledger.accrue(id, dollars(7));
    expect((await ledger.budget())[0]).toMatchObject({ spent: 7e6, reserved: 0, left: 3e6 });
    expect(await storyOf(store, 'ledger')).toContain(
      `ledger ${id} accrued: rent has cost $7.00 of $5.00, $2.00 more than were reserved`,
    );
    expect(warned).toContain('more was spent than reserved');
    // What is spent already is not asked for once more.
    reservedId(await ledger.raise(id, dollars(10)));
    expect(denial(await ledger.raise(id, dollars(11))).limit).toBe('cap total/all');
  });

  it('is settled for more or for less, and gives back the rest', async () => {
    const { ledger } = await aLedger(engine);
    await ledger.setCap(cap({ scope: 'total', window: 'all' }, 10));
    const [first, second] = [
      reservedId(await ledger.reserve(anIntent({ worst: 4 }))),
      reservedId(await ledger.reserve(anIntent({ worst: 4 }))),
    ];
    await ledger.accrue(first, dollars(3));
    await ledger.settle(first, dollars(2.5));
    await ledger.settle(second, dollars(4.25));
    expect((await ledger.budget())[0]).toMatchObject({ spent: 6.75e6, reserved: 0, left: 3.25e6 });
    expect(await ledger.listOpenReservations()).toEqual([]);
  });

  it('is settled twice alike, and refuses to be settled otherwise, released or raised', async () => {
    const { ledger } = await aLedger(engine);
    const id = reservedId(await ledger.reserve(anIntent()));
    await ledger.settle(id, dollars(0.5));
    await ledger.settle(id, dollars(0.5));
    await ledger.accrue(id, dollars(0.5));
    for (const act of [
      () => ledger.settle(id, dollars(0.6)),
      () => ledger.accrue(id, dollars(0.6)),
      () => ledger.release(id),
      () => ledger.raise(id, dollars(2)),
    ]) {
      await expect(act()).rejects.toThrow(ReservationEndedError);
    }
    await expect(ledger.settle(id, dollars(0.6))).rejects.toThrow('was settled with $0.50 at 2026-01-01');
    expect(await ledger.costs({ by: 'total' })).toEqual([{ value: '', spent: 0.5e6 }]);
  });

  it('is released once or twice, but not after it has cost something', async () => {
    const { ledger } = await aLedger(engine);
    await ledger.setCap(cap({ scope: 'total', window: 'all' }, 1));
    const id = reservedId(await ledger.reserve(anIntent()));
    await ledger.release(id);
    await ledger.release(id);
    await expect(ledger.settle(id, dollars(0))).rejects.toThrow(ReservationEndedError);
    const spent = reservedId(await ledger.reserve(anIntent()));
    await ledger.accrue(spent, dollars(0.1));
    await expect(ledger.release(spent)).rejects.toThrow(AlreadySpentError);
  });

  it('refuses figures that are no money', async () => {
    const { ledger } = await aLedger(engine);
    for (const worstCost of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY]) {
      await expect(ledger.reserve({ ...anIntent(), worstCost: worstCost as never })).rejects.toThrow(
        'whole number of micro-dollars',
      );
    }
    await expect(ledger.reserve(anIntent({ scopes: { total: 'x' } }))).rejects.toThrow('name of a scope');
    expect(await ledger.listOpenReservations()).toEqual([]);
  });
});

describe.each(ENGINES)('caps on %s', (engine) => {
  it('begin anew with their day and month, and reserved money counts in the next ones too', async () => {
    const { ledger, clock } = await aLedger(engine, { timeZone: 'Europe/Berlin' });
    // 2026-01-01T00:00Z is one o'clock in Berlin.
    await ledger.setCap(cap({ scope: 'total', window: 'day' }, 5));
    await ledger.setCap(cap({ scope: 'total', window: 'month' }, 100));
    const id = reservedId(await ledger.reserve(anIntent({ worst: 3 })));
    await ledger.settle(reservedId(await ledger.reserve(anIntent({ worst: 2 }))), dollars(2));
    clock.jump(23 * HOUR_MS - 1);
    expect(denial(await ledger.reserve(anIntent({ worst: 1 }))).limit).toBe('cap total/day');
    clock.jump(1);
    reservedId(await ledger.reserve(anIntent({ worst: 2 })));
    expect(denial(await ledger.reserve(anIntent({ worst: 0.01 }))).limit).toBe('cap total/day');
    await ledger.release(id);
    const start = Date.UTC(2025, 11, 31, 23);
    expect(await ledger.budget()).toMatchObject([
      { window: 'day', spent: 0, reserved: 2e6, left: 3e6, windowStartMs: start + DAY_MS },
      { window: 'month', spent: 2e6, reserved: 2e6, left: 96e6, windowStartMs: start },
    ]);
  });

  it('are no emptier when the clock is set back: what was booked later counts as well', async () => {
    const { ledger, clock } = await aLedger(engine);
    await ledger.setCap(cap({ scope: 'total', window: 'day' }, 5));
    clock.jump(DAY_MS);
    const id = reservedId(await ledger.reserve(anIntent({ worst: 4 })));
    await ledger.accrue(id, dollars(1));
    clock.jump(-DAY_MS);
    denial(await ledger.reserve(anIntent({ worst: 1.01 })));
    await ledger.accrue(id, dollars(2));
    await ledger.settle(id, dollars(4));
    expect(await ledger.costs({ by: 'day' })).toEqual([{ value: '2026-01-02', spent: 4e6 }]);
    denial(await ledger.reserve(anIntent({ worst: 1.01 })));
    reservedId(await ledger.reserve(anIntent({ worst: 1 })));
  });

  it('are replaced and removed, with who did it; a lower one than is spent denies everything', async () => {
    const { ledger, store } = await aLedger(engine);
    const key = { scope: 'fleet', value: 'f', window: 'all' } as const;
    await ledger.setCap(cap(key, 5));
    reservedId(await ledger.reserve(anIntent({ worst: 3, scopes: { fleet: 'f' } })));
    await ledger.setCap({ ...cap(key, 1), setBy: 'bob' });
    expect(await ledger.budget()).toMatchObject([{ limit: 1e6, reserved: 3e6, left: 0, setBy: 'bob' }]);
    denial(await ledger.reserve(anIntent({ worst: 0, scopes: { fleet: 'f' } })));
    expect(await ledger.removeCap({ ...key, removedBy: 'carol' })).toBe(true);
    expect(await ledger.removeCap({ ...key, removedBy: 'carol' })).toBe(false);
    expect(await storyOf(store, 'cap')).toEqual([
      'cap fleet:f/all set: alice set it to $5.00',
      'cap fleet:f/all set: bob set it to $1.00',
      'cap fleet:f/all removed: carol removed it',
    ]);
  });

  it('warn once at four fifths, once more in the next window, not a micro-dollar earlier', async () => {
    const { ledger, store, clock } = await aLedger(engine);
    await ledger.setCap(cap({ scope: 'total', window: 'day' }, 10));
    const id = reservedId(await ledger.reserve(anIntent({ worst: 7.999999 })));
    const warnings = async () => (await storyOf(store, 'cap')).filter((line) => line.includes('warned'));
    expect(await warnings()).toEqual([]);
    await ledger.raise(id, dollars(8));
    expect(await warnings()).toEqual([
      'cap total/day warned: $0.00 are spent and $8.00 reserved of the cap of $10.00 a day on all spending; raise it with: vd budget set total day USD',
    ]);
    await ledger.raise(id, dollars(9));
    expect(await warnings()).toHaveLength(1);
    clock.jump(DAY_MS);
    await ledger.raise(id, dollars(9.5));
    expect(await warnings()).toHaveLength(2);
  });

  it('that cannot be read deny everything, and a cap set anew over them heals', async () => {
    const { ledger, store } = await aLedger(engine);
    await ledger.setCap(cap({ scope: 'job', value: 'j', window: 'day' }, 10));
    const open = reservedId(await ledger.reserve(anIntent()));
    const caps = store.db.$extendTables<{ ledger_caps: { limit_amount: number } }>();
    await caps.updateTable('ledger_caps').set({ limit_amount: -1 }).execute();
    const refused = denial(await ledger.reserve(anIntent()));
    expect(refused.limit).toBe('cap job:j/day');
    expect(refused.reason).toContain('cannot be read (its limit is -1), so nothing may be spent');
    denial(await ledger.raise(open, dollars(2)));
    await expect(ledger.budget()).rejects.toThrow(UnreadableLimitError);
    await ledger.settle(open, dollars(0.5));
    await ledger.setCap(cap({ scope: 'job', value: 'j', window: 'day' }, 10));
    reservedId(await ledger.reserve(anIntent()));
  });

  it('of a scope without a name, of a negative sum and of an unknown window are refused', async () => {
    const { ledger } = await aLedger(engine);
    await expect(ledger.setCap(cap({ scope: 'label', value: '', window: 'day' }, 1))).rejects.toThrow(
      RangeError,
    );
    await expect(ledger.setCap(cap({ scope: 'total', window: 'day' }, -1))).rejects.toThrow(RangeError);
    await expect(ledger.setCap(cap({ scope: 'total', window: 'year' as never }, 1))).rejects.toThrow(
      RangeError,
    );
    expect(await ledger.budget()).toEqual([]);
  });

  it('of an account count the larger of ours and what the marketplace charged', async () => {
    const { ledger, clock } = await aLedger(engine);
    const account = 'main';
    await ledger.setCap(cap({ scope: 'account', value: account, window: 'day' }, 10));
    const scopes = { account };
    await ledger.settle(reservedId(await ledger.reserve(anIntent({ worst: 4, scopes }))), dollars(4));
    const charged = (total: number, windowStartMs: number) =>
      ledger.recordCharges({
        account,
        windowStartMs,
        total: dollars(total),
        byReference: { 'i-1': dollars(total) },
      });
    clock.jump(HOUR_MS);
    const todayMs = Date.UTC(2026, 0, 1);
    await charged(3, todayMs);
    expect((await ledger.budget())[0]).toMatchObject({ spent: 4e6, left: 6e6 });
    await charged(9, todayMs);
    await charged(9, todayMs);
    await charged(500, todayMs - DAY_MS);
    expect((await ledger.budget())[0]).toMatchObject({ spent: 9e6, left: 1e6 });
    denial(await ledger.reserve(anIntent({ worst: 1.01, scopes })));
    reservedId(await ledger.reserve(anIntent({ worst: 1.01, scopes: { account: 'other' } })));
    reservedId(await ledger.reserve(anIntent({ worst: 1, scopes })));
    expect((await ledger.charges(account)).map(({ total }) => total)).toEqual([500e6, 9e6]);
  });
});
