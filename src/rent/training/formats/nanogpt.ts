// nanoGPT: `iter 10: loss 4.3210, time 50.12ms, mfu 12.00%` and `step 250: train loss 2.5, val loss 2.6`.
import { emptyFigures } from '../parser/figures.ts';
import { readKeyValues } from '../parser/key-values.ts';
import type { Finding, LogFormat } from '../parser/log-format.ts';

const ITER = /^iter (\d+): loss (\S+), time ([\d.]+)ms/;
const STEP = /^step (\d+): train loss (\S+), val loss/;

export const nanogpt: LogFormat = {
  name: 'nanogpt',
  rank: 'own',
  start:
    () =>
    (line): Finding | null => {
      if (line.startsWith('saving checkpoint to '))
        return { kind: 'checkpoint', path: line.slice(21).trim() };
      const match = line.startsWith('iter ')
        ? ITER.exec(line)
        : line.startsWith('step ')
          ? STEP.exec(line)
          : null;
      if (!match) return null;
      const figures = emptyFigures();
      readKeyValues(line, figures);
      if (match[3] !== undefined) figures.stepS = Number(match[3]) / 1_000;
      return { kind: 'figures', figures };
    },
};
