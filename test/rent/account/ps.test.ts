import { describe, expect, it } from 'vitest';
import { noteCredit, readPs } from '../../../src/rent/rental/account/index.ts';
import { ACCOUNT, INSTALL } from '../a-rent-world.ts';
import { anAccount, HOUR, MINUTE, type TestAccount } from './an-account.ts';

const ps = ({ store, process, clock }: TestAccount, rest: Partial<Parameters<typeof readPs>[0]> = {}) =>
  readPs({
    store,
    account: ACCOUNT,
    nowMs: clock.now(),
    install: INSTALL,
    ledger: process.ledger,
    ...rest,
  });

describe('vd ps', () => {
  it('of an account that nobody has looked at says so', async () => {
    const world = await anAccount();
    expect(await ps(world)).toEqual({
      rows: [],
      foot: {
        burnPerHour: 0,
        unpriced: 0,
        spentTodayUsd: 0,
        creditUsd: null,
        creditAtMs: null,
        creditEndsAtMs: null,
        viewAgeMs: null,
        isViewComplete: false,
        viewReason: 'nobody has listed the account yet',
      },
    });
  });

  it('shows ours by name and maker and others as foreign, at the prices that the service bills', async () => {
    const world = await anAccount();
    await world.live(world.process.rentBox('alice'));
    const other = await world.foreign('somebody else');
    await world.rounds(40 * MINUTE);
    const { rows, foot } = await ps(world);
    const truth = new Map(world.sim.truth.instances().map((one) => [one.instanceId, one]));
    expect(rows.map(({ name, madeBy, isOurs, ref }) => [name, madeBy, isOurs, ref])).toEqual([
      ['alice', 'vd rent', true, 'alice'],
      ['somebody else', 'foreign', false, 'somebody else'],
    ]);
    expect(rows[1]?.id).toBe(other);
    for (const row of rows) {
      const one = truth.get(row.id ?? 0);
      expect(row.state).toBe('running');
      expect(row.usdPerHour).toBeCloseTo((one?.billedPerHour.gpu ?? 0) + (one?.billedPerHour.disk ?? 0), 4);
      expect(row.diskUsdPerMonth).toBeCloseTo((one?.billedPerHour.disk ?? 0) * 720, 3);
      expect(row.gpu).toBe(`${one?.gpuCount}x ${one?.gpuName}`);
      expect(row.contractEndMs).toBeGreaterThan(world.clock.now());
    }
    const [spend] = world.sim.truth.accounts().filter(({ apiKey }) => apiKey === world.sim.apiKey);
    expect(foot.burnPerHour).toBeCloseTo(spend?.spendPerHour ?? 0, 4);
    expect(foot).toMatchObject({ unpriced: 0, isViewComplete: true, viewReason: '' });
    expect(foot.spentTodayUsd).toBeGreaterThan(0);
    expect(foot.viewAgeMs).toBeLessThan(2 * MINUTE);
  });

  it('shows what was parked as parked before anybody has listed it again', async () => {
    const world = await anAccount();
    const { process } = world;
    const rental = await world.live(process.rentBox('alice'));
    await world.rounds(40 * MINUTE);
    await world.clock.step(1);
    const ready = (await process.records.get(rental.id)) ?? rental;
    await world.live(process.ender.park(ready, 'a test'));
    const { rows, foot } = await ps(world);
    expect(rows[0]).toMatchObject({ state: 'stopped', verdict: 'parked', idleSinceMs: null });
    expect(foot.burnPerHour).toBeCloseTo((rows[0]?.diskUsdPerMonth ?? 0) / 720, 9);
  });

  it('shows what a stopped machine costs: its disk', async () => {
    const world = await anAccount();
    const id = await world.foreign();
    await world.rounds(30 * MINUTE);
    await world.live(world.process.client.instances.setState(id, 'stopped'));
    await world.rounds(5 * MINUTE);
    const [row] = (await ps(world)).rows;
    expect(row).toMatchObject({ state: 'stopped', verdict: 'parked', ref: String(id), name: '' });
    expect(row?.usdPerHour).toBeCloseTo((row?.diskUsdPerMonth ?? 0) / 720, 9);
    expect(row?.usdPerHour).toBeGreaterThan(0);
  });

  it('calls one that idles for six hours forgotten, and one that somebody works on not', async () => {
    const world = await anAccount();
    const idle = await world.foreign('left');
    await world.foreign('busy');
    await world.rounds(20 * MINUTE);
    world.idle.add(idle);
    await world.rounds(25 * MINUTE);
    const verdicts = async () => (await ps(world)).rows.map(({ name, verdict }) => [name, verdict]);
    expect(await verdicts()).toEqual([
      ['left', 'idle'],
      ['busy', 'working'],
    ]);
    await world.rounds(6 * HOUR);
    expect(await verdicts()).toEqual([
      ['left', 'forgotten?'],
      ['busy', 'working'],
    ]);
  });

  it('shows a rental before anything of it was listed, and leaves out what is over', async () => {
    const world = await anAccount();
    const rental = await world.live(world.process.rentBox('new'));
    const [row] = (await ps(world)).rows;
    expect(row).toMatchObject({ name: 'new', rentalId: rental.id, verdict: 'booting' });
    await world.rounds(30 * MINUTE);
    const ready = await world.get(rental);
    await world.process.records.change(ready, { status: 'ending', reason: 'a person asked for it' });
    await world.rounds(1 * MINUTE);
    await world.rounds(30 * MINUTE);
    expect((await world.get(rental)).status).toBe('gone');
    expect((await ps(world)).rows).toEqual([]);
  });

  it('puts what cannot be destroyed on the red list', async () => {
    const world = await anAccount();
    const rental = await world.live(world.process.rentBox('stuck'));
    await world.rounds(30 * MINUTE);
    await world.process.records.change(await world.get(rental), { status: 'ending', reason: 'over' });
    world.sim.fail('server-error', { times: 500, route: /^DELETE/ });
    await world.rounds(30 * MINUTE);
    expect((await ps(world)).rows.map(({ verdict }) => verdict)).toEqual(['red']);
  });

  it('knows the hour at which the credit ends, and takes no older word on it', async () => {
    const world = await anAccount();
    await world.foreign();
    await world.rounds(30 * MINUTE);
    const nowMs = world.clock.now();
    const { burnPerHour } = (await ps(world)).foot;
    await noteCredit({ store: world.store, account: ACCOUNT, creditUsd: burnPerHour * 5, atMs: nowMs });
    await noteCredit({ store: world.store, account: ACCOUNT, creditUsd: 1, atMs: nowMs - 1 });
    const { foot } = await ps(world);
    expect(foot.creditUsd).toBeCloseTo(burnPerHour * 5, 5);
    expect((foot.creditEndsAtMs ?? 0) - nowMs).toBeGreaterThan(5 * HOUR - 60_000);
    expect((foot.creditEndsAtMs ?? 0) - nowMs).toBeLessThan(5 * HOUR + 60_000);
  });

  it('says that the last listing was incomplete, and how old the last complete one is', async () => {
    const world = await anAccount();
    await world.foreign();
    await world.rounds(30 * MINUTE);
    world.sim.fail('short-listing', { times: 3, route: /instances\/$/ });
    await world.clock.step(5 * MINUTE);
    await world.live(world.process.watcher.refresh());
    const { rows, foot } = await ps(world);
    expect(rows).toHaveLength(1);
    expect(foot.isViewComplete).toBe(false);
    expect(foot.viewReason).not.toBe('');
    expect(foot.viewAgeMs).toBeGreaterThanOrEqual(5 * MINUTE);
  });
});
