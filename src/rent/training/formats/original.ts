// `Epoch i/N`, `Step n`, `Loss = x`, on one line or on three: what the first training monitor for Vast.ai read.
import { emptyFigures } from '../parser/figures.ts';
import { readKeyValues } from '../parser/key-values.ts';
import { type LogFormat, SEEN } from '../parser/log-format.ts';

const EPOCH = /^(?:\W*)Epoch:?\s+(\d+)\s*\/\s*(\d+)\s*(?:$|[,|;:-])/;
const STEP = /^Step:?\s+(\d+)(?:\s*\/\s*\d+)?\s*(?:$|[,|;:-]\s)/;
const LOSS = /\bLoss\s*=\s*\S/;

export const original: LogFormat = {
  name: 'epoch-step-loss',
  rank: 'own',
  start() {
    let hasEpoch = false;
    return (line) => {
      const isEpoch = line.includes('Epoch') && EPOCH.test(line);
      const isStep = !isEpoch && line.startsWith('Step') && STEP.test(line);
      const hasLoss = line.includes('Loss') && LOSS.test(line);
      if (isEpoch && !hasLoss && !line.includes('Step')) {
        // Keras writes `Epoch 1/5` alone too. A line with a step or a loss decides.
        hasEpoch = true;
        return null;
      }
      if (!isStep && !hasLoss) return null;
      if (!isEpoch && !hasEpoch && !isStep) return null;
      const figures = emptyFigures();
      return readKeyValues(line, figures, { others: 'keep' }) > 0 ? { kind: 'figures', figures } : SEEN;
    };
  },
};
