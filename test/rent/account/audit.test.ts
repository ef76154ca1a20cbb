import { describe, expect, it } from 'vitest';
import { audit, CHARGE_PARTS, costReport } from '../../../src/rent/rental/account/index.ts';
import { ACCOUNT } from '../a-rent-world.ts';
import { anAccount, HOUR, MINUTE, type TestAccount } from './an-account.ts';

const DAY = 24 * HOUR;
const look = (world: TestAccount) => {
  const { process, store, clock, live } = world;
  const nowMs = clock.now();
  return live(audit({ client: process.client, store, account: ACCOUNT, sinceMs: nowMs - DAY, nowMs }));
};
const cost = (world: TestAccount, rest: Partial<Parameters<typeof costReport>[0]> = {}) => {
  const { process, store, clock, live } = world;
  const nowMs = clock.now();
  return live(
    costReport({
      ledger: process.ledger,
      store,
      account: ACCOUNT,
      by: ['label', 'gpu', 'day'],
      sinceMs: nowMs - DAY,
      nowMs,
      ...rest,
    }),
  );
};

/** One of ours that ran and is gone, a foreign one that is stopped, and one that never ran. */
async function aBusyAccount() {
  const world = await anAccount();
  const rental = await world.live(world.process.rentBox('box'));
  const stopped = await world.foreign('theirs');
  await world.rounds(40 * MINUTE);
  await world.live(world.process.client.instances.setState(stopped, 'stopped'));
  await world.process.records.change(await world.get(rental), { status: 'ending', reason: 'over' });
  await world.rounds(20 * MINUTE);
  const stuck = await world.foreign('stuck');
  world.sim.fail('stuck-loading', { id: stuck });
  await world.rounds(40 * MINUTE);
  return { ...world, rental: await world.get(rental), stopped, stuck };
}

describe('vd audit', () => {
  it('takes the charges apart by instance, and every sum is that of the service to the cent', async () => {
    const world = await aBusyAccount();
    const found = await look(world);
    const billed = world.sim.truth.charges().reduce((sum, { amountUsd }) => sum + amountUsd, 0);
    expect(Math.abs(found.total.total / 1e6 - billed)).toBeLessThan(0.005);
    expect(found.rows.reduce((sum, { parts }) => sum + parts.total, 0)).toBe(found.total.total);
    for (const { parts } of [{ parts: found.total }, ...found.rows]) {
      expect(CHARGE_PARTS.reduce((sum, name) => sum + parts[name], 0)).toBe(parts.total);
    }
    const of = (id: number) => found.rows.find(({ instanceId }) => instanceId === id);
    expect(of(world.rental.instanceId ?? 0)).toMatchObject({ name: 'box', isOurs: true, isThere: false });
    const theirs = of(world.stopped);
    expect(theirs).toMatchObject({ name: 'theirs', isOurs: false, isThere: true });
    expect(theirs?.parts.diskStopped).toBeGreaterThan(theirs?.parts.diskRunning ?? 0);
    const stuck = of(world.stuck);
    expect(stuck?.parts.neverRan).toBe(stuck?.parts.total);
    expect(stuck?.parts.total).toBeGreaterThan(0);
    expect(found.remarks).toEqual([]);
  });

  it('names what burns for nobody with the command that ends it', async () => {
    const world = await aBusyAccount();
    const { burning } = await look(world);
    const parked = burning.find(({ row }) => row.id === world.stopped);
    expect(parked).toMatchObject({ command: 'vd rm --now theirs', row: { verdict: 'parked' } });
    expect(parked?.usdPerMonth).toBeCloseTo((parked?.usdPerHour ?? 0) * 720, 9);
    const rates = burning.map(({ usdPerHour }) => usdPerHour ?? 0);
    expect(rates).toEqual(rates.toSorted((a, b) => b - a));
  });

  it('finds a bill near what was agreed, and says which of them is larger', async () => {
    const world = await aBusyAccount();
    const { drift } = await look(world);
    expect(drift).toHaveLength(1);
    const [row] = drift;
    expect(row).toMatchObject({ rentalId: world.rental.id, isOpen: false });
    expect(row?.drift).toBe((row?.billed ?? 0) - (row?.quoted ?? 0));
    // Listings come each half minute: that much of 40 min nobody can know.
    expect(Math.abs(row?.driftRatio ?? 1)).toBeLessThan(0.05);
  });

  it('says how many rentals began too early to be compared, and leaves out what ended before', async () => {
    const world = await aBusyAccount();
    await world.live(world.process.rentBox('long', { leaseMs: 72 * HOUR }));
    await world.rounds(30 * MINUTE);
    await world.clock.step(2 * DAY);
    const found = await look(world);
    expect(found.drift).toEqual([]);
    const ids = found.rows.map(({ instanceId }) => instanceId);
    expect(ids).not.toContain(world.rental.instanceId);
    expect(found.rows.map(({ name }) => name)).toContain('long');
    expect(found.remarks).toEqual([
      'What is there now was last seen 2d ago',
      expect.stringMatching(/^1 rental began before .*T00:00:00Z: /),
    ]);
  });

  it('tells when the charges are not the whole', async () => {
    const world = await aBusyAccount();
    const { process, store, clock, live } = world;
    const client = {
      billing: {
        ...process.client.billing,
        charges: async (...args: Parameters<typeof process.client.billing.charges>) => ({
          ...(await process.client.billing.charges(...args)),
          faults: ['page 2 was refused'],
        }),
      },
    };
    const nowMs = clock.now();
    const found = await live(audit({ client, store, account: ACCOUNT, sinceMs: nowMs - DAY, nowMs }));
    expect(found.remarks).toEqual(['The charges are not the whole: page 2 was refused']);
  });
});

describe('vd cost', () => {
  it('shows our ledger in groups that add up, beside what the service charged for ours and for others', async () => {
    const world = await aBusyAccount();
    const report = await cost(world, { client: world.process.client });
    for (const { rows } of report.groups) {
      const sum = rows.reduce((total, { spent }) => total + spent, 0);
      expect(sum / 1e6).toBeCloseTo(report.spentUsd, 6);
    }
    expect(report.groups.map(({ by }) => by)).toEqual(['label', 'gpu', 'day']);
    const { charged } = report;
    expect(charged).toMatchObject({ faults: [] });
    expect(charged?.oursUsd).toBeGreaterThan(0);
    expect(charged?.othersUsd).toBeGreaterThan(0);
    expect(charged?.totalUsd).toBeCloseTo((charged?.oursUsd ?? 0) + (charged?.othersUsd ?? 0), 6);
    // Settled by the bill: the ledger has what was charged.
    expect(Math.abs(charged?.differenceUsd ?? 1)).toBeLessThan(0.005);
  });

  it('asks the service only when it is given one', async () => {
    const world = await aBusyAccount();
    expect((await cost(world)).charged).toBeUndefined();
  });

  it('projects the month by what ours burn now, not by what others do', async () => {
    const world = await anAccount();
    await world.live(world.process.rentBox('box'));
    await world.foreign();
    await world.rounds(40 * MINUTE);
    const report = await cost(world);
    expect(report.usdPerHour).toBeGreaterThan(report.oursUsdPerHour);
    expect(report.oursUsdPerHour).toBeGreaterThan(0);
    const { fromMs, untilMs, spentUsd, projectedUsd } = report.month;
    expect(new Date(fromMs).getUTCDate()).toBe(1);
    expect(new Date(untilMs).getUTCDate()).toBe(1);
    const hoursLeft = (untilMs - report.untilMs) / HOUR;
    expect(projectedUsd).toBeCloseTo(spentUsd + report.oursUsdPerHour * hoursLeft, 6);
  });
});
