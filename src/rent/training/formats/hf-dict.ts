// The dictionary that the Trainer of transformers prints, which many programs built on it print too.
import { emptyFigures } from '../parser/figures.ts';
import { readKeyValues } from '../parser/key-values.ts';
import type { Finding } from '../parser/log-format.ts';
import { readBar } from './tqdm-bar.ts';

/** `{'loss': 1.09, 'grad_norm': 0.4, 'learning_rate': 2e-05, 'epoch': 0.1}`, anywhere in a line. */
export function readHfDict(line: string): Finding | null {
  const open = line.indexOf("{'");
  if (open < 0 || !line.includes("'epoch'", open)) return null;
  // The means over the whole run, once at its end: not the last loss of it.
  if (line.includes("'train_runtime'", open)) return { kind: 'finished' };
  if (!line.includes("loss'", open)) return null;
  const figures = emptyFigures();
  readKeyValues(line, figures, { from: open + 1, others: 'keep' });
  if (figures.loss === undefined && figures.valLoss === undefined) return null;
  // Where both streams go to one file, the dictionary may stand behind the bar on its line.
  const bar = open > 0 ? readBar(line) : null;
  if (bar) {
    figures.step = bar.step;
    figures.totalSteps = bar.total;
  }
  return { kind: 'figures', figures };
}

const TOTAL_STEPS = /Total (?:optimization )?steps\s*=\s*([\d,]+)/;
const NUM_EPOCHS = /Num Epochs\s*=\s*([\d,]+)/;
const SAVING = /Saving model checkpoint to (\S+)/;

/** What the Trainer says around its steps: the totals, evaluation, checkpoints. */
export function readHfBanner(line: string): Finding | null {
  if (line.includes('Num Epochs') || (line.includes('otal') && line.includes('teps'))) {
    const totalSteps = number(TOTAL_STEPS.exec(line)?.[1]);
    const totalEpochs = number(NUM_EPOCHS.exec(line)?.[1]);
    if (totalSteps !== undefined || totalEpochs !== undefined)
      return { kind: 'settings', totalSteps, totalEpochs };
  }
  if (line.includes('***** Running Evaluation') || line.includes('***** Running Prediction')) {
    return { kind: 'pause', pause: 'evaluation' };
  }
  if (line.includes('Saving model checkpoint to')) {
    const path = SAVING.exec(line)?.[1];
    return { kind: 'checkpoint', path, step: number(/checkpoint-(\d+)/.exec(path ?? '')?.[1]) };
  }
  return null;
}

function number(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text.replaceAll(',', ''));
}
