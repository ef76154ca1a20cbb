// Programs built on the Trainer of transformers: the same dictionaries, told apart by their own lines.
import { describe, expect, it } from 'vitest';
import { kinds, parsed } from '../a-log.ts';
import { expectFormat } from './a-format-case.ts';

const DICTS = `{'loss': 2.1, 'grad_norm': 1.5, 'learning_rate': 5e-05, 'epoch': 0.5}
{'loss': 1.9, 'grad_norm': 1.25, 'learning_rate': 2.5e-05, 'epoch': 1.0}
{'eval_loss': 1.95, 'eval_runtime': 3.2, 'eval_samples_per_second': 31.1, 'epoch': 1.0}
{'loss': 1.7, 'grad_norm': 1.125, 'learning_rate': 1e-05, 'epoch': 1.5}
`;
const ofLast = (key: string) => `grep -o "'${key}': [0-9.e-]*" | tail -1 | cut -d' ' -f2`;
const DICT_FIGURES = {
  loss: ofLast('loss'),
  gradNorm: ofLast('grad_norm'),
  learningRate: ofLast('learning_rate'),
  valLoss: ofLast('eval_loss'),
  epoch: ofLast('epoch'),
};

describe('the Trainer', () => {
  it('is known by its dictionaries, and the bar between them gives the steps', () => {
    const bar = (step: number) => `\r ${step}%|██▌       | ${step}/100 [00:${step}<02:00,  1.00s/it]`;
    const [first, second, evaluation, third] = DICTS.split('\n');
    const text = `${bar(25)}\r${first}\n${bar(50)}\r${second}\n${evaluation}\n${bar(52)}\r\n${bar(75)}\r${third}\n`;
    const log = expectFormat('hf-trainer', text, {
      ...DICT_FIGURES,
      step: `tr '\\r' '\\n' | grep -o '| [0-9]*/' | tail -1 | tr -cd '0-9'`,
      totalSteps: `grep -o '/100 ' | tail -1 | tr -cd '0-9'`,
    });
    const losses = log.readings.filter(({ figures }) => figures.loss !== undefined);
    expect(losses.map(({ figures }) => figures.step)).toEqual([25, 50, 75]);
  });

  it('gives the step of a dictionary from its epoch where the totals are told and no bar is', () => {
    const text = `  Num Epochs = 2\n  Total optimization steps = 1,000\n${DICTS}`;
    const { readings } = expectFormat('hf-trainer', text, DICT_FIGURES);
    expect(readings.map(({ figures }) => figures.step)).toEqual([250, 500, 500, 750]);
  });

  it('takes figures written as text, and NaN for a value', () => {
    const { state } = parsed(
      "{'loss': '0.5', 'learning_rate': '2e-05', 'epoch': '0.1'}\n{'loss': nan, 'epoch': 0.2}\n",
    );
    expect(state.figures.loss).toBeNaN();
    expect(state.figures.learningRate).toBe(2e-5);
  });

  it('does not take the mean over the run, told at its end, for the last loss', () => {
    const log = parsed(`${DICTS}{'train_runtime': 60.0, 'train_loss': 1.9, 'epoch': 2.0}\n`);
    expect(log.state.figures.loss).toBe(1.7);
    expect(log.state.isFinished).toBe(true);
    expect(kinds(log)).toEqual(['format', 'finished']);
  });

  it('tells of evaluation and of checkpoints with their step', () => {
    const log = parsed(
      `${DICTS}***** Running Evaluation *****\nSaving model checkpoint to out/checkpoint-500\n`,
    );
    expect(log.events).toContainEqual(expect.objectContaining({ kind: 'pause', pause: 'evaluation' }));
    expect(log.events).toContainEqual(
      expect.objectContaining({ kind: 'checkpoint', step: 500, path: 'out/checkpoint-500' }),
    );
  });
});

describe('its flavours', () => {
  it('are LLaMA-Factory where a line of its own came before', () => {
    const text = `[INFO|2026-01-05 10:00:00] llamafactory.train.sft:157 >> Start\n${DICTS}`;
    expectFormat('llama-factory', text, DICT_FIGURES);
  });

  it('are LLaMA-Factory in its trainer_log.jsonl, with times in hours', () => {
    const text = `{"current_steps": 10, "total_steps": 50, "loss": 2.2, "lr": 1e-06, "epoch": 0.2, "percentage": 20.0, "elapsed_time": "0:00:32", "remaining_time": "0:02:08"}
{"current_steps": 20, "total_steps": 50, "loss": 2.0, "lr": 2e-06, "epoch": 0.4, "percentage": 40.0, "elapsed_time": "1:01:03", "remaining_time": "1 day, 1:00:00"}
`;
    const of = (key: string) => `grep -o '"${key}": [0-9.e-]*' | tail -1 | cut -d' ' -f2`;
    const log = expectFormat('llama-factory', text, {
      step: of('current_steps'),
      totalSteps: of('total_steps'),
      loss: of('loss'),
      learningRate: of('lr'),
      epoch: of('epoch'),
      elapsedS: `grep -o '"elapsed_time": "[0-9:]*' | tail -1 | cut -d'"' -f4 | awk -F: '{print $1 * 3600 + $2 * 60 + $3}'`,
    });
    expect(log.state.figures.remainingS).toBe(90_000);
  });

  it('are Axolotl, whose marker may come after the first figures', () => {
    const [first, ...rest] = DICTS.split('\n');
    const text = `${first}\n[2026-01-05 10:00:00,000] [INFO] [axolotl.train:90] [PID:1] [RANK:0] Starting\n${rest.join('\n')}`;
    const log = expectFormat('axolotl', text, DICT_FIGURES);
    expect(log.events.filter(({ kind }) => kind === 'format')).toEqual([
      expect.objectContaining({ format: 'hf-trainer' }),
      expect.objectContaining({ format: 'axolotl' }),
    ]);
  });

  it('are Unsloth, whose banner tells the totals', () => {
    const text = `==((====))==  Unsloth 2026.1 - 2x faster free finetuning | Num GPUs used = 1
   \\\\   /|    Num examples = 1,000 | Num Epochs = 3 | Total steps = 60
${DICTS}`;
    const log = expectFormat('unsloth', text, {
      ...DICT_FIGURES,
      totalSteps: `grep -o 'Total steps = [0-9]*' | cut -d' ' -f4`,
      totalEpochs: `grep -o 'Num Epochs = [0-9]*' | cut -d' ' -f4`,
    });
    expect(log.readings.map(({ figures }) => figures.step)).toEqual([10, 20, 20, 30]);
  });
});
