// Tables, JSON lines, and logs of no format at all.
import { describe, expect, it } from 'vitest';
import { parsed } from '../a-log.ts';
import { expectFormat } from './a-format-case.ts';

const lines = (...texts: string[]) => `${texts.join('\n')}\n`;
const cell = (column: number, separator = ',') => `tail -1 | awk -F'${separator}' '{print $${column}}'`;

describe('tables', () => {
  it('of CSV are read by the names of their columns', () => {
    const text = lines('step,epoch,train_loss,lr,accuracy', '10,0.5,2.5,1e-4,0.25', '20,1.0,2.25,5e-5,0.5');
    const { state } = expectFormat('csv', text, {
      step: cell(1),
      epoch: cell(2),
      loss: cell(3),
      learningRate: cell(4),
    });
    expect(state.figures.custom).toEqual({ accuracy: 0.5 });
  });

  it('of Lightning have empty cells', () => {
    const text = lines('epoch,step,train_loss,val_loss', '0,49,2.5,', '0,49,,2.75', '1,99,2.25,');
    expectFormat('csv', text, { step: cell(2), loss: cell(3), valLoss: `awk -F, '$4 + 0 {print $4}'` });
  });

  it('of Ultralytics have parts of the loss only', () => {
    const text = lines(
      '                  epoch,      train/box_loss,      metrics/mAP50(B)',
      '    1, 1.25, 0.5',
    );
    const { state } = expectFormat('csv', text, { epoch: cell(1) });
    expect(state.figures.custom).toEqual({ 'train/box_loss': 1.25, 'metrics/mAP50(B)': 0.5 });
  });

  it('of Keras’ CSVLogger count epochs from 0', () => {
    const text = lines(
      'epoch,accuracy,loss,val_accuracy,val_loss',
      '0,0.25,2.5,0.2,2.6',
      '1,0.5,2.25,0.4,2.3',
    );
    const { state } = expectFormat('keras-csv', text, { epoch: cell(1), loss: cell(3), valLoss: cell(5) });
    expect(state.figures.firstEpoch).toBe(0);
  });

  it('of tabs', () => {
    const text = lines('epoch\tloss\tval_loss', '1\t2.5\t2.75', '2\t2.25\tnan');
    const { state } = expectFormat('tsv', text, { epoch: cell(1, '\\t'), loss: cell(2, '\\t') });
    expect(state.figures.valLoss).toBeNaN();
  });

  it('of notebooks stand below their bar as text', () => {
    const text = lines(
      '[200/400 01:40 < 01:40, 2.00 it/s, Epoch 1/2]',
      'Step\tTraining Loss\tValidation Loss',
      '100\t2.500000\tNo log',
      '200\t2.250000\t2.375000',
    );
    const { state, readings } = expectFormat('notebook-table', text, {
      step: cell(1, '\\t'),
      loss: cell(2, '\\t'),
      valLoss: cell(3, '\\t'),
      totalSteps: `head -1 | grep -o '/[0-9]* ' | head -1 | tr -cd '0-9'`,
    });
    expect(state.attempts).toBe(1);
    expect(readings.map(({ figures }) => figures.stepS)).toEqual([0.5, 0.5]);
  });

  it('are none where the header names no step and no loss', () => {
    expect(parsed(lines('name,size,price', '1,2,3', '4,5,6')).state.readings).toBe(0);
  });
});

describe('JSON lines', () => {
  it('are read at any depth, with Python’s NaN', () => {
    const text = lines(
      '{"step": 10, "train": {"loss": 2.5, "lr": 1e-4}, "eval": {"loss": 2.75, "acc": 0.5}, "msg": "ok"}',
      '{"step": 20, "train": {"loss": NaN, "lr": 5e-5}, "gpu": {"mem": 10.5}}',
    );
    const { state } = expectFormat('json-lines', text, {
      step: `tail -1 | grep -o '"step": [0-9]*' | cut -d' ' -f2`,
      learningRate: `grep -o '"lr": [0-9e.-]*' | tail -1 | cut -d' ' -f2`,
      valLoss: `grep -o '"eval": {"loss": [0-9.]*' | awk '{print $NF}'`,
    });
    expect(state.figures.loss).toBeNaN();
    expect(state.figures.custom).toMatchObject({ 'eval/acc': 0.5 });
  });

  it('are none where they have no figure of a training', () => {
    expect(parsed(lines('{"level": "info", "msg": "started", "pid": 12}')).state.readings).toBe(0);
  });
});

describe('formats never seen before', () => {
  const unseen: readonly (readonly [string, string, string, string])[] = [
    ['brackets', 'Epoch [1/5], Step [100/600], Loss: 0.3125', '100', '0.3125'],
    ['a share without a name', 'Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.25', '640', '2.25'],
    ['a share behind the epoch', 'train | epoch 001:    100 / 1000 loss=2.25, lr=1e-05', '100', '2.25'],
    ['two levels of brackets', 'Epoch: [3][ 50/391]\tTime 0.2 (0.5)\tLoss 1.75 (1.9)', '50', '1.75'],
    ['bars between', '| it 500 | loss 0.5625 | ppl 1.75 | wps 1000 |', '500', '0.5625'],
    [
      'a logger before',
      '2026-01-05 10:00:00 INFO trainer.py:52 global_step=7000 loss=1.125 lr=3e-4',
      '7000',
      '1.125',
    ],
    ['words', 'iteration 42 of 100: training loss = 0.875 (best 0.5)', '42', '0.875'],
    [
      'updates of fairseq',
      'INFO | train_inner | epoch 001:    100 / 1000 loss=8.5, num_updates=100, lr=1e-05',
      '100',
      '8.5',
    ],
    ['an infinite loss', 'step 3 loss inf', '3', 'Infinity'],
  ];
  it.each(unseen)('give step and loss: %s', (_, line, step, loss) => {
    const { state } = parsed(`${line}\n`);
    expect(state.format).toBe('generic');
    expect(state.figures.step).toBe(Number(step));
    expect(state.figures.loss).toBe(Number(loss));
  });

  it('with both totals on a line, the steps are those of the epoch', () => {
    expect(parsed('Epoch [2/5], Step [100/600], Loss: 0.3\n').state.figures).toMatchObject({
      epoch: 2,
      totalEpochs: 5,
      step: 100,
      totalSteps: 600,
      stepScope: 'epoch',
    });
  });

  it.each([
    ['source code', 'loss = criterion(output, target)\nfor step in range(10):\n    optimizer.step()\n'],
    ['a configuration', 'learning_rate: 0.0005\nmax_steps: 1000\nbatch_size: 32\nseed: 3407\n'],
    ['a text', 'We reached step 5 of our plan to lower the losses of 2025.\n'],
    ['nothing', '\n\n'],
  ])('are not seen in %s', (_, text) => {
    expect(parsed(text).state).toMatchObject({ readings: 0, format: null });
  });
});
