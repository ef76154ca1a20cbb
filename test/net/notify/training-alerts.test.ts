// What people read of a training run, and how often: from plain figures, and through the outbox.
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../src/base/std/index.ts';
import { TRAINING_EVENTS, type TrainingFigures, trainingAlert } from '../../../src/net/notify/index.ts';
import { notifyWorld, webhookTo } from './notify-world.ts';
import { startReceiver } from './receiver.ts';

const NOW_MS = Date.UTC(2026, 0, 1, 4, 44);
const context = { atMs: NOW_MS };

const aRun = (over: Partial<TrainingFigures> = {}): TrainingFigures => ({
  key: 'job job_1',
  run: 'job_1',
  ref: 'tiny',
  gpu: '2× RTX 4090',
  instanceId: 123,
  attempt: 1,
  epoch: 3,
  totalEpochs: 10,
  step: 3_000,
  totalSteps: 10_000,
  loss: 1.23456789,
  sinceMs: NOW_MS - 90 * 60_000,
  reason: 'GPU idle and no line for 90 minutes.',
  usdPerHour: 0.8,
  wastedUsdPerHour: 0.8,
  spentUsd: 12.5,
  remainingMs: 7 * HOUR_MS,
  ...over,
});

describe('of a run', () => {
  it('an epoch is told with figures, cost and what is left', () => {
    const alert = trainingAlert('epoch', aRun({ wastedUsdPerHour: 0 }), context);
    expect(alert).toMatchObject({
      kind: 'epoch-complete',
      severity: 'info',
      title: 'tiny: epoch 3 of 10 complete, loss 1.2346',
      actions: [{ command: 'vd runs show job_1' }],
    });
    expect(alert.body).toBe(
      'tiny (2× RTX 4090, instance 123), step 3000 of 10000, epoch 3 of 10, loss 1.2346, $0.800/h, $12.50 so far, since 03:14 UTC, 7h left.',
    );
  });

  it('that has finished and still costs is told what that was, and what ends it', () => {
    const alert = trainingAlert('finished-but-billing', aRun({ reason: 'All steps are done.' }), context);
    expect(alert).toMatchObject({
      severity: 'critical',
      title: 'tiny has finished and costs $0.800/h for nothing',
      body: expect.stringContaining('All steps are done. Since then it has cost $1.20; it does so until'),
    });
    expect(alert.actions.map(({ command }) => command)).toEqual([
      'vd cp tiny:/workspace',
      'vd stop tiny',
      'vd rm tiny',
    ]);
  });

  it.each([
    ['failed', 'tiny failed; $0.800/h for nothing'],
    ['diverged', 'tiny has diverged, loss NaN; $0.800/h for nothing'],
    ['hung', 'tiny hangs for 1h 30m; $0.800/h for nothing'],
  ] as const)('that is %s somebody is woken while it burns money, and is not where it does not', (event, title) => {
    const loss = event === 'diverged' ? Number.NaN : 2;
    const burning = trainingAlert(event, aRun({ loss }), context);
    expect(burning).toMatchObject({ severity: 'critical', title });
    expect(burning.actions.at(-1)?.command).toBe('vd rm tiny');
    const atRest = trainingAlert(event, aRun({ loss, usdPerHour: 0, wastedUsdPerHour: 0 }), context);
    expect(atRest.severity).toBe('warning');
    expect(atRest.title).not.toContain('for nothing');
    // What is not known may be burning.
    const unknown = trainingAlert(
      event,
      aRun({ usdPerHour: undefined, wastedUsdPerHour: undefined }),
      context,
    );
    expect(unknown.severity).toBe('critical');
  });

  it('nothing is known of, it is still told without a made-up figure', () => {
    const empty = {
      gpu: undefined,
      instanceId: undefined,
      epoch: undefined,
      totalEpochs: undefined,
      step: undefined,
      totalSteps: undefined,
      loss: undefined,
      usdPerHour: undefined,
      wastedUsdPerHour: undefined,
      spentUsd: undefined,
      remainingMs: undefined,
    };
    for (const event of TRAINING_EVENTS) {
      const alert = trainingAlert(event, aRun(empty), context);
      expect(`${alert.title} ${alert.body} ${JSON.stringify(alert.figures)}`).not.toMatch(
        /undefined|NaN|\$0/,
      );
    }
  });

  it('a loss that is no number reaches JSON as a word', () => {
    const { figures } = trainingAlert('diverged', aRun({ loss: Number.POSITIVE_INFINITY }), context);
    expect(figures.loss).toBe('Infinity');
  });
});

describe('through the outbox', () => {
  const worldOf = async (repeat = {}) => {
    const receiver = await startReceiver();
    return { receiver, ...(await notifyWorld('sqlite', { hook: webhookTo(receiver.url) }, { repeat })) };
  };

  /** Epochs of two minutes for 10 hours. */
  async function epochsOf(repeat: object): Promise<{ told: number; others: number }> {
    const { outbox, clock } = await worldOf(repeat);
    let [told, others] = [0, 0];
    for (let epoch = 1; epoch <= 300; epoch += 1) {
      const at = { atMs: clock.now() };
      if (
        (await outbox.enqueue(trainingAlert('epoch', aRun({ epoch, totalEpochs: 300 }), at))).kind ===
        'queued'
      )
        told += 1;
      if (epoch % 100 === 0) {
        const other = aRun({ key: 'job job_2', epoch });
        if ((await outbox.enqueue(trainingAlert('epoch', other, at))).kind === 'queued') others += 1;
      }
      clock.jump(120_000);
    }
    return { told, others };
  }

  it('three hundred epochs of ten hours are ten messages, and another run has its own', async () => {
    expect(await epochsOf({})).toEqual({ told: 10, others: 3 });
  });

  it('and as many as somebody wants', async () => {
    expect((await epochsOf({ 'epoch-complete': '5h' })).told).toBe(2);
  });

  it('a run that is done is told once, however often a watcher finds it so', async () => {
    const { outbox, clock } = await worldOf();
    const kinds: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      kinds.push((await outbox.enqueue(trainingAlert('done', aRun(), { atMs: clock.now() }))).kind);
      clock.jump(DAY_MS);
    }
    expect(kinds).toEqual(['queued', 'duplicate', 'duplicate', 'duplicate', 'duplicate']);
    const again = trainingAlert('done', aRun({ attempt: 2 }), { atMs: clock.now() });
    expect((await outbox.enqueue(again)).kind).toBe('queued');
  });

  it('a run that hangs is told again after six hours, at once when it hangs anew, and not while it flaps', async () => {
    const { outbox, clock } = await worldOf();
    const tell = async () => {
      const alert = trainingAlert('hung', aRun(), { atMs: clock.now() });
      const result = await outbox.enqueue(alert);
      return [result.kind, alert.key] as const;
    };
    const [first, key] = await tell();
    expect(first).toBe('queued');
    clock.jump(6 * HOUR_MS - 1);
    expect((await tell())[0]).toBe('duplicate');
    clock.jump(1);
    expect((await tell())[0]).toBe('queued');
    await outbox.clear(key);
    clock.jump(60_000);
    expect((await tell())[0]).toBe('duplicate');
    clock.jump(60_000);
    expect((await tell())[0]).toBe('queued');
  });
});
