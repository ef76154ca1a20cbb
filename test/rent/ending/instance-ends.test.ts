import { describe, expect, it } from 'vitest';
import type { MicroUsd } from '../../../src/base/std/index.ts';
import { endingMigrations } from '../../../src/rent/rental/ending/index.ts';
import { dueBills, openEnd, openEnds, writeEnd } from '../../../src/rent/rental/ending/instance-ends.ts';
import { rentalMigrations } from '../../../src/rent/rental/records/index.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';

describe.each(ENGINES)('the rows of instances that end, on %s', (engine) => {
  it('are opened once, closed by the proof, and opened anew when the instance is back', async () => {
    const { store, clock } = await freshStore(engine, {
      migrations: [...rentalMigrations, ...endingMigrations],
    });
    const place = { store, account: 'main' };
    const request = { instanceId: 7, rentalId: 'rental_1', why: 'a test', ratePerHour: 250_000 as MicroUsd };
    const row = await openEnd(place, request);
    await clock.step(1_000);
    expect(await openEnd(place, request)).toEqual(row);
    expect(await openEnds({ ...place, account: 'other' })).toEqual([]);
    const nowMs = clock.now();
    await store.transaction((trx) =>
      writeEnd(trx, { ...row, attempts: 2, gone_at: nowMs, bill_at: nowMs + 5, is_settled: 1 }),
    );
    expect(await openEnds(place)).toEqual([]);
    expect(await dueBills(place, nowMs + 4)).toEqual([]);
    expect(await dueBills(place, nowMs + 5)).toMatchObject([{ instance_id: 7, attempts: 2 }]);
    const again = await openEnd(place, request);
    expect(again).toMatchObject({ attempts: 0, gone_at: null, resurrections: 1, is_settled: 1 });
    expect(await openEnds(place)).toEqual([again]);
  });
});
