// Megatron-LM and Megatron-DeepSpeed: ` iteration 62/ 1000 | elapsed time per iteration (ms): 125247.8 | lm loss: 2.0E+01 |`.
import { emptyFigures } from '../parser/figures.ts';
import { readKeyValues } from '../parser/key-values.ts';
import type { Finding, LogFormat } from '../parser/log-format.ts';

const ITERATION = /^\s*(?:\[[^\]]*\]\s*)?iteration\s+(\d+)\/\s*(\d+)\s*\|/;
const VALIDATION = /validation loss at (?:iteration (\d+)|the end)/;
const SAVED = /successfully saved checkpoint (?:at|from) iteration\s+(\d+)(?:\s+to\s+(\S+))?/;

export const megatron: LogFormat = {
  name: 'megatron',
  rank: 'own',
  start:
    () =>
    (line): Finding | null => {
      if (line.includes(' iteration')) {
        if (ITERATION.test(line)) {
          const figures = emptyFigures();
          readKeyValues(line, figures, { others: 'keep' });
          return { kind: 'figures', figures };
        }
        const saved = SAVED.exec(line);
        if (saved) return { kind: 'checkpoint', step: Number(saved[1]), path: saved[2] };
      }
      if (line.includes('validation loss at')) {
        const match = VALIDATION.exec(line);
        const loss = /lm loss value:\s*(\S+)/.exec(line)?.[1];
        if (!match || loss === undefined) return null;
        const figures = emptyFigures();
        if (match[1] !== undefined) figures.step = Number(match[1]);
        figures.valLoss = Number(loss);
        return { kind: 'figures', figures };
      }
      if (line.startsWith('time (ms) |') && line.includes('save-checkpoint')) return { kind: 'checkpoint' };
      return null;
    },
};
