// minGPT: `iter_dt 78.12ms; iter 10: train loss 2.11295`.
import { emptyFigures } from '../parser/figures.ts';
import type { LogFormat } from '../parser/log-format.ts';
import { numberOf } from '../parser/numbers.ts';

const LINE = /^iter_dt ([\d.]+)ms; iter (\d+): train loss (\S+)/;

export const mingpt: LogFormat = {
  name: 'mingpt',
  rank: 'own',
  start: () => (line) => {
    if (!line.startsWith('iter_dt ')) {
      return line.startsWith('saving model with new top score') ? { kind: 'checkpoint' } : null;
    }
    const match = LINE.exec(line);
    if (!match) return null;
    const figures = emptyFigures();
    const stepS = Number(match[1]) / 1_000;
    // The first is the time of no step.
    if (stepS > 0) figures.stepS = stepS;
    figures.step = Number(match[2]);
    figures.loss = numberOf(match[3] as string);
    return { kind: 'figures', figures };
  },
};
