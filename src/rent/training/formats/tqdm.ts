// A tqdm bar of any program: steps and times, and what it shows behind the rate.
import { emptyFigures } from '../parser/figures.ts';
import { readKeyValues } from '../parser/key-values.ts';
import { type Finding, type LogFormat, SEEN } from '../parser/log-format.ts';
import { barPurpose, readBar } from './tqdm-bar.ts';

/** States of another total in a row after which that bar is the training's. */
const OTHER_STATES_MAX = 200;
const EPOCH = /epoch\s*:?\s*\[?(\d+)(?:\s*(?:\/|of)\s*(\d+))?/i;

export const tqdm: LogFormat = {
  name: 'tqdm',
  rank: 'bar',
  start() {
    let total: number | undefined;
    let step = 0;
    let others = 0;

    /** A nameless bar with another total while the training's is under way is that of an evaluation. */
    const isOtherBar = (barTotal: number): boolean => {
      if (total === undefined || barTotal === total) return false;
      others += 1;
      const isDone = step >= total;
      return others <= OTHER_STATES_MAX && !(isDone && barTotal > total);
    };

    return (line): Finding | null => {
      const bar = readBar(line);
      if (!bar) return null;
      const purpose = barPurpose(bar);
      if (purpose === 'other') return SEEN;
      if (purpose === 'evaluation' || isOtherBar(bar.total)) return { kind: 'pause', pause: 'evaluation' };
      ({ total, step } = bar);
      others = 0;
      const figures = emptyFigures();
      if (bar.postfix !== '') readKeyValues(` ${bar.postfix}`, figures, { others: 'keep' });
      const epoch = bar.title === '' ? null : EPOCH.exec(bar.title);
      if (epoch) {
        figures.epoch = Number(epoch[1]);
        if (epoch[2] !== undefined) figures.totalEpochs = Number(epoch[2]);
        figures.stepScope = 'epoch';
      }
      figures.step = bar.step;
      figures.totalSteps = bar.total;
      figures.elapsedS = bar.elapsedS;
      figures.remainingS = bar.remainingS;
      figures.stepS = bar.stepS;
      return { kind: 'figures', figures };
    };
  },
};
