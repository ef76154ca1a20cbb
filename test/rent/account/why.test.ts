import { describe, expect, it } from 'vitest';
import { NoSuchTargetError, readWhy } from '../../../src/rent/rental/account/index.ts';
import { ACCOUNT } from '../a-rent-world.ts';
import { anAccount, MINUTE, type TestAccount } from './an-account.ts';

const why = ({ store, process }: TestAccount, id: string, withLog = false) =>
  (async () => {
    const auditLog = withLog ? await process.client.auditLog.list() : [];
    return await readWhy({ store, account: ACCOUNT, id, ledger: process.ledger, auditLog });
  })();

describe('vd why', () => {
  it('tells a rental from its quote and what lost against it to its end and bill, in order', async () => {
    const world = await anAccount();
    const rental = await world.live(world.process.rentBox('box'));
    await world.rounds(30 * MINUTE);
    await world.process.records.change(await world.get(rental), {
      status: 'ending',
      reason: 'a person asked',
    });
    await world.rounds(30 * MINUTE);
    const { target, entries } = await why(world, 'box');
    expect(target).toMatchObject({ rentalId: rental.id, isGone: true });
    expect(entries.map(({ atMs }) => atMs)).toEqual(
      entries.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
    );
    const statuses = entries.filter(({ about }) => about === 'rental').map(({ status }) => status);
    const inOrder = statuses.filter((status, at) => status !== statuses[at - 1]);
    expect(inOrder).toEqual(['intended', 'creating', 'booting', 'ready', 'ending', 'gone']);
    const chosen = entries.find(({ about, status }) => about === 'rental' && status === 'creating');
    expect(chosen?.details[0]).toMatch(
      /^Quote: expected \$[\d.]+ over .* at \$[\d.]+ an hour, .*; at most \$/,
    );
    expect(chosen?.details[1]).toMatch(/^\d+ of \d+ offers met the need$/);
    expect(chosen?.details.join('\n')).toMatch(/Offer \d+, .* \(expected \$[\d.]+\) lost: \$[\d.]+ more for/);
    const ready = entries.find(({ about, status }) => about === 'rental' && status === 'ready');
    expect(ready?.details.join('\n')).toMatch(/Boot: ready or given up after \d+ s/);
    const money = entries.filter(({ about }) => about === 'ledger').map(({ status }) => status);
    expect(money[0]).toBe('reserved');
    expect(money.at(-1)).toBe('settled');
    expect(entries.some(({ about, status }) => about === 'instance' && status === 'gone')).toBe(true);
  });

  it('takes an id, a name, and the label of an attempt for the same', async () => {
    const world = await anAccount();
    const rental = await world.live(world.process.rentBox('box'));
    const [attempt] = await world.process.records.attempts(rental.id);
    const wanted = (await why(world, 'box')).entries;
    for (const id of [rental.id, String(rental.instanceId), attempt?.label ?? '', `${attempt?.label} box`]) {
      expect((await why(world, id)).entries).toEqual(wanted);
    }
    await expect(why(world, 'nothing')).rejects.toThrow(NoSuchTargetError);
  });

  it('tells a denial of the ledger, though nothing was ever sent', async () => {
    const world = await anAccount();
    await world.process.ledger.setCap({ scope: 'total', window: 'all', limit: 0 as never, setBy: 'test' });
    await expect(world.live(world.process.rentBox('box'))).rejects.toThrow();
    const { entries } = await why(world, 'box');
    expect(entries.map(({ about, status }) => `${about} ${status}`)).toContain('ledger denied');
    expect(entries.at(-1)?.status).toBe('void');
  });

  it('tells what others did to a foreign instance, by the log of the service', async () => {
    const world = await anAccount();
    const id = await world.foreign('theirs');
    const other = await world.foreign('another');
    await world.rounds(20 * MINUTE);
    await world.live(world.process.client.instances.setState(id, 'stopped'));
    await world.live(world.process.client.instances.setState(other, 'stopped'));
    await world.rounds(5 * MINUTE);
    const { entries } = await world.live(why(world, 'theirs', true));
    const acts = entries.filter(({ about }) => about === 'account');
    expect(acts.length).toBeGreaterThan(0);
    for (const act of acts) {
      expect(act.sentence).toMatch(/^Vast\.ai's log: .* from 127\.0\.0\.1 called /);
      expect(JSON.stringify(act.data)).toContain(String(id));
      expect(JSON.stringify(act.data)).not.toContain(String(other));
    }
    expect(entries.filter(({ about }) => about === 'instance').map(({ status }) => status)).toContain(
      'stopped',
    );
  });
});
