// Formats that are bars, overwritten by their next state.
import { describe, expect, it } from 'vitest';
import { kinds, parsed } from '../a-log.ts';
import { expectFormat } from './a-format-case.ts';

const lines = (...texts: string[]) => `${texts.join('\n')}\n`;
const lastBar = (part: 'step' | 'total') =>
  `tr '\\r' '\\n' | grep -o '| *[0-9]*/[0-9]* \\[' | tail -1 | tr -cd '0-9/' | cut -d/ -f${part === 'step' ? 1 : 2}`;

describe('tqdm', () => {
  const state = (step: number, rest = '') =>
    `\r ${step}%|███   | ${step}/100 [00:${step}<01:00,  2.00it/s${rest}]`;

  it('gives steps, times and what it shows behind the rate', () => {
    const text = `${state(10, ', loss=0.9')}${state(11, ', loss=0.8')}${state(12, ', loss=0.7, lr=1e-05, acc=0.5')}`;
    const { state: run } = expectFormat('tqdm', text, {
      step: lastBar('step'),
      totalSteps: lastBar('total'),
      loss: `grep -o 'loss=[0-9.]*' | tail -1 | cut -d= -f2`,
      stepS: `tr '\\r' '\\n' | grep -o '[0-9.]*it/s' | tail -1 | awk '{print 1 / ($1 + 0)}'`,
    });
    expect(run.figures.custom).toEqual({ acc: 0.5 });
    expect(run.figures.remainingS).toBe(60);
  });

  it('reads hours, days, seconds a step, and thousands', () => {
    const { figures } = parsed('Training:  1%|▏   | 1.5k/150k [1:02:03<2 days, 3:00:00, 2.50s/it]\n').state;
    expect(figures).toMatchObject({
      step: 1_500,
      totalSteps: 150_000,
      elapsedS: 3_723,
      remainingS: 183_600,
      stepS: 2.5,
    });
  });

  it('leaves out the bars of downloads, of maps over the data, and of generation', () => {
    const log = parsed(
      lines(
        'Downloading: 100%|██████████| 1.2G/1.2G [00:10<00:00, 120MB/s]',
        'Map (num_proc=8):  50%|█████     | 500/1000 [00:01<00:01, 480.00 examples/s]',
        'Loading checkpoint shards: 100%|██████████| 4/4 [00:10<00:00, 2.5s/it]',
      ),
    );
    expect(log.state).toMatchObject({ readings: 0, format: null });
  });

  it('takes a nameless bar of another total in the middle of training for an evaluation', () => {
    const evaluation =
      '\r 50%|███   | 5/10 [00:01<00:01,  5.00it/s]\r 60%|███   | 6/10 [00:01<00:01,  5.00it/s]';
    const log = parsed(`${state(10)}${evaluation}${state(11)}\n`);
    expect(log.state.figures).toMatchObject({ step: 11, totalSteps: 100 });
    expect(kinds(log)).toEqual(['format', 'pause']);
  });

  it('goes over to the bar of another total when a shorter one before it is full', () => {
    const log = parsed(`100%|██████| 10/10 [00:01<00:00, 5.00it/s]\n${state(3)}\n`);
    expect(log.state.figures).toMatchObject({ step: 3, totalSteps: 100 });
  });

  it('is not restarted by the bars of four ranks, each written when it was full', () => {
    const rank = [0, 50, 100].map((step) => state(step)).join('');
    const log = parsed(`${rank}\n${rank}\n${rank}\n${rank}\n`);
    expect(log.state.attempts).toBe(1);
    expect(kinds(log)).toEqual(['format']);
  });

  it('is restarted where a bar that was not full begins again', () => {
    const log = parsed(`${state(0)}${state(30)}${state(60)}\n${state(0)}${state(1)}\n`);
    expect(log.state.attempts).toBe(2);
    expect(log.events).toContainEqual(expect.objectContaining({ kind: 'restart', fromStep: 60, step: 0 }));
  });
});

describe('kohya', () => {
  it('is known by `steps:` and takes the epoch from the line before', () => {
    const text = lines(
      'epoch 1/2',
      'steps:  10%|█         | 100/1000 [01:40<15:00,  1.00it/s, avr_loss=0.125]',
      'saving checkpoint: /out/last-000001.safetensors',
      'epoch 2/2',
      'steps:  12%|█▏        | 120/1000 [02:00<14:40,  1.00it/s, avr_loss=0.12]',
    );
    const log = expectFormat('kohya', text, {
      step: lastBar('step'),
      totalSteps: lastBar('total'),
      loss: `grep -o 'avr_loss=[0-9.]*' | tail -1 | cut -d= -f2`,
      epoch: `grep '^epoch' | tail -1 | awk -F'[ /]' '{print $2}'`,
      totalEpochs: `grep '^epoch' | tail -1 | awk -F'[ /]' '{print $3}'`,
    });
    expect(log.events).toContainEqual(
      expect.objectContaining({ kind: 'checkpoint', path: '/out/last-000001.safetensors' }),
    );
  });
});

describe('Lightning', () => {
  const text = lines(
    'Epoch 0: 100%|██████████| 200/200 [00:20<00:00, 10.00it/s, v_num=3, train_loss=0.9]',
    'Validation DataLoader 0:  50%|█████     | 5/10 [00:00<00:00, 50.0it/s]',
    "Epoch 0, global step 200: 'val_loss' reached 0.85000 (best 0.85000), saving model to '/out/epoch=0.ckpt' as top 1",
    'Epoch 1:  50%|█████     | 100/200 [00:10<00:10, 10.00it/s, v_num=3, train_loss=0.7, val_loss=0.85]',
  );

  it('counts epochs from 0 and steps within them', () => {
    const log = expectFormat('lightning', text, {
      epoch: `grep -o '^Epoch [0-9]*:' | tail -1 | tr -cd '0-9'`,
      step: lastBar('step'),
      totalSteps: lastBar('total'),
      loss: `grep -o 'train_loss=[0-9.]*' | tail -1 | cut -d= -f2`,
      valLoss: `grep -o 'val_loss=[0-9.]*' | tail -1 | cut -d= -f2`,
    });
    expect(log.state.figures).toMatchObject({ stepScope: 'epoch', firstEpoch: 0, custom: {} });
    expect(log.state.attempts).toBe(1);
    expect(log.events).toContainEqual(expect.objectContaining({ kind: 'checkpoint', step: 200 }));
    expect(kinds(log)).toContain('pause');
  });

  it('is read from its rich bar too, which tells the last epoch', () => {
    const rich =
      'Epoch 2/9  ━━━━━━━━━━━━━━╸━━━━━━ 150/200 0:00:15 • 0:00:05 8.00it/s v_num: 0.000 train_loss: 0.512\n';
    const log = expectFormat('lightning', rich, {
      epoch: `awk -F'[ /]' '{print $2}'`,
      totalEpochs: `awk -F'[ /]' '{print $3 + 1}'`,
      step: `grep -o '[0-9]*/200' | cut -d/ -f1`,
      loss: `grep -o 'train_loss: [0-9.]*' | cut -d' ' -f2`,
      stepS: `grep -o '[0-9.]*it/s' | awk '{print 1 / ($1 + 0)}'`,
    });
    expect(log.state.figures.remainingS).toBe(5);
  });
});

describe('Keras', () => {
  const old = lines(
    'Epoch 1/3',
    '  1/100 [..............................] - ETA: 1:30 - loss: 2.5000\b\b\b\b\b\r 50/100 [=============>...] - ETA: 1s - loss: 2.0000\b\b\b\r100/100 [==============================] - 3s 25ms/step - loss: 1.5000 - accuracy: 0.4 - val_loss: 1.6000 - val_accuracy: 0.3',
    'Epoch 2/3',
    ' 40/100 [===========>..................] - ETA: 2s - loss: 1.2500 - accuracy: 0.5',
  );

  it('is read from the bar that it overwrites, with steps of the epoch', () => {
    const log = expectFormat('keras', old, {
      epoch: `grep '^Epoch' | tail -1 | awk -F'[ /]' '{print $2}'`,
      totalEpochs: `grep '^Epoch' | tail -1 | awk -F'[ /]' '{print $3}'`,
      step: `tail -1 | awk -F'[/ ]+' '{print $2}'`,
      totalSteps: `tail -1 | awk -F'[/ ]+' '{print $3}'`,
      loss: `grep -o ' loss: [0-9.]*' | tail -1 | cut -d' ' -f3`,
      valLoss: `grep -o 'val_loss: [0-9.]*' | tail -1 | cut -d' ' -f2`,
      stepS: `grep -o '[0-9]*ms/step' | tail -1 | awk '{print ($1 + 0) / 1000}'`,
    });
    expect(log.state).toMatchObject({ attempts: 1, figures: { custom: { accuracy: 0.5 } } });
  });

  it('is read from the bar of version 3, whose full state may come twice', () => {
    const text = `Epoch 1/2\r\n\u001b[1m100/100\u001b[0m \u001b[32m━━━━━━━━━━\u001b[0m\u001b[37m\u001b[0m \u001b[1m5s\u001b[0m 40ms/step - accuracy: 0.4 - loss: 1.5\r\u001b[1m100/100\u001b[0m \u001b[32m━━━━━━━━━━\u001b[0m \u001b[1m6s\u001b[0m 45ms/step - accuracy: 0.4 - loss: 1.4 - val_loss: 1.3\n`;
    expectFormat('keras', text, {
      loss: `grep -o ' loss: [0-9.]*' | tail -1 | cut -d' ' -f3`,
      valLoss: `grep -o 'val_loss: [0-9.]*' | tail -1 | cut -d' ' -f2`,
      stepS: `grep -o '[0-9]*ms/step' | tail -1 | awk '{print ($1 + 0) / 1000}'`,
    });
  });

  it('does not take `evaluate` after the epoch for training', () => {
    const log = parsed(
      `${lines(...old.split('\n').slice(0, 2))}20/20 [======] - 0s 1ms/step - loss: 9.9 - accuracy: 0.1\n`,
    );
    expect(log.state.figures).toMatchObject({ step: 100, loss: 1.5 });
    expect(kinds(log).at(-1)).toBe('pause');
  });
});

describe('torchtune', () => {
  it('has epoch, step and loss before the bar', () => {
    const text = lines(
      '1|24|Loss: 1.5:  10%|▉         | 24/250 [00:24<03:46,  1.00s/it]',
      '1|25|Loss: 1.25:  10%|█         | 25/250 [00:25<03:45,  1.00s/it]',
    );
    expectFormat('torchtune', text, {
      epoch: `tail -1 | cut -d'|' -f1`,
      step: `tail -1 | cut -d'|' -f2`,
      loss: `grep -o 'Loss: [0-9.]*' | tail -1 | cut -d' ' -f2`,
      totalSteps: lastBar('total'),
    });
  });

  it('is read from the lines of its disk log', () => {
    const text = lines(
      'Step 1 | loss:1.5 lr:1e-05 tokens_per_second_per_gpu:900.5 peak_memory_active:10.5',
      'Step 2 | loss:1.25 lr:2e-05 tokens_per_second_per_gpu:1000.5 peak_memory_active:11.5',
    );
    const of = (key: string) => `grep -o '${key}:[0-9.e-]*' | tail -1 | cut -d: -f2`;
    const { state } = expectFormat('torchtune', text, {
      step: `tail -1 | awk '{print $2}'`,
      loss: of('loss'),
      learningRate: of('lr'),
      throughput: of('tokens_per_second_per_gpu'),
      memoryGb: of('peak_memory_active'),
    });
    expect(state.figures.throughputUnit).toBe('tokens/s');
  });
});

describe('YOLO', () => {
  it('of Ultralytics has the sum of its parts for a loss', () => {
    const text = lines(
      '      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size',
      '      1/100      2.15G      1.250      2.500      1.125         32        640:  50%|█████     | 50/100 [00:05<00:05, 10.00it/s]',
      '                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|██████████| 4/4 [00:01<00:00,  4.00it/s]',
    );
    const row = `grep '1/100 ' | tail -1 |`;
    const { state } = expectFormat('ultralytics', text, {
      epoch: `${row} awk '{split($1, e, "/"); print e[1]}'`,
      totalEpochs: `${row} awk '{split($1, e, "/"); print e[2]}'`,
      memoryGb: `${row} awk '{print $2 + 0}'`,
      loss: `${row} awk '{print $3 + $4 + $5}'`,
      step: lastOf('50/100', 1),
      totalSteps: lastOf('50/100', 2),
    });
    expect(state.figures.custom).toMatchObject({ box_loss: 1.25, cls_loss: 2.5, Instances: 32 });
  });

  it('of version 7 has a total, megabytes or gigabytes, and counts from 0', () => {
    const text = lines(
      '     Epoch   gpu_mem       box       obj       cls     total    labels  img_size',
      '     4/299     2.15G    0.0500    0.0250    0.0125    0.0875        33       640:  50%|█████     | 5/10 [00:05<00:05,  1.00it/s]',
    );
    const { state } = expectFormat('yolov7', text, {
      epoch: `tail -1 | awk '{split($1, e, "/"); print e[1]}'`,
      loss: `tail -1 | awk '{print $6}'`,
      step: lastOf('5/10 \\[', 1),
    });
    expect(state.figures).toMatchObject({ firstEpoch: 0, totalEpochs: 300, memoryGb: 2.15 });
  });
});

function lastOf(share: string, field: 1 | 2): string {
  return `grep -o '${share}' | tail -1 | tr -cd '0-9/' | cut -d/ -f${field}`;
}
