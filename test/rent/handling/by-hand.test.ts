// What a person does to instances on a simulated account: the record follows, and the signed label stays.
import { expect, it, onTestFinished } from 'vitest';
import { SteppedClock } from '../../../src/base/std/index.ts';
import {
  noteEntered,
  readLabel,
  rebid,
  relabel,
  startByHand,
  stopByHand,
  waitEntered,
} from '../../../src/rent/rental/index.ts';
import { createSim, type Sim, twinInside } from '../../../src/sim/index.ts';
import { ACCOUNT, INSTALL, stepUntil } from '../a-rent-world.ts';
import { gpusOf, HOUR, openRentStore, startProcess } from '../a-renting.ts';

async function aBox() {
  const clock = new SteppedClock();
  let sim: Sim;
  const inside = await twinInside({ clock, seed: 'by hand', programs: gpusOf(() => sim) });
  sim = createSim({ seed: 'by hand', clock, offers: 400 }, inside);
  const store = await openRentStore(':memory:', clock);
  const process = startProcess({ sim, clock, name: 'first', store });
  onTestFinished(async () => {
    await sim.close();
    await store.close();
  });
  const live = <T>(work: Promise<T>) => stepUntil(clock, work);
  const rented = await live(process.rentBox('box'));
  const untilMs = clock.now() + HOUR / 2;
  while (clock.now() < untilMs) {
    const nextAtMs = await live(process.controller.round());
    await clock.step(Math.max(1, Math.min(nextAtMs, untilMs) - clock.now()));
  }
  const now = async () => {
    const rental = await process.records.get(rented.id);
    const instance = await live(process.watcher.lookup(rented.instanceId ?? 0));
    if (!rental || !instance) throw new Error('the box is not there');
    return { rental, instance };
  };
  return { sim, clock, store, process, live, now, handling: { ...process, clock, install: INSTALL } };
}

it('one that is stopped is stopped in its record at once, with the time that it ran', async () => {
  const { live, now, handling, clock } = await aBox();
  const before = await now();
  expect(before.rental.status).toBe('ready');
  await live(stopByHand(handling, before));
  const stoppedAtMs = clock.now();
  const { rental } = await now();
  expect(rental).toMatchObject({ status: 'stopped', reason: 'stopped by hand', runningSinceMs: undefined });
  expect(rental.ranMs).toBe(stoppedAtMs - (before.rental.runningSinceMs ?? 0) + before.rental.ranMs);
  expect(rental.destroyAfterMs).toBeUndefined();
});

it('one that is started again is no boot, which would destroy it when its start fails, and is ready when it runs', async () => {
  const { live, now, handling, process, clock } = await aBox();
  const before = await now();
  await live(stopByHand(handling, before));
  const stopped = await now();
  expect(await live(startByHand(handling, stopped))).toBe('starting');
  const started = (await now()).rental;
  expect(started).toMatchObject({ status: 'stopped', bootingAtMs: before.rental.bootingAtMs });
  expect(started.destroyAfterMs).toBeUndefined();
  await clock.step(10 * 60_000);
  await live(process.controller.round());
  expect((await now()).rental).toMatchObject({
    status: 'ready',
    prepaidUntilMs: before.rental.prepaidUntilMs,
  });
});

it('one that is entered after a start has the end that its money lasts to', async () => {
  const { sim, live, now, handling, clock } = await aBox();
  const { rental: before } = await now();
  const rental = { ...before, prepaidUntilMs: before.prepaidUntilMs + HOUR };
  const connect = (instance: { readonly id: number }) => sim.shell(instance.id);
  const wait = (patienceMs: number) =>
    live(waitEntered({ ...handling, connect, clock }, rental, { patienceMs, onStep: () => {} }));
  expect(await wait(60_000)).toEqual({ kind: 'entered' });
  const shell = await sim.shell(rental.instanceId ?? 0);
  const { stdout } = await live(shell.exec('cat .vastdeck/until'));
  expect(stdout.trim()).toBe(String(Math.floor(rental.prepaidUntilMs / 1_000)));
  await live(stopByHand(handling, await now()));
  expect(await wait(60_000)).toEqual({ kind: 'closed', reason: 'it is stopped' });
});

it('one that gets another name keeps the label that proves it ours', async () => {
  const { live, now, handling } = await aBox();
  const before = await now();
  const label = await live(relabel(handling, { ...before, name: ' trainer ' }));
  const after = await now();
  expect(after.rental.name).toBe('trainer');
  expect(after.instance.label).toBe(label);
  expect(label.endsWith(' trainer')).toBe(true);
  expect(readLabel(INSTALL, label)).toEqual(readLabel(INSTALL, before.instance.label));
  expect(readLabel(INSTALL, label).kind).toBe('ours');
});

it('nobody can give a foreign one a label that looks like ours', async () => {
  const { now, handling } = await aBox();
  const { instance } = await now();
  const foreign = { instance: { ...instance, label: 'theirs' }, rental: undefined };
  await expect(relabel(handling, { ...foreign, name: instance.label ?? '' })).rejects.toThrow(
    'must not stand',
  );
  await expect(relabel(handling, { ...foreign, name: 'x'.repeat(257) })).rejects.toThrow('at most 256');
});

it('a higher bid that no money can be set aside for is not made', async () => {
  const { live, now, handling, process } = await aBox();
  const before = await now();
  await process.ledger.halt({ by: 'a test', reason: 'enough' });
  const plan = { fromPerHour: 0.1, toPerHour: 0.2, extra: 100_000 as never };
  expect(await live(rebid(handling, { ...before, plan }))).toMatchObject({ kind: 'denied', limit: 'halt' });
  expect((await now()).rental.version).toBe(before.rental.version);
});

it('a login is noted for the instance that was entered', async () => {
  const { now, store, clock } = await aBox();
  const { instance } = await now();
  await noteEntered({ store, account: ACCOUNT }, instance.id);
  const rows = await store.db
    .selectFrom('account_instances' as never)
    .selectAll()
    .execute();
  expect(rows).toMatchObject([{ instance_id: instance.id, last_ssh_at: clock.now() }]);
});
