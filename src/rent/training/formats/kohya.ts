// The scripts of kohya-ss: a bar `steps:  12%|█▏| 120/1000 [02:00<14:40, 1.00it/s, avr_loss=0.123]` and `epoch 1/10`.
import { emptyFigures } from '../parser/figures.ts';
import { readKeyValues } from '../parser/key-values.ts';
import type { Finding, LogFormat } from '../parser/log-format.ts';
import { readBar } from './tqdm-bar.ts';

const EPOCH = /^epoch (\d+)\/(\d+)$/;

export const kohya: LogFormat = {
  name: 'kohya',
  rank: 'own',
  start() {
    let epoch: readonly [number, number] | undefined;
    return (line): Finding | null => {
      if (line.startsWith('epoch ')) {
        const match = EPOCH.exec(line.trim());
        if (match) epoch = [Number(match[1]), Number(match[2])];
        // Others write such a line too: the bar decides.
        return null;
      }
      if (line.startsWith('saving checkpoint: ')) return { kind: 'checkpoint', path: line.slice(19).trim() };
      if (!line.startsWith('steps:')) return null;
      const bar = readBar(line);
      if (!bar) return null;
      const figures = emptyFigures();
      readKeyValues(` ${bar.postfix}`, figures, { others: 'keep' });
      figures.step = bar.step;
      figures.totalSteps = bar.total;
      figures.elapsedS = bar.elapsedS;
      figures.remainingS = bar.remainingS;
      figures.stepS = bar.stepS;
      [figures.epoch, figures.totalEpochs] = epoch ?? [undefined, undefined];
      return { kind: 'figures', figures };
    };
  },
};
