// PyTorch Lightning: `Epoch 0:  50%|█████| 100/200 [00:10<00:10, 10.0it/s, v_num=0, train_loss=0.5]`, the same from
// its rich bar, and what its callbacks say of checkpoints.
import { emptyFigures, type Figures } from '../parser/figures.ts';
import { readKeyValues } from '../parser/key-values.ts';
import { type Finding, type LogFormat, SEEN } from '../parser/log-format.ts';
import { clockSeconds } from '../parser/numbers.ts';
import { readBar } from './tqdm-bar.ts';

const TITLE = /^Epoch (\d+)$/;
const RICH =
  /^Epoch (\d+)\/(\d+|-2)\s+[━╸╺ ]+\s*(\d+)\/(\d+)\s+(\d+:\d+:\d+)\s+•\s+(\S+)\s+([\d.]+)it\/s(.*)$/;
const GLOBAL_STEP = /^Epoch (\d+), global step (\d+): .*saving model to '?([^' ]+)/;

export const lightning: LogFormat = {
  name: 'lightning',
  rank: 'own',
  start:
    () =>
    (line): Finding | null => {
      if (line.startsWith('Validation') || line.startsWith('Sanity Checking')) {
        if (!line.includes('DataLoader')) return null;
        return line.startsWith('V') ? { kind: 'pause', pause: 'evaluation' } : SEEN;
      }
      if (line.startsWith('`Trainer.fit` stopped')) return { kind: 'finished' };
      if (!line.startsWith('Epoch ')) return null;
      const saved = GLOBAL_STEP.exec(line);
      if (saved) return { kind: 'checkpoint', step: Number(saved[2]), path: saved[3] };
      const bar = readBar(line);
      if (!bar) return readRich(line);
      const title = TITLE.exec(bar.title);
      // Other programs name their bars so too; `v_num` and spaced rates are Lightning's.
      if (!title || !/\bv_num=|train_loss/.test(bar.postfix)) return null;
      const figures = begin(bar.postfix);
      figures.epoch = Number(title[1]);
      figures.step = bar.step;
      figures.totalSteps = bar.total;
      figures.elapsedS = bar.elapsedS;
      figures.remainingS = bar.remainingS;
      figures.stepS = bar.stepS;
      return { kind: 'figures', figures };
    },
};

function readRich(line: string): Finding | null {
  if (!line.includes('•')) return null;
  const match = RICH.exec(line);
  if (!match) return null;
  const [, epoch, last, step, total, elapsed = '', remaining = '', rate, rest = ''] = match;
  const figures = begin(rest);
  figures.epoch = Number(epoch);
  // It counts epochs from 0 and shows the last one's number.
  if (last !== '-2') figures.totalEpochs = Number(last) + 1;
  figures.step = Number(step);
  figures.totalSteps = Number(total);
  figures.elapsedS = clockSeconds(elapsed);
  figures.remainingS = clockSeconds(remaining);
  if (Number(rate) > 0) figures.stepS = 1 / Number(rate);
  return { kind: 'figures', figures };
}

function begin(text: string): Figures {
  const figures = emptyFigures();
  readKeyValues(` ${text}`, figures, { others: 'keep' });
  figures.stepScope = 'epoch';
  figures.firstEpoch = 0;
  delete figures.custom?.v_num;
  return figures;
}
