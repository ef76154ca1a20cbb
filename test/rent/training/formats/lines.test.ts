// Formats with a line for each step.
import { describe, expect, it } from 'vitest';
import { kinds, parsed } from '../a-log.ts';
import { expectFormat } from './a-format-case.ts';

const lines = (...texts: string[]) => `${texts.join('\n')}\n`;
const tailOf = (text: string) => `grep -o '${text}[0-9.eE+-]*' | tail -1 | sed 's/^${text}//'`;

describe('the first monitor’s lines', () => {
  it('are read on one line', () => {
    const text = lines('Epoch 1/10, Step 100, Loss = 0.75', 'Epoch 2/10, Step 200, Loss = 0.5');
    expectFormat('epoch-step-loss', text, {
      epoch: `tail -1 | awk -F'[ /,]' '{print $2}'`,
      totalEpochs: `tail -1 | awk -F'[ /,]' '{print $3}'`,
      step: tailOf('Step '),
      loss: tailOf('Loss = '),
    });
  });

  it('are read on lines of their own', () => {
    const text = lines('Epoch 3/10', 'Step 150', 'Loss = 0.25', 'Step 160', 'Loss = 0.125');
    const { readings } = expectFormat('epoch-step-loss', text, {
      epoch: `grep '^Epoch' | awk -F'[ /]' '{print $2}'`,
      totalEpochs: `grep '^Epoch' | awk -F'[ /]' '{print $3}'`,
      step: tailOf('Step '),
      loss: tailOf('Loss = '),
    });
    expect(readings.at(-1)?.figures).toMatchObject({ step: 160, loss: 0.125, epoch: 3 });
  });

  it('may have steps that begin again with each epoch, which is no restart', () => {
    const text = [1, 2, 3].flatMap((epoch) =>
      [0, 50, 100].map((step) => `Epoch ${epoch}/3 Step ${step} Loss = 0.5`),
    );
    const log = parsed(lines(...text));
    expect(log.state).toMatchObject({ attempts: 1, figures: { epoch: 3, step: 100, stepScope: 'epoch' } });
  });
});

describe('one line a step', () => {
  it('of nanoGPT', () => {
    const text = lines(
      'step 0: train loss 4.3, val loss 4.25',
      'iter 0: loss 4.5, time 50000.50ms, mfu -100.00%',
      'saving checkpoint to out',
      'iter 10: loss 3.25, time 50.50ms, mfu 12.00%',
    );
    const log = expectFormat('nanogpt', text, {
      step: tailOf('iter '),
      loss: `grep -o ': loss [0-9.]*' | tail -1 | cut -d' ' -f3`,
      valLoss: tailOf('val loss '),
      stepS: `grep -o 'time [0-9.]*' | tail -1 | awk '{print $2 / 1000}'`,
    });
    expect(kinds(log)).toEqual(['format', 'checkpoint']);
  });

  it('of minGPT, where the last line was cut off', () => {
    const text =
      'iter_dt 0.00ms; iter 0: train loss 2.5\niter_dt 80.50ms; iter 10: train loss 2.25\niter_dt 319.05ms; ';
    expectFormat('mingpt', text, {
      step: `awk '/train loss/ {print $4 + 0}'`,
      loss: `awk '/train loss/ {print $NF}'`,
      stepS: `awk '/train loss/ {print ($2 + 0) / 1000}'`,
    });
  });

  it('of modded-nanogpt, with validation on lines of its own and seconds or milliseconds', () => {
    const text = lines(
      'step:1/200 train_loss:9.5 train_time:1500ms step_avg:nanms',
      'step:2/200 train_loss:9.25 train_time:3000ms step_avg:1500.00ms',
      'step:2/200 val_loss:9.125 train_time:3100ms step_avg:1550.00ms',
    );
    expectFormat('modded-nanogpt', text, {
      step: `tail -1 | awk -F'[:/ ]' '{print $2}'`,
      totalSteps: `tail -1 | awk -F'[:/ ]' '{print $3}'`,
      loss: tailOf('train_loss:'),
      valLoss: tailOf('val_loss:'),
      elapsedS: `grep -o 'train_time:[0-9]*' | tail -1 | awk -F: '{print $2 / 1000}'`,
    });
  });

  it('of Megatron-LM, with validation, checkpoints and a loss that is not a number', () => {
    const text = lines(
      ' iteration       10/    1000 | consumed samples:  640 | elapsed time per iteration (ms): 1250.5 | learning rate: 1.5E-04 | global batch size:  64 | lm loss: 2.5E+00 | loss scale: 1.0 | grad norm: 1.25 | number of skipped iterations:   0 |',
      ' validation loss at iteration 10 | lm loss value: 2.625E+00 | lm loss PPL: 1.38E+01 |',
      '  successfully saved checkpoint at iteration      10 to /out/ckpt',
      ' iteration       20/    1000 | consumed samples: 1280 | elapsed time per iteration (ms): 1200.5 | learning rate: 1.4E-04 | global batch size:  64 | lm loss: nan | loss scale: 1.0 | grad norm: nan | number of skipped iterations:   0 |',
    );
    const log = expectFormat('megatron', text, {
      step: `awk '$1 == "iteration" {print $2 + 0}'`,
      totalSteps: `awk '$1 == "iteration" {print $3 + 0}'`,
      learningRate: tailOf('learning rate: '),
      stepS: `grep -o '(ms): [0-9.]*' | tail -1 | awk '{print $2 / 1000}'`,
      valLoss: tailOf('lm loss value: '),
    });
    expect(log.state.figures.loss).toBeNaN();
    expect(log.state.figures.gradNorm).toBeNaN();
    expect(log.events).toContainEqual(
      expect.objectContaining({ kind: 'checkpoint', step: 10, path: '/out/ckpt' }),
    );
  });

  it('of DeepSpeed, in its three kinds', () => {
    const text = lines(
      '[2026-01-05 10:00:00,100] [INFO] [logging.py:96:log_dist] [Rank 0] step=10, skipped=0, lr=[1.5e-05], mom=[(0.9, 0.999)]',
      '[2026-01-05 10:00:00,200] [INFO] [timer.py:215:stop] epoch=0/micro_step=20/global_step=10, RunningAvgSamplesPerSec=60.5, CurrSamplesPerSec=61.5, MemAllocated=5.5GB, MaxMemAllocated=7.5GB',
      'steps: 20 loss: 1.25 iter time (s): 0.5 samples/sec: 63.5',
    );
    const log = expectFormat('deepspeed', text, {
      step: tailOf('steps: '),
      loss: tailOf('loss: '),
      learningRate: `grep -o 'lr=\\[[0-9.e-]*' | cut -d'[' -f2`,
      memoryGb: tailOf('MaxMemAllocated='),
      stepS: `grep -o '(s): [0-9.]*' | cut -d' ' -f2`,
      throughput: `grep -o 'samples/sec: [0-9.]*' | cut -d' ' -f2`,
    });
    expect(log.readings[0]?.figures.loggedAtMs).toBe(Date.UTC(2026, 0, 5, 10, 0, 0, 100));
  });

  it('of mistral-finetune, where the total comes from the share that is done', () => {
    const text = lines(
      '2026-01-05 10:00:00 (UTC) - 0:02:11 - train - INFO - step: 000050 - done (%): 25.0 - loss: 0.875 - lr: 4.0e-06 - peak_alloc_mem (GB): 21.0 - alloc_mem (GB): 17.1 - words_per_second: 585.5 - avg_words_per_second: 500.0 - ETA: >2026-01-05 11:00:00',
      '2026-01-05 10:00:10 (UTC) - 0:02:21 - checkpointing - INFO - Done dumping checkpoint in /out/checkpoint_000050 for step: 50',
      '2026-01-05 10:00:20 (UTC) - 0:02:31 - train - INFO - step: 000050 - eval_perplexity: 1.75 - eval_loss: 0.5 - train_loss: 0.875',
    );
    const log = expectFormat('mistral-finetune', text, {
      step: `grep -o 'step: [0-9]*' | tail -1 | awk '{print $2 + 0}'`,
      totalSteps: `grep -o 'step: [0-9]* - done (%): [0-9.]*' | awk '{print $2 / $6 * 100}'`,
      loss: tailOf(' loss: '),
      valLoss: tailOf('eval_loss: '),
      throughput: tailOf(' words_per_second: '),
      memoryGb: tailOf('peak_alloc_mem (GB): '),
    });
    expect(log.events).toContainEqual(expect.objectContaining({ kind: 'checkpoint', step: 50 }));
  });

  it('of OLMo, a block of lines for a step', () => {
    const text = lines(
      '2026-01-05 10:00:00.100\tnode:0\tolmo.train:979\tINFO\t[step=7/500,epoch=0]',
      '    optim/total_grad_norm=1.25',
      '    train/CrossEntropyLoss=7.25',
      '    throughput/total_tokens=14,680,064',
      '    throughput/device/tokens_per_second=68,342',
      '    System/Peak GPU Memory (MB)=10,240',
    );
    const { state, readings } = expectFormat('olmo', text, {
      step: tailOf('step='),
      totalSteps: `grep -o '/[0-9]*,epoch' | tr -cd '0-9'`,
      loss: tailOf('CrossEntropyLoss='),
      gradNorm: tailOf('grad_norm='),
      tokens: `grep -o 'total_tokens=.*' | cut -d= -f2 | tr -d ,`,
      throughput: `grep -o 'tokens_per_second=.*' | cut -d= -f2 | tr -d ,`,
      memoryGb: `grep -o '(MB)=.*' | cut -d= -f2 | tr -d , | awk '{print $1 / 1024}'`,
    });
    expect(state.figures.epoch).toBe(0);
    expect(readings.every(({ figures }) => figures.step === 7)).toBe(true);
  });
});
