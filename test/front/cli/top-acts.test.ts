// What the keys of `top` do to runs: the sentence that is asked with, what really happens over there, and what is refused.
import { describe, expect, it } from 'vitest';
import { createControl } from '../../../src/front/tui/app/control.ts';
import { createScreenStore } from '../../../src/front/tui/app/screen-store.ts';
import { startState } from '../../../src/front/tui/state/screen-state.ts';
import type { RunView } from '../../../src/rent/monitor/index.ts';
import { aJobWorld, countingJob, MINUTE } from '../../rent/jobs/controller/a-job-world.ts';
import { wrongAtRest } from '../../rent/jobs/controller/at-rest.ts';
import { aMonitor, aRun, aView } from '../tui/a-monitor.ts';
import { aBox, aForeign, aJob, type Hands, handsOn } from './top-hands.ts';

const PRICE = /\$\d+\.\d+\/h/;

describe('stop', () => {
  it('says what it costs running and standing, and stops it; the record says by whom', async () => {
    await using world = await aJobWorld();
    const { plan, act, truth } = handsOn(world);
    const { run, rental } = await aBox(world, 'lab');
    const { gpu, disk } = truth(run)?.billedPerHour ?? { gpu: 0, disk: 0 };
    const planned = await plan('stop', run);
    expect(planned.kind).toBe('possible');
    expect(planned.sentence).toContain(`Stops lab (${run.instanceId}), 1x ${truth(run)?.gpuName}: $`);
    expect(planned.sentence).toMatch(PRICE);
    expect(planned.sentence).toMatch(/its disk \$\d+\.\d+ a month until it is destroyed/);
    expect(planned.savesPerHour).toBeCloseTo(gpu, 6);
    expect(truth(run)).toMatchObject({ intended: 'running' });
    expect(await act('stop', run)).toMatch(/^lab \(\d+\) stops; its disk costs \$\d/);
    expect(truth(run)).toMatchObject({ intended: 'stopped', destroyedMs: undefined });
    await world.pass(MINUTE);
    expect(truth(run)?.billedPerHour).toEqual({ gpu: 0, disk });
    expect(await world.process.rentals.get(rental.id)).toMatchObject({
      status: 'stopped',
      reason: 'stopped by hand',
    });
  });

  it('is refused for what is stopped already, and tells when a parked one is destroyed', async () => {
    await using world = await aJobWorld();
    const { plan, act } = handsOn(world);
    const { run } = await aBox(world, 'lab');
    await act('stop', run);
    expect(await plan('stop', run)).toMatchObject({
      kind: 'refused',
      sentence: expect.stringMatching(
        /is stopped already: its disk costs \$\S+ a month until it is destroyed\.$/,
      ),
    });
    await act('destroy', run);
    await expect(act('stop', run)).rejects.toThrow(/until it is destroyed, from .* UTC on\.$/);
  });

  it('stops what is not ours too, and says whose it is not', async () => {
    await using world = await aJobWorld();
    const { plan, act, truth } = handsOn(world);
    const run = await aForeign(world);
    expect((await plan('stop', run)).sentence).toContain('which was not made by this install: $');
    expect(await act('stop', run)).toContain(`until "vastdeck rm ${run.instanceId} --foreign".`);
    expect(truth(run)).toMatchObject({ intended: 'stopped', destroyedMs: undefined });
  });

  it("is refused for a job's machine, and again when it is done all the same", async () => {
    await using world = await aJobWorld();
    const { plan, act, truth } = handsOn(world);
    const { run } = await aJob(world);
    const { kind, sentence } = await plan('stop', run);
    expect(kind).toBe('refused');
    expect(sentence).toContain('works for a job');
    await expect(act('stop', run)).rejects.toThrow(sentence);
    expect(truth(run)).toMatchObject({ intended: 'running' });
  });
});

describe('destroy', () => {
  it('says the price and how long it can be taken back, and parks it: undo brings it back, or it is gone', async () => {
    await using world = await aJobWorld();
    const { plan, act, truth } = handsOn(world);
    const { run, rental } = await aBox(world, 'lab');
    const planned = await plan('destroy', run);
    expect(planned.sentence).toMatch(
      /^Stops lab \(\d+\), 1x .* at \$\d\S*\/h, and destroys it .* in 10m; until then/,
    );
    expect(planned.sentence).toContain(`"vastdeck undo ${run.instanceId}"`);
    expect(planned.savesPerHour).toBeCloseTo(sum(truth(run)?.billedPerHour), 6);
    expect(await act('destroy', run)).toMatch(/^lab \(\d+\) is parked, and destroyed from .* UTC on/);
    expect(truth(run)).toMatchObject({ intended: 'stopped', destroyedMs: undefined });

    const parked = (await world.process.rentals.get(rental.id)) ?? rental;
    await world.live(world.process.ender.undo(parked));
    await world.pass(20 * MINUTE);
    await world.live(world.process.controller.round());
    expect(truth(run)).toMatchObject({ intended: 'running', destroyedMs: undefined });

    await act('destroy', run);
    await world.pass(11 * MINUTE);
    await world.live(world.process.controller.round());
    await world.settle();
    expect(truth(run)?.destroyedMs).toBeDefined();
  });

  it('of what is stopped saves its disk alone', async () => {
    await using world = await aJobWorld();
    const { plan, act, truth } = handsOn(world);
    const { run } = await aBox(world, 'lab');
    await act('stop', run);
    const { sentence, savesPerHour } = await plan('destroy', run);
    expect(sentence).toMatch(/^Takes lab .* which is stopped and costs \$\S+ a month, and destroys it/);
    expect(savesPerHour).toBeCloseTo(truth(run)?.billedPerHour.disk ?? 0, 6);
  });

  it('is refused for what is not ours, with the commands that do it all the same', async () => {
    await using world = await aJobWorld();
    const { plan, act, truth } = handsOn(world);
    const run = await aForeign(world);
    const { kind, sentence } = await plan('destroy', run);
    expect(kind).toBe('refused');
    expect(sentence).toContain(`"vastdeck rm ${run.instanceId} --foreign"`);
    await expect(act('destroy', run)).rejects.toThrow('was not made by this install');
    expect(truth(run)).toMatchObject({ intended: 'running', destroyedMs: undefined });
  });

  it('is refused for what is being destroyed already', async () => {
    await using world = await aJobWorld();
    const { plan } = handsOn(world);
    const { run, rental } = await aBox(world, 'lab');
    const now = (await world.process.rentals.get(rental.id)) ?? rental;
    await world.process.rentals.change(now, { status: 'ending', reason: 'its time is over' });
    expect(await plan('destroy', run)).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('is being destroyed already (its time is over)'),
    });
  });

  it.each([
    'stop',
    'destroy',
    'label',
    'attach-key',
  ] as const)('and others cannot be done to what has gone meanwhile: %s says so', async (name) => {
    await using world = await aJobWorld();
    const { plan, act } = handsOn(world);
    const { run } = await aBox(world, 'lab');
    expect((await plan(name, run)).kind).toBe('possible');
    await world.live(world.process.client.instances.destroy(run.instanceId ?? 0));
    await expect(act(name, run, 'other')).rejects.toThrow(/is gone|no instance/);
  });
});

describe('destroy of a job', () => {
  it('cancels it: who drives it fetches and destroys, and only then', async () => {
    await using world = await aJobWorld();
    const { plan, act, truth } = handsOn(world, world.start('top'));
    const { run, job } = await aJob(world);
    expect(await plan('destroy', run)).toEqual({
      kind: 'possible',
      sentence: `Cancels the job counting: what it has made is fetched, then its machine at $0.400/h is destroyed with everything on it.`,
      savesPerHour: 0.4,
    });
    await world.pass(MINUTE);
    expect(truth(run)?.destroyedMs).toBeUndefined();
    expect(await act('destroy', run)).toBe(
      'counting is to end: the program that drives it fetches what there is and destroys its machine.',
    );
    await world.untilStatus(job, 'cancelled');
    expect(world.artifact(job, 'out/ckpt-0003/step')).toBe('3\n');
    expect(await wrongAtRest(world, [job])).toEqual([]);
  });

  it('that nobody drives is seen to its end from here', async () => {
    await using world = await aJobWorld();
    const driver = world.start('driver');
    const { run, job } = await aJob(world, driver);
    driver.kill();
    await world.pass(5 * MINUTE);
    const { act } = handsOn(world);
    expect(await act('destroy', run)).toContain('driven from here while this screen is open');
    await world.untilStatus(job, 'cancelled');
    expect(await wrongAtRest(world, [job])).toEqual([]);
  });

  it('is let go of when the screen ends, and another goes on', async () => {
    await using world = await aJobWorld();
    const driver = world.start('driver');
    const { run, job } = await aJob(world, driver);
    driver.kill();
    await world.pass(5 * MINUTE);
    const { acts, act, closed } = handsOn(world, world.start('top'));
    await act('destroy', run);
    closed.abort(new Error('the screen has ended'));
    await world.live(Promise.resolve(acts[Symbol.asyncDispose]()));
    expect((await world.get(job)).status).not.toBe('cancelled');
    await world.drive(job);
    expect((await world.get(job)).status).toBe('cancelled');
    expect(await wrongAtRest(world, [job])).toEqual([]);
  });

  it('that is over is refused, as its fetch is, which says where the files are', async () => {
    await using world = await aJobWorld();
    const { plan, act } = handsOn(world);
    const job = await world.submit(countingJob({ env: { STEPS: '3' } }));
    await world.drive(job);
    const run = aRun({ key: `job ${job.id}`, jobId: job.id, instanceId: null, name: job.name });
    expect(await plan('destroy', run)).toMatchObject({
      kind: 'refused',
      sentence: expect.stringMatching(/^counting is over already: succeeded \(/),
    });
    await expect(act('destroy', run)).rejects.toThrow('is over already');
    expect((await plan('fetch', run)).sentence).toContain(world.process.jobs.artifactsFolder(job.id));
    expect((await world.get(job)).cancelAskedAtMs).toBeUndefined();
    await world.settle();
  });

  it('that has no machine yet ends it before it has one', async () => {
    await using world = await aJobWorld();
    const { plan, act } = handsOn(world);
    const job = await world.submit(countingJob());
    const run = aRun({ key: `job ${job.id}`, jobId: job.id, instanceId: null, name: job.name });
    expect((await plan('destroy', run)).sentence).toBe('Cancels the job counting, which has no machine now.');
    expect(await plan('attach-key', run)).toEqual({
      kind: 'refused',
      sentence: 'counting: it has no machine now',
      savesPerHour: null,
    });
    await act('destroy', run);
    await world.untilStatus(job, 'cancelled');
    expect(world.sim.truth.instances()).toEqual([]);
  });
});

describe('label, fetch and attach-key', () => {
  it('gives a box another name, and what proves it ours stays', async () => {
    await using world = await aJobWorld();
    const { plan, act } = handsOn(world);
    const { run, rental } = await aBox(world, 'lab');
    const before = (await world.live(world.process.client.instances.get(run.instanceId ?? 0)))?.label ?? '';
    expect((await plan('label', run)).sentence).toContain('another name; what proves it ours stays');
    expect(await act('label', run, 'trainer')).toBe(`lab (${run.instanceId}) is called "trainer" now.`);
    const after = (await world.live(world.process.client.instances.get(run.instanceId ?? 0)))?.label ?? '';
    expect(after).toBe(`${before} trainer`);
    expect((await world.process.rentals.get(rental.id))?.name).toBe('trainer');
  });

  it('gives what is not ours another label, and does not make it look ours', async () => {
    await using world = await aJobWorld();
    const { plan, act } = handsOn(world);
    const run = await aForeign(world);
    expect((await plan('label', run)).sentence).toContain('not made by this install, another label.');
    await act('label', run, 'someone');
    await expect(act('label', run, 'vd1.false')).rejects.toThrow('choose another name');
    const now = await world.live(world.process.client.instances.get(run.instanceId ?? 0));
    expect(now?.label).toBe('someone');
  });

  it('fetches what a job has made so far, and says where it is', async () => {
    await using world = await aJobWorld();
    const { plan, act } = handsOn(world);
    const { run, job } = await aJob(world);
    expect((await plan('fetch', run)).sentence).toContain('what counting has made so far, verified');
    expect(await act('fetch', run)).toContain('nothing that its file names as artifacts is there');
    await world.pass(MINUTE);
    expect(await act('fetch', run)).toBe(
      `counting: 1 file, 2 B, in ${world.process.jobs.artifactsFolder(job.id)}.`,
    );
    expect(world.artifact(job, 'out/ckpt-0003/step')).toBe('3\n');
    expect(await world.get(job)).toMatchObject({ status: 'running' });
  });

  it('fetches nothing of a box, of a job without artifacts, or of one without a machine, and says why', async () => {
    await using world = await aJobWorld();
    const { plan, act } = handsOn(world);
    const box = aRun({ instanceId: 20000001, name: 'lab' });
    expect(await plan('fetch', box)).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('"vastdeck cp 20000001:FILE ."'),
    });
    await expect(act('fetch', box)).rejects.toThrow('no job');
    const job = await world.submit(countingJob({ artifacts: [] }));
    const run = aRun({ jobId: job.id, instanceId: 20000001, name: job.name });
    expect(await plan('fetch', run)).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('no artifacts'),
    });
    const other = await world.submit(countingJob({ name: 'other' }));
    expect(await plan('fetch', aRun({ jobId: other.id, instanceId: null, name: 'other' }))).toMatchObject({
      kind: 'refused',
      sentence: 'other has no machine now to fetch from.',
    });
  });

  it("leaves a job's name alone, and puts our key on any machine, twice as once", async () => {
    await using world = await aJobWorld();
    const { plan, act, publicKey } = handsOn(world);
    const { run } = await aJob(world);
    expect(await plan('label', run)).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('whose name stays'),
    });
    const foreign = await aForeign(world);
    for (const one of [run, foreign]) {
      expect((await plan('attach-key', one)).sentence).toContain('it opens this machine from here');
      await act('attach-key', one);
      await act('attach-key', one);
      const keys = await world.live(world.process.client.instances.sshKeys.list(one.instanceId ?? 0));
      expect(keys.filter((key) => key.publicKey === publicKey)).toHaveLength(1);
    }
  });
});

describe('an act on marked runs', () => {
  function aScreen({ world, acts, closed }: Hands, runs: readonly RunView[], isReadOnly = false) {
    const monitor = aMonitor({ view: aView(runs) });
    const first = startState({
      view: monitor.view(),
      size: { columns: 120, rows: 40 },
      nowMs: world.clock.now(),
      group: undefined,
    });
    const store = createScreenStore(first, () => []);
    const press = createControl({
      store,
      monitor,
      feed: { follow: () => {}, stop: () => {} },
      acts: isReadOnly ? null : acts,
      save: async () => '',
      clock: world.clock,
      signal: closed.signal,
      quit: () => {},
      suspend: () => {},
      redraw: () => {},
    });
    return { monitor, store, press, overlay: () => store.state().overlay };
  }

  it('over three goes on after one was refused, and after one that has gone since the question', async () => {
    await using world = await aJobWorld();
    const hands = handsOn(world);
    const { run: first } = await aBox(world, 'first');
    const foreign = await aForeign(world);
    const { run: going } = await aBox(world, 'going');
    const { run: last } = await aBox(world, 'last');
    const { press, overlay } = aScreen(hands, [first, foreign, going, last]);
    press(['*', 'D']);
    await world.until(() => {
      const now = overlay();
      return now?.kind === 'confirm' && now.plans !== null;
    });
    expect(overlay()).toMatchObject({
      plans: [{ kind: 'possible' }, { kind: 'refused' }, { kind: 'possible' }, { kind: 'possible' }],
    });
    await world.live(world.process.client.instances.destroy(going.instanceId ?? 0));
    press(['y']);
    await world.until(() => {
      const now = overlay();
      return now?.kind === 'doing' && now.isDone;
    });
    expect(overlay()).toMatchObject({
      told: [
        { isGood: true, sentence: expect.stringContaining('first') },
        { isGood: false, sentence: expect.stringMatching(/^going.* is gone/) },
        { isGood: true, sentence: expect.stringContaining('last') },
      ],
    });
    expect(hands.truth(first)).toMatchObject({ intended: 'stopped', destroyedMs: undefined });
    expect(hands.truth(foreign)).toMatchObject({ intended: 'running', destroyedMs: undefined });
    expect(hands.truth(last)).toMatchObject({ intended: 'stopped', destroyedMs: undefined });
  });

  it('is none where the screen is read-only', async () => {
    await using world = await aJobWorld();
    const hands = handsOn(world);
    const { run } = await aBox(world, 'lab');
    const { press, store, overlay } = aScreen(hands, [run], true);
    for (const key of ['x', 'D', 'L', 'F', 'K']) {
      press([key, 'y']);
      expect(overlay()).toBeNull();
      expect(store.state().message?.text).toContain('this screen is read-only');
    }
    expect(hands.truth(run)).toMatchObject({ intended: 'running' });
  });
});

function sum(billed: { readonly gpu: number; readonly disk: number } | undefined): number {
  return (billed?.gpu ?? 0) + (billed?.disk ?? 0);
}

describe('a batch', () => {
  it('is planned by one listing of the account, each in its place, and says which has gone', async () => {
    await using world = await aJobWorld();
    const asked: string[] = [];
    const { watcher } = world.process;
    const counting = {
      ...watcher,
      refresh: (options: Parameters<typeof watcher.refresh>[0]) => {
        asked.push('listing');
        return watcher.refresh(options);
      },
      lookup: (id: number) => {
        asked.push('one');
        return watcher.lookup(id);
      },
    };
    const { plan, planAll } = handsOn(world, { ...world.process, watcher: counting });
    const first = await aBox(world, 'one');
    const second = await aBox(world, 'two');
    const theirs = await aForeign(world);
    const gone = { ...second.run, key: 'instance 7', instanceId: 7, name: 'gone-box' };
    asked.length = 0;
    const plans = await planAll('stop', [first.run, gone, second.run, theirs]);
    expect(plans.map(({ kind }) => kind)).toEqual(['possible', 'refused', 'possible', 'possible']);
    expect(plans[0]?.sentence).toContain('Stops one (');
    expect(plans[1]?.sentence).toMatch(/^gone-box: .*7/);
    expect(plans[2]?.sentence).toContain('Stops two (');
    // The id that nobody knows is looked for in a listing of its own.
    expect(asked).toEqual(['listing', 'listing']);
    asked.length = 0;
    await plan('stop', first.run);
    expect(asked).toEqual(['one']);
  });
});
