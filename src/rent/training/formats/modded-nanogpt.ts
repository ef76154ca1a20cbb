// modded-nanogpt: `step:12/20344 train_loss:9.0298 train_time:3378ms step_avg:1695.46ms`, and the same with val_loss.
import { emptyFigures } from '../parser/figures.ts';
import type { LogFormat } from '../parser/log-format.ts';
import { numberOf } from '../parser/numbers.ts';

const LINE = /^step:(\d+)\/(\d+) (?:train_loss:(\S+) ?)?(?:val_loss:(\S+) ?)?train_time:([\d.]+)(ms|s)\b/;

export const moddedNanogpt: LogFormat = {
  name: 'modded-nanogpt',
  rank: 'own',
  start: () => (line) => {
    const match = line.startsWith('step:') ? LINE.exec(line) : null;
    if (!match) return null;
    const [, step, total, loss, valLoss, time, unit] = match;
    const figures = emptyFigures();
    figures.step = Number(step);
    figures.totalSteps = Number(total);
    if (loss !== undefined) figures.loss = numberOf(loss);
    if (valLoss !== undefined) figures.valLoss = numberOf(valLoss);
    // `step_avg` is the mean since the tenth step: the clock beside it tells what a step takes now.
    figures.elapsedS = Number(time) / (unit === 'ms' ? 1_000 : 1);
    return { kind: 'figures', figures };
  },
};
