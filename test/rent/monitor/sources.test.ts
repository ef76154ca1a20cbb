// Where lines come from, in their order; what is said of a source that fails; and going from one to the next by hand.

import { ConnectRefusedError } from 'vastdeck/ssh';
import { describe, expect, it } from 'vitest';
import type { Program } from '../../../src/sim/twin/index.ts';
import { aMonitorWorld, LOG } from './a-monitor-world.ts';
import { eventFileOf } from './an-event-file.ts';

const MINUTE = 60_000;

/** A tmux with one pane that shows the lines of a file. */
const tmux: Program = async (process) => {
  if (process.args[0] === 'list-panes') {
    await process.print('%0 main:0.0 0');
    await process.print('%3 work:1.0 1');
    return 0;
  }
  const pane = process.args.at(-1) === '%3' ? '/pane' : '/other';
  const text = process.files.find(pane) ? process.files.readText(pane) : '';
  await process.write(Buffer.from(`${text}$ \n\n\n`));
  return 0;
};

describe('the sources of lines', () => {
  it('prefers the log that was asked for, then the one in vastdeck.yaml, then what it finds', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1, 'bert');
    await world.write(id, LOG, 'step 1/9 loss 1.0\n');
    await world.write(id, '/workspace/conf/b.log', 'step 2/9 loss 2.0\n');
    await world.write(id, '/data/x-1.log', 'step 3/9 loss 3.0\n');
    const logOf = ({ names }: { names: readonly string[] }) =>
      names.includes('bert-1') ? ({ kind: 'file', path: 'conf/b.log' } as const) : undefined;

    const asked = await world.watch({ logGlob: '/data/x-*.log', rules: { logOf } });
    expect(asked.run(`instance ${id}`)).toMatchObject({
      lineSource: 'file',
      lineFrom: '/data/x-1.log',
      step: 3,
    });
    await asked.stop();

    const configured = await world.watch({ rules: { logOf } });
    expect(configured.run(`instance ${id}`)).toMatchObject({
      lineSource: 'configured',
      lineFrom: '/workspace/conf/b.log',
      step: 2,
    });
    await configured.stop();

    const found = await world.watch();
    expect(found.run(`instance ${id}`)).toMatchObject({ lineSource: 'newest-log', lineFrom: LOG, step: 1 });
  });

  it('takes a pattern for a pattern and nothing else', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    await world.write(id, '/workspace/a b.log', 'step 1/9 loss 1.0\n');
    const watch = await world.watch({ logGlob: 'a b.lo*; touch /tmp/oops' });
    expect(watch.run(`instance ${id}`).lineSource).not.toBe('file');
    const shell = await world.shell(id);
    expect(await world.world.live(shell.stat('/tmp/oops'))).toBeUndefined();
    await shell.close();
    await watch.stop();
    const quoted = await world.watch({ logGlob: 'a b.lo*' });
    expect(quoted.run(`instance ${id}`)).toMatchObject({
      lineSource: 'file',
      lineFrom: '/workspace/a b.log',
    });
  });

  it("looks for the original's log first, and for the newest of all others", async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    await world.write(id, '/workspace/old/train.log', 'step 1/9 loss 1.0\n');
    await world.clock.step(MINUTE);
    await world.write(id, '/workspace/new/train.log', 'step 2/9 loss 1.0\n');
    await world.write(id, '/workspace/.hidden/train.log', 'step 7/9 loss 1.0\n');
    await world.write(id, '/workspace/onstart.log', 'step 8/9 loss 1.0\n');
    const newest = await world.watch();
    expect(newest.run(`instance ${id}`).lineFrom).toBe('/workspace/new/train.log');
    await newest.stop();
    await world.write(id, LOG, 'step 3/9 loss 1.0\n');
    await world.clock.step(MINUTE);
    await world.write(id, '/workspace/new/train.log', 'step 4/9 loss 1.0\n');
    const original = await world.watch();
    expect(original.run(`instance ${id}`).lineFrom).toBe(LOG);
  });

  it('goes over to a log that appears later, and keeps counting its lines', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    const watch = await world.watch();
    expect(watch.run(`instance ${id}`)).toMatchObject({ lineSource: 'container', step: null });
    await world.write(id, LOG, 'step 5/9 loss 1.0\n');
    await world.clock.step(2 * MINUTE);
    expect(watch.run(`instance ${id}`)).toMatchObject({ lineSource: 'newest-log', step: 5 });
    expect(watch.events.map(({ kind, sentence }) => [kind, sentence])).toContainEqual([
      'source',
      expect.stringContaining(LOG),
    ]);
  });

  it('reads a tmux pane, the active one first, and shows each of its lines once', async () => {
    const world = await aMonitorWorld({ programs: () => ({ tmux }) });
    const [id = 0] = await world.rent(1);
    await world.write(id, '/pane', 'step 1/9 loss 1.0\nstep 2/9 loss 0.9\n');
    const watch = await world.watch();
    expect(watch.run(`instance ${id}`)).toMatchObject({ lineSource: 'tmux', lineFrom: 'work:1.0', step: 2 });
    await world.write(id, '/pane', 'step 3/9 loss 0.8\n');
    await world.clock.step(10_000);
    expect(watch.lines.map(({ text }) => text)).toEqual([
      'step 1/9 loss 1.0',
      'step 2/9 loss 0.9',
      'step 3/9 loss 0.8',
    ]);
    const { atMs } = watch.monitor.view();
    expect(watch.run(`instance ${id}`).lineReadAtMs).toBeGreaterThan(atMs - 3_000);
  });

  it('reads the container log by the service where it may not enter, now and then, with its age', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    await world.write(id, '/var/log/onstart.log', 'step 1/9 loss 1.0\n');
    const watch = await world.watch({ entering: 'none' });
    await world.clock.step(30_000);
    const first = watch.run(`instance ${id}`);
    expect(first).toMatchObject({ lineSource: 'container', lineFrom: '', step: 1, gpus: null });
    expect(first.sampleError).toContain('--no-ssh');
    expect(world.connections).toEqual([]);
    await world.write(id, '/var/log/onstart.log', 'step 2/9 loss 1.0\n');
    await world.clock.step(10_000);
    const readAtMs = watch.run(`instance ${id}`).lineReadAtMs ?? 0;
    expect(watch.run(`instance ${id}`).step).toBe(1);
    expect(world.clock.now() - readAtMs).toBeGreaterThan(5_000);
    await world.clock.step(MINUTE);
    expect(watch.run(`instance ${id}`).step).toBe(2);
    expect(watch.run(`instance ${id}`).lineReadAtMs).toBeGreaterThan(readAtMs);
  });

  it('reads event files of TensorBoard where no log grows, and goes over to a log that does', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    const path = '/workspace/runs/a/events.out.tfevents.1700000000.host';
    await world.write(
      id,
      path,
      eventFileOf([
        { step: 10, scalars: { 'train/loss': 2.5, 'train/learning_rate': 1e-4, accuracy: 0.25 } },
        { step: 20, scalars: { 'train/loss': 1.5, 'train/learning_rate': 9e-5, accuracy: 0.5 } },
      ]),
    );
    const watch = await world.watch();
    const key = `instance ${id}`;
    expect(watch.run(key)).toMatchObject({ lineSource: 'tensorboard', lineFrom: path, step: 20, loss: 1.5 });
    expect(watch.run(key).metrics.map(({ name, value }) => [name, value])).toEqual(
      expect.arrayContaining([
        ['accuracy', 0.5],
        ['learning_rate', expect.closeTo(9e-5)],
      ]),
    );
    await world.write(id, path, eventFileOf([{ step: 30, scalars: { 'train/loss': 1.25 } }]));
    await world.clock.step(5_000);
    expect(watch.run(key)).toMatchObject({ step: 30, loss: 1.25 });
    await world.write(id, LOG, 'step 31/40 loss 1.0\n');
    await world.clock.step(2 * MINUTE);
    expect(watch.run(key)).toMatchObject({ lineSource: 'newest-log', step: 31 });
    expect(await world.world.live(watch.monitor.nextSource(key))).toBe(`tensorboard ${path}`);
    expect(await world.world.live(watch.monitor.nextSource(key))).toBe('container');
  });

  it('goes round through all sources by hand and stays with the one that was chosen', async () => {
    const world = await aMonitorWorld({ programs: () => ({ tmux }) });
    const [id = 0] = await world.rent(1);
    await world.write(id, LOG, 'step 1/9 loss 1.0\n');
    await world.write(id, '/pane', 'step 2/9 loss 1.0\n');
    const watch = await world.watch();
    const key = `instance ${id}`;
    const said: string[] = [];
    for (let times = 0; times < 4; times += 1) {
      said.push(await world.world.live(watch.monitor.nextSource(key)));
      await world.clock.step(2 * MINUTE);
      expect(`${watch.run(key).lineSource} ${watch.run(key).lineFrom}`.trim()).toBe(said.at(-1));
    }
    expect(said).toEqual(['tmux work:1.0', 'tmux main:0.0', 'container', `newest-log ${LOG}`]);
  });

  it('says that there is no other source where there is none', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    const watch = await world.watch({ entering: 'none' });
    const failed = await world.world.live(watch.monitor.nextSource(`instance ${id}`).catch(String));
    expect(failed).toContain('There is no other source of lines');
  });

  it('says why lines do not come while a connection fails, keeps their age, and goes on without a gap', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    await world.write(id, LOG, 'step 1/9 loss 1.0\n');
    const watch = await world.watch();
    const key = `instance ${id}`;
    const before = watch.run(key);
    world.closed.set(id, new ConnectRefusedError('nobody listens on port 1234'));
    world.sim.fail('ssh-reset', { id });
    await world.clock.step(3 * MINUTE);
    const cut = watch.run(key);
    expect(cut.lineError).toContain('nobody listens');
    expect(cut.sampleError).toContain('nobody listens');
    expect(cut.lineAtMs).toBe(before.lineAtMs);
    expect(cut.gpuPercent).toBeNull();
    expect(cut.gpus?.atMs).toBe(cut.sampledAtMs);
    expect(world.clock.now() - (cut.sampledAtMs ?? 0)).toBeGreaterThan(2 * MINUTE);
    world.closed.delete(id);
    await world.write(id, LOG, 'step 2/9 loss 1.0\nstep 3/9 loss 1.0\n');
    await world.clock.step(6 * MINUTE);
    expect(watch.run(key)).toMatchObject({ step: 3, lineError: null, sampleError: null, gpuPercent: 97 });
    expect(watch.lines.map(({ text }) => text)).toEqual([1, 2, 3].map((step) => `step ${step}/9 loss 1.0`));
  });
});
