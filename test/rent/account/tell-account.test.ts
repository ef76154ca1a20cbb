import { describe, expect, it } from 'vitest';
import { microUsd, silentLog } from '../../../src/base/std/index.ts';
import type { Alert } from '../../../src/net/notify/index.ts';
import { createAccountTeller, readCredit } from '../../../src/rent/rental/account/index.ts';
import { ACCOUNT, INSTALL } from '../a-rent-world.ts';
import { anAccount, MINUTE, type TestAccount } from './an-account.ts';

function aTeller({ process, store, clock }: TestAccount) {
  const alerts: Alert[] = [];
  const tell = createAccountTeller({
    account: ACCOUNT,
    install: INSTALL,
    store,
    ledger: process.ledger,
    client: process.client,
    alert: async (alert) => void alerts.push(alert),
    clock,
    log: silentLog,
    everyMs: 0,
  });
  return { alerts, tell };
}

describe('a look at the account', () => {
  it('tells of a parked machine, and of the credit once it is known to end', async () => {
    const world = await anAccount();
    const { alerts, tell } = aTeller(world);
    const rental = await world.live(world.process.rentBox('alice'));
    await world.rounds(40 * MINUTE);
    await world.live(tell());
    expect(alerts.map(({ kind }) => kind)).not.toContain('parked');
    const credit = await readCredit({ store: world.store, account: ACCOUNT });
    expect(credit?.creditUsd).toBeGreaterThan(0);
    const ready = (await world.process.records.get(rental.id)) ?? rental;
    await world.live(world.process.ender.park(ready, 'a test'));
    await world.clock.step(1);
    await world.live(tell());
    expect(alerts.find(({ kind }) => kind === 'parked')?.key).toBe(`parked:${rental.id}`);
  });

  it('tells of a cap that is four fifths full, not of one that is emptier', async () => {
    const world = await anAccount();
    const { alerts, tell } = aTeller(world);
    await world.live(world.process.rentBox('alice'));
    const [open] = await world.process.ledger.listOpenReservations();
    const held = open?.held ?? 0;
    const cap = { scope: 'total', window: 'all', setBy: 'a test' } as const;
    await world.process.ledger.setCap({ ...cap, limit: microUsd((held / 1e6) * 1.3) });
    await world.live(tell());
    expect(alerts.map(({ kind }) => kind)).not.toContain('cap-80');
    await world.process.ledger.setCap({ ...cap, limit: microUsd((held / 1e6) * 1.2) });
    await world.live(tell());
    expect(alerts.find(({ kind }) => kind === 'cap-80')?.figures).toMatchObject({ cap: 'total/all' });
  });

  it('goes on without what the service does not answer', async () => {
    const world = await anAccount();
    const { alerts, tell } = aTeller(world);
    const rental = await world.live(world.process.rentBox('alice'));
    await world.rounds(40 * MINUTE);
    const ready = (await world.process.records.get(rental.id)) ?? rental;
    await world.live(world.process.ender.park(ready, 'a test'));
    world.sim.fail('server-error', { times: 20, route: /users|price/ });
    await world.clock.step(1);
    await world.live(tell());
    expect(alerts.map(({ kind }) => kind)).toContain('parked');
  });
});
