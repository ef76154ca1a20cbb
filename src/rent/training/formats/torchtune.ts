// torchtune: a bar `1|25|Loss: 1.234:  10%|█| 25/250 [...]` (epoch, step, loss) and the lines of its disk log,
// `Step 25 | loss:1.234 lr:2e-05 tokens_per_second_per_gpu:1000 peak_memory_active:10.5`.
import { emptyFigures } from '../parser/figures.ts';
import { readKeyValues } from '../parser/key-values.ts';
import type { Finding, LogFormat } from '../parser/log-format.ts';
import { numberOf } from '../parser/numbers.ts';
import { readBar } from './tqdm-bar.ts';

const TITLE = /^(\d+)\|(\d+)\|Loss: (\S+)$/;
const DISK = /^Step \d+ \| loss:/;
const SAVED = /(?:Model|Recipe) checkpoint of size .* saved to (\S+)/;

export const torchtune: LogFormat = {
  name: 'torchtune',
  rank: 'own',
  start:
    () =>
    (line): Finding | null => {
      const figures = emptyFigures();
      if (line.startsWith('Step ') && DISK.test(line)) {
        readKeyValues(line, figures, { others: 'keep' });
        return { kind: 'figures', figures };
      }
      if (line.includes('checkpoint of size')) {
        const saved = SAVED.exec(line);
        return saved ? { kind: 'checkpoint', path: saved[1] } : null;
      }
      if (!line.includes('|Loss: ')) return null;
      const bar = readBar(line);
      const title = bar && TITLE.exec(bar.title);
      if (!title) return null;
      // It counts epochs from 1 here, and its own step number goes on through them, as the bar does not.
      figures.epoch = Number(title[1]);
      figures.step = Number(title[2]);
      figures.loss = numberOf(title[3] as string);
      figures.stepS = bar.stepS;
      figures.remainingS = bar.remainingS;
      if (figures.epoch <= 1) figures.elapsedS = bar.elapsedS;
      if (figures.step === bar.step) figures.totalSteps = bar.total;
      return { kind: 'figures', figures };
    },
};
