// The same readings on every engine, from rows that were written directly.
import { describe, expect, it } from 'vitest';
import { ledgerMigrations } from '../../../src/base/ledger/index.ts';
import { appendEvents } from '../../../src/base/store/index.ts';
import {
  accountMigrations,
  noteCredit,
  noteLogin,
  readPs,
  readWhy,
} from '../../../src/rent/rental/account/index.ts';
import { bootMigrations } from '../../../src/rent/rental/booting/index.ts';
import { endingMigrations } from '../../../src/rent/rental/ending/index.ts';
import { createRentalRecords, rentalMigrations } from '../../../src/rent/rental/records/index.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';
import { aRental } from '../booting/a-boot.ts';

const HOUR = 3_600_000;
const ACCOUNT = 'main';

async function aStoreWithOne(engine: (typeof ENGINES)[number]) {
  const migrations = [
    ...ledgerMigrations,
    ...rentalMigrations,
    ...bootMigrations,
    ...endingMigrations,
    ...accountMigrations,
  ];
  const { store, clock } = await freshStore(engine, { migrations });
  const nowMs = clock.now();
  const rental = aRental({
    id: 'rental_000000000000000001',
    name: 'box',
    status: 'ending',
    instanceId: 1001,
    prepaidUntilMs: nowMs,
    ranMs: 0,
    destroyAttempts: 0,
  });
  await createRentalRecords(store).insert(rental, {});
  const tables = store.db.$extendTables<Record<string, Record<string, unknown>>>();
  const insert = (table: string, row: Record<string, unknown>) =>
    tables
      .insertInto(table)
      .values({ account: ACCOUNT, ...row } as never)
      .execute();
  const listed = {
    machineId: 5,
    hostId: 6,
    pricePerHour: 0.5,
    storagePricePerGbMonth: 0.72,
    diskGb: 100,
    gpuName: 'RTX 4090',
    gpuCount: 2,
    gpuUtilPercent: 0,
    endsAtMs: nowMs + HOUR,
  };
  for (const [instance_id, idleMs] of [
    [1001, 0],
    [1002, 7 * HOUR],
  ] as const) {
    await insert('account_instances', {
      instance_id,
      listed: JSON.stringify(listed),
      label: '',
      first_seen_at: nowMs - 9 * HOUR,
      last_seen_at: nowMs,
      last_generation: 1,
      missed: 0,
      gone_at: null,
      status: 'running',
      status_since: nowMs - 9 * HOUR,
      idle_since: nowMs - idleMs,
      last_ssh_at: null,
    });
  }
  const generation = { generation: 1, complete: 1, found: 2, total: 2, reason: '' };
  await insert('account_generations', { ...generation, started_at: nowMs - 500, ended_at: nowMs - 100 });
  await insert('instance_ends', {
    instance_id: 1001,
    rental_id: rental.id,
    why: 'over',
    rate_per_hour: 500_000,
    asked_at: nowMs - HOUR,
    attempts: 9,
    accepted_at: null,
    next_at: nowMs,
    last_error: 'no',
    refusal: '',
    gone_at: null,
    bill_at: null,
    is_settled: 0,
    resurrections: 0,
  });
  return { store, clock, nowMs, rental };
}

describe.each(ENGINES)('the account on %s', (engine) => {
  it('is read with its figures as numbers', async () => {
    const { store, nowMs, rental } = await aStoreWithOne(engine);
    await noteCredit({ store, account: ACCOUNT, creditUsd: 10, atMs: nowMs });
    await noteCredit({ store, account: ACCOUNT, creditUsd: 99, atMs: nowMs - 1 });
    const { rows, foot } = await readPs({ store, account: ACCOUNT, nowMs });
    expect(rows.map(({ id, ref, verdict, madeBy }) => [id, ref, verdict, madeBy])).toEqual([
      [1001, 'box', 'red', 'vd rent'],
      [1002, '1002', 'forgotten?', 'foreign'],
    ]);
    expect(rows[0]).toMatchObject({ rentalId: rental.id, usdPerHour: 0.5, contractEndMs: nowMs + HOUR });
    expect(rows[0]?.diskUsdPerMonth).toBeCloseTo(72, 9);
    expect(foot).toMatchObject({
      burnPerHour: 1,
      creditUsd: 10,
      creditEndsAtMs: nowMs + 10 * HOUR,
      spentTodayUsd: null,
      viewAgeMs: 500,
      isViewComplete: true,
    });
  });

  it('knows the last login, also when an earlier one is told after it', async () => {
    const { store, nowMs } = await aStoreWithOne(engine);
    const login = { store, account: ACCOUNT, instanceId: 1002 };
    await noteLogin({ ...login, atMs: nowMs - HOUR });
    await noteLogin({ ...login, atMs: nowMs - 2 * HOUR });
    await noteLogin({ ...login, instanceId: 9, atMs: nowMs });
    const { rows } = await readPs({ store, account: ACCOUNT, nowMs });
    expect(rows.map(({ lastSshMs }) => lastSshMs)).toEqual([null, nowMs - HOUR]);
    // Idle for as long as before, and somebody was there: not forgotten.
    expect(rows[1]?.verdict).toBe('idle');
  });

  it('tells why from the events of the rental and of its instance, and of no other', async () => {
    const { store, clock } = await aStoreWithOne(engine);
    await store.transaction(async (trx) => {
      const instance = (id: string) => ({ noun: 'instance', id, status: 'running', reason: 'seen' });
      const events = [instance('1001'), instance('1002'), { ...instance('1001'), noun: 'job' }];
      await appendEvents(trx, { events, clock });
    });
    const { entries } = await readWhy({ store, account: ACCOUNT, id: 'box' });
    expect(entries.map(({ about, status }) => `${about} ${status}`)).toEqual([
      'rental ending',
      'instance running',
    ]);
  });
});
