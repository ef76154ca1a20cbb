import { describe, expect, it } from 'vitest';
import { appendEvents } from '../../../src/base/store/index.ts';
import {
  AmbiguousTargetError,
  NoSuchTargetError,
  resolveInstance,
} from '../../../src/rent/rental/account/index.ts';
import { createRentalRecords, rentalMigrations } from '../../../src/rent/rental/records/index.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';
import { aRental } from '../booting/a-boot.ts';

const ACCOUNT = 'main';

describe.each(ENGINES)('what a person types, on %s', (engine) => {
  async function anAccountWith() {
    const { store, clock } = await freshStore(engine, { migrations: rentalMigrations });
    const records = createRentalRecords(store);
    const rental = (n: number, name: string, instanceId: number, status = 'ready') =>
      records.insert(
        aRental({
          id: `rental_00000000000000000${n}`,
          need: name + n,
          name,
          instanceId,
          status: status as 'ready',
          prepaidUntilMs: 0,
          ranMs: 0,
          destroyAttempts: 0,
        }),
        {},
      );
    await rental(1, 'train-a', 1001);
    await rental(2, 'train-b', 1002);
    await rental(3, 'old', 1003, 'gone');
    await rental(4, 'train-a', 1004, 'gone');
    const listed = (instance_id: number, label: string, gone_at: number | null = null) =>
      store.db
        .$extendTables<{ account_instances: Record<string, unknown> }>()
        .insertInto('account_instances')
        .values({
          account: ACCOUNT,
          instance_id,
          listed: '{}',
          label,
          first_seen_at: 0,
          last_seen_at: 0,
          last_generation: 1,
          missed: 0,
          gone_at,
          status: 'running',
          status_since: 0,
        } as never)
        .execute();
    await listed(2001, 'somebody');
    await listed(2002, 'vanished', 5);
    await listed(1003, 'x', 5);
    await store.transaction((trx) => appendEvents(trx, { events: [], clock }));
    return {
      find: async (text: string, of: 'live' | 'any' = 'live') => {
        const target = await resolveInstance(text, { store, account: ACCOUNT, of });
        return target.instanceId;
      },
    };
  }

  it('is an id, a name, or the beginning that only one has', async () => {
    const { find } = await anAccountWith();
    expect(await find('1001')).toBe(1001);
    expect(await find('rental_000000000000000002')).toBe(1002);
    expect(await find('train-b')).toBe(1002);
    expect(await find(' some ')).toBe(2001);
    expect(await find('20')).toBe(2001);
    expect(await find('000000000000000002')).toBe(1002);
  });

  it('means what is there before what is gone, and what is gone only when that is asked for', async () => {
    const { find } = await anAccountWith();
    expect(await find('train-a', 'any')).toBe(1001);
    expect(await find('old', 'any')).toBe(1003);
    await expect(find('old')).rejects.toThrow('"old" is gone; "vd why old" tells what became of it');
    expect(await find('vanished', 'any')).toBe(2002);
    await expect(find('vanished')).rejects.toThrow(NoSuchTargetError);
  });

  it('names the candidates when several begin like this', async () => {
    const { find } = await anAccountWith();
    const error = await find('train').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AmbiguousTargetError);
    expect((error as AmbiguousTargetError).candidates).toEqual(['train-a (1001)', 'train-b (1002)']);
    expect(String(error)).toContain('train-a (1001), train-b (1002)');
  });

  it('says what there is when nothing has this name', async () => {
    const { find } = await anAccountWith();
    await expect(find('nobody')).rejects.toThrow(/there are train-a \(1001\), train-b/);
    await expect(find('')).rejects.toThrow(NoSuchTargetError);
  });
});
