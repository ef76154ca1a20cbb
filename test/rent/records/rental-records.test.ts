import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/base/std/index.ts';
import { readEventsSince } from '../../../src/base/store/index.ts';
import {
  createRentalRecords,
  type Install,
  makeLabel,
  type Rental,
  RentalChangedError,
  readLabel,
  reckonedCost,
  rentalMigrations,
} from '../../../src/rent/rental/records/index.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';

const HOUR = 3_600_000;
const install: Install = { id: 'abcdefgh', secret: new Secret('one secret of thirty-two characters') };

function aRental(changes: Partial<Rental> = {}): Rental {
  return {
    id: 'rental_01kdvdncajtpa6y4rj',
    install: install.id,
    account: '1001',
    kind: 'box',
    need: 'box a',
    name: 'a',
    status: 'intended',
    reason: 'looking for an offer',
    sinceMs: 1_000,
    version: 1,
    attempt: 0,
    launch: { diskGb: 10, env: {}, ports: [], withJupyter: false, sshPublicKey: 'ssh-ed25519 A', scopes: {} },
    terms: undefined,
    instanceId: undefined,
    machineId: undefined,
    hostId: undefined,
    reservationId: undefined,
    createdAtMs: 1_000,
    bootingAtMs: undefined,
    readyAtMs: undefined,
    ranMs: 0,
    runningSinceMs: undefined,
    prepaidUntilMs: HOUR,
    graceUntilMs: undefined,
    destroyAfterMs: undefined,
    destroyAskedAtMs: undefined,
    destroyAttempts: 0,
    goneAtMs: undefined,
    receipt: undefined,
    ...changes,
  };
}

describe.each(ENGINES)('records on %s', (engine) => {
  const open = async () => {
    const { store, clock } = await freshStore(engine, { migrations: rentalMigrations });
    return { store, clock, records: createRentalRecords(store) };
  };

  it('give back what was put in, with the event that tells of it', async () => {
    const { store, records } = await open();
    await records.insert(aRental(), { why: 'a test' });
    expect(await records.get('rental_01kdvdncajtpa6y4rj')).toEqual(aRental());
    const [event] = await readEventsSince(store.db, 0, { noun: 'rental' });
    expect(event).toMatchObject({ status: 'intended', data: { why: 'a test' } });
  });

  it('keep no value of the environment, which may be a token', async () => {
    const { store, records } = await open();
    const launch = { ...aRental().launch, env: { HF_TOKEN: 'hf_verysecret' } };
    const made = await records.change(
      await records.insert(aRental({ launch }), {}).then(() => aRental({ launch })),
      { reason: 'changed' },
    );
    // The process that has it still does: the create needs it.
    expect(made.launch.env).toEqual({ HF_TOKEN: 'hf_verysecret' });
    expect((await records.get(made.id))?.launch.env).toEqual({ HF_TOKEN: '' });
    const rows = await store.db
      .$extendTables<{ rentals: Record<string, unknown> }>()
      .selectFrom('rentals')
      .selectAll()
      .execute();
    expect(JSON.stringify(rows)).not.toContain('verysecret');
  });

  it('let one rental that is not over stand for a need, and another when it is', async () => {
    const { records } = await open();
    await records.insert(aRental(), {});
    const second = aRental({ id: 'rental_01kdvdncajtpa6y4rk' });
    await expect(records.insert(second, {})).rejects.toThrow();
    await records.change(aRental(), { status: 'void', reason: 'nothing came of it' });
    await records.insert(second, {});
    expect(await records.list({ need: 'box a', isLive: true })).toHaveLength(1);
    await expect(records.insert(aRental({ id: 'rental_x', account: '1002' }), {})).resolves.toBeUndefined();
  });

  it('refuse a change that was decided on an older version, with everything that goes with it', async () => {
    const { store, records } = await open();
    await records.insert(aRental(), {});
    const first = await records.change(aRental(), { instanceId: 7, status: 'booting', reason: 'made' });
    expect(first).toMatchObject({ version: 2, instanceId: 7 });
    let ran = false;
    const late = records.change(aRental(), { status: 'void', reason: 'late' }, {}, async () => {
      ran = true;
    });
    await expect(late).rejects.toThrow(RentalChangedError);
    expect(ran).toBe(false);
    expect(await records.get(first.id)).toEqual(first);
    expect(await readEventsSince(store.db, 0, { noun: 'rental' })).toHaveLength(2);
  });

  it('leave what is undefined as it is, clear what is null, and note since when a status holds', async () => {
    const { clock, records } = await open();
    await records.insert(aRental({ machineId: 5, hostId: 6 }), {});
    await clock.step(5_000);
    const next = await records.change(aRental({ machineId: 5, hostId: 6 }), { machineId: null, name: 'b' });
    expect(next).toMatchObject({ machineId: undefined, hostId: 6, name: 'b', sinceMs: 1_000 });
    const later = await records.change(next, { status: 'creating', reason: 'sent' });
    expect(later.sinceMs).toBe(clock.now());
    expect(await records.get(next.id)).toEqual(later);
  });
});

describe('a label', () => {
  const facts = { rentalId: 'rental_01kdvdncajtpa6y4rj', nonce: '0123456789' };
  const label = makeLabel(install, facts);

  it('is read as ours, with a name behind it too, and is short enough', () => {
    expect(label.length).toBeLessThanOrEqual(80);
    for (const text of [label, `${label} my box`]) {
      expect(readLabel(install, text)).toEqual({ kind: 'ours', facts: { install: 'abcdefgh', ...facts } });
    }
  });

  it('with anything changed is nobody’s', () => {
    const other = { ...install, secret: new Secret('another secret of thirty-two signs') };
    expect(readLabel(other, label).kind).toBe('forged');
    expect(readLabel({ ...install, id: 'hgfedcba' }, label).kind).toBe('other-install');
    expect(readLabel(install, label.replace('0123456789', '9123456789')).kind).toBe('forged');
    for (const text of [null, '', 'my box', `x${label}`, `${label}x`, label.toUpperCase()]) {
      expect(readLabel(install, text).kind).toBe('foreign');
    }
  });
});

describe('what a rental has cost by our own clock', () => {
  const terms = {
    offerId: 1,
    rentalType: 'on-demand',
    bidPerHour: null,
    gpuName: 'RTX 4090',
    gpuCount: 1,
    gpuRamMb: null,
    pricePerHour: 0.5,
    diskPricePerHour: 0.1,
    uploadPricePerGb: 0,
    downloadPricePerGb: 0,
    downloadMbps: null,
    contractEndsAtMs: null,
    geolocation: null,
  } as const;

  it('is nothing before there is an instance', () => {
    expect(reckonedCost(aRental({ terms }), 10 * HOUR)).toBe(0);
  });

  it('is its disk from the create on, and its GPUs while they were paid for', () => {
    const rental = aRental({ terms, createdAtMs: 0, bootingAtMs: 0, ranMs: HOUR, runningSinceMs: 9 * HOUR });
    // 10 h of disk at $0.10, 2 h of GPUs at $0.40.
    expect(reckonedCost(rental, 10 * HOUR)).toBe(1_800_000);
  });

  it('stands still once it is gone', () => {
    const rental = aRental({ terms, createdAtMs: 0, bootingAtMs: 0, ranMs: HOUR, goneAtMs: 2 * HOUR });
    expect(reckonedCost(rental, 50 * HOUR)).toBe(600_000);
  });
});
