// What hosts earn, of accounts and of the crowd, and when they are paid.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAccounts } from '../../../src/sim/accounts/accounts.ts';
import { createAgenda } from '../../../src/sim/agenda.ts';
import type { Billing, DayEarnings } from '../../../src/sim/billing/billing.ts';
import { createBilling } from '../../../src/sim/billing/create-billing.ts';
import { createDice } from '../../../src/sim/dice.ts';
import { createSimulatedMarket } from '../../../src/sim/market/simulated-market.ts';
import { createTruthLog } from '../../../src/sim/truth-log.ts';
import { aSim } from '../a-sim.ts';
import { asking } from '../accounts/ask.ts';
import { START } from './a-billing.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function aHostedWorld() {
  const accounts = createAccounts('tests');
  const agenda = createAgenda();
  const truthLog = createTruthLog();
  const market = createSimulatedMarket({ dice: createDice('earnings'), startMs: START, offers: 150 });
  const { world } = market;
  const outages = new Map<number, { fromMs: number; toMs: number }[]>();
  for (const { machineId, watchers, outages: running } of world.machines) {
    const list = running > 0 ? [{ fromMs: START, toMs: Number.POSITIVE_INFINITY }] : [];
    outages.set(machineId, list);
    watchers.add({
      down: (fromMs) => void list.push({ fromMs, toMs: Number.POSITIVE_INFINITY }),
      up: (toMs) => Object.assign(list.at(-1) ?? {}, { toMs }),
    });
  }
  const billing = createBilling({ accounts, agenda, truthLog, startMs: START, world });
  const renter = accounts.add({ role: 'renter' }, START);
  const runTo = (atMs: number) => {
    while (agenda.nextAtMs() <= atMs) {
      market.advance(agenda.nextAtMs());
      agenda.runNext();
    }
    market.advance(atMs);
  };
  return { accounts, agenda, billing, market, world, outages, renter, runTo, truthLog };
}

const total = (days: readonly DayEarnings[]) =>
  days.reduce((sum, { usd }) => sum + usd.gpu + usd.disk + usd.bwd + usd.bwu, 0);

describe('earnings', () => {
  const hosted = aHostedWorld();
  const { billing, world, renter } = hosted;
  const machine = world.machines[0] as (typeof world.machines)[number];
  const of = { account: renter, instanceId: 1, machineId: machine.machineId };
  const endMs = START + 5 * DAY;

  beforeAll(() => {
    billing.pay(renter, 10_000, 'deposit', START);
    hosted.runTo(START + 20 * HOUR);
    billing.setRate(of, 'gpu', 4, START + 20 * HOUR);
    billing.setRate(of, 'disk', 0.4, START + 20 * HOUR);
    hosted.runTo(START + 30 * HOUR);
    billing.addTraffic(of, 'bwd', 100, 0.02, START + 30 * HOUR);
    billing.setRate(of, 'gpu', 0, START + 30 * HOUR);
    hosted.runTo(endMs);
  });

  it('are three quarters of what was paid, by machine, kind and UTC day', () => {
    const days = billing.earnings({ machineId: machine.machineId, fromMs: START, toMs: START + 2 * DAY });
    const crowd = crowdEarnings(machine.machineId, START, START + DAY);
    const [first, second] = days as [DayEarnings, DayEarnings];
    expect([first.day, second.day, first.hostId]).toEqual([START / DAY, START / DAY + 1, machine.ownerId]);
    expect(first.usd.gpu).toBeCloseTo(crowd + 4 * 4 * 0.75, 6);
    expect(first.usd.disk).toBeCloseTo(4 * 0.4 * 0.75, 9);
    expect(second.usd.disk).toBeCloseTo(24 * 0.4 * 0.75, 9);
    expect([first.usd.bwd, second.usd.bwd]).toEqual([0, 1.5]);
  });

  it('of the crowd are the market’s rentals, without the time in which machines were down', () => {
    let machines = 0;
    let withOutage = 0;
    for (const { machineId } of world.machines.slice(1)) {
      const earned = total(billing.earnings({ machineId, fromMs: START, toMs: endMs }));
      expect(earned).toBeCloseTo(crowdEarnings(machineId, START, endMs), 5);
      if (earned > 0) machines += 1;
      if ((hosted.outages.get(machineId) ?? []).length > 0) withOutage += 1;
    }
    expect(machines).toBeGreaterThan(10);
    expect(withOutage).toBeGreaterThan(2);
  });

  it('of adjoining stretches add up to those of the whole', () => {
    const whole = total(billing.earnings({ fromMs: START, toMs: endMs }));
    expect(whole).toBeGreaterThan(100);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: endMs - START }), { maxLength: 5 }), (cuts) => {
        const edges = [START, ...cuts.map((ms) => START + ms).sort((a, b) => a - b), endMs];
        const parts = edges
          .slice(1)
          .map((toMs, i) => total(billing.earnings({ fromMs: edges[i] as number, toMs })));
        expect(parts.reduce((a, b) => a + b, 0)).toBeCloseTo(whole, 6);
      }),
      { numRuns: 20 },
    );
  });

  it('of a host are those of its machines', () => {
    const hostId = machine.ownerId;
    const own = world.machines.filter(({ ownerId }) => ownerId === hostId);
    const byMachine = own.map(({ machineId }) =>
      total(billing.earnings({ machineId, fromMs: START, toMs: endMs })),
    );
    const ofHost = total(billing.earnings({ hostId, fromMs: START, toMs: endMs }));
    expect(ofHost).toBeCloseTo(
      byMachine.reduce((a, b) => a + b, 0),
      6,
    );
  });

  /** By the market's own list of rentals, hour by hour of nothing but arithmetic. */
  function crowdEarnings(machineId: number, fromMs: number, toMs: number): number {
    let usd = 0;
    for (const rental of world.rentals) {
      if (rental.machine.machineId !== machineId) continue;
      const [from, to] = [Math.max(rental.startMs, fromMs), Math.min(rental.endMs ?? toMs, toMs)];
      let ms = Math.max(0, to - from);
      for (const outage of hosted.outages.get(machineId) ?? []) {
        ms -= Math.max(0, Math.min(outage.toMs, to) - Math.max(outage.fromMs, from));
      }
      usd += (Math.max(0, ms) / HOUR) * rental.lockedPricePerHour * 0.75;
    }
    return usd;
  }
});

describe('payouts', () => {
  const world = (pricePerHour: number) => {
    const hosted = aHostedWorld();
    // The machine that the crowd pays least for, so that the account's rental is what counts.
    const idle = hosted.world.hosts.find(({ machines }) =>
      machines.every((machine) => machine.rentals.length === 0),
    ) as (typeof hosted.world.hosts)[number];
    const host = hosted.accounts.add({ role: 'host', hostId: idle.hostId }, START);
    const { machineId } = idle.machines[0] as (typeof idle.machines)[number];
    hosted.billing.pay(hosted.renter, 100_000, 'deposit', START);
    const of = { account: hosted.renter, instanceId: 1, machineId };
    hosted.billing.setRate(of, 'gpu', pricePerHour, START);
    return { ...hosted, host };
  };
  const paid = ({
    billing,
    host,
  }: {
    readonly billing: Billing;
    readonly host: ReturnType<typeof world>['host'];
  }) =>
    billing
      .payments(host)
      .map(({ atMs, kind, amountUsd }) => [new Date(atMs).toISOString().slice(0, 10), kind, amountUsd]);

  it('are invoiced on Fridays and made a week later, once each dollar', () => {
    const hosted = world(10);
    const { billing, host } = hosted;
    // Thursday to Thursday: two Fridays, of which one was a week ago.
    hosted.runTo(START + 2 * 7 * DAY);
    const invoiced = hosted.truthLog
      .since()
      .filter(({ what, id }) => what === 'payout_invoiced' && id === host.id);
    expect(invoiced.map(({ atMs }) => new Date(atMs).getUTCDay())).toEqual([5, 5]);
    expect(paid(hosted)).toEqual([['2026-01-09', 'payout', -Number(invoiced[0]?.data.amount_usd)]]);
    const earned = total(
      billing.earnings({ hostId: host.hostId as number, fromMs: START, toMs: START + 14 * DAY }),
    );
    const balance = billing.balanceUsd(host, START + 14 * DAY);
    expect(balance).toBeCloseTo(earned - Number(invoiced[0]?.data.amount_usd), 6);
    // A payout leaves the credit alone.
    expect(billing.creditUsd(host, START + 14 * DAY)).toBe(0);
  });

  it('wait until there are 20 dollars', () => {
    // Some 12.6 dollars a week; the crowd may add a little.
    const hosted = world(0.1);
    hosted.runTo(START + 2 * DAY);
    expect(paid(hosted)).toEqual([]);
    expect(hosted.truthLog.since().some(({ what }) => what === 'payout_invoiced')).toBe(false);
  });

  it('show in the host’s account as its balance, and in its invoices', async () => {
    const { sim, clock } = aSim();
    const ask = asking(sim, sim.hostApiKey as string);
    await clock.step(20 * DAY);
    const { body: user } = await ask('GET', '/api/v0/users/current');
    expect(Number(user.balance)).toBeGreaterThan(0);
    expect([user.credit, user.has_payout]).toEqual([0, true]);
    const { body } = await ask('GET', '/api/v0/users/me/invoices?owner=me&sdate=0');
    const rows = body.invoices as { readonly amount: number; readonly description: string }[];
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every(({ amount, description }) => amount <= -20 && description === 'Host payout')).toBe(
      true,
    );
  });
});
