// Keras' model.fit: `Epoch 1/100`, then a bar that is overwritten until the epoch is done:
// `1407/1407 [=====] - 20s 13ms/step - loss: 1.9 - val_loss: 1.8`, with `━` and no brackets from Keras 3 on.
import { emptyFigures } from '../parser/figures.ts';
import { readKeyValues } from '../parser/key-values.ts';
import { type Finding, type LogFormat, SEEN } from '../parser/log-format.ts';

const EPOCH = /^Epoch (\d+)\/(\d+)\s*$/;
const BAR =
  /^\s*(\d+)\/(\d+) (?:\[[=>.]+\]|[━─╸╺ ]+)\s*-?\s*(?:(?:ETA: )?([\d:hms]+)?)?\s*(?:([\d.]+)(us|µs|ms|s)\/(?:step|epoch|sample))?/;

const UNIT_S: Readonly<Record<string, number>> = { us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1 };

export const keras: LogFormat = {
  name: 'keras',
  rank: 'own',
  start() {
    let epoch: readonly [number, number] | undefined;
    let isEpochDone = false;
    return (line): Finding | null => {
      if (line.startsWith('Epoch ')) {
        const match = EPOCH.exec(line);
        if (!match) return null;
        epoch = [Number(match[1]), Number(match[2])];
        isEpochDone = false;
        // Not only Keras writes this: the bar decides.
        return null;
      }
      const bar = looksLikeBar(line) ? BAR.exec(line) : null;
      if (!bar) return null;
      // Without an epoch begun, or after it is done, this is `evaluate` or `predict`. The full bar of an epoch may come
      // twice: the figures of the validation data are added to it.
      if (epoch === undefined || (isEpochDone && !line.includes('val_'))) {
        return line.includes('loss') ? { kind: 'pause', pause: 'evaluation' } : SEEN;
      }
      const figures = emptyFigures();
      readKeyValues(line, figures, { from: bar[0].length, others: 'keep' });
      [figures.epoch, figures.totalEpochs] = epoch;
      figures.step = Number(bar[1]);
      figures.totalSteps = Number(bar[2]);
      figures.stepScope = 'epoch';
      if (bar[4] !== undefined) figures.stepS = Number(bar[4]) * (UNIT_S[bar[5] ?? 's'] ?? 1);
      isEpochDone = figures.step >= figures.totalSteps && !line.includes('ETA:');
      // Milliseconds a step are rounded to whole ones; the seconds of an epoch say more where it is long.
      const seconds = Number(/^(\d+)s$/.exec(bar[3] ?? '')?.[1] ?? 0);
      if (isEpochDone && seconds >= 10) figures.stepS = seconds / figures.step;
      return { kind: 'figures', figures };
    };
  },
};

/** Digits, a slash and digits, then a bar. */
function looksLikeBar(line: string): boolean {
  return (
    line.includes('=]') ||
    line.includes('>.') ||
    line.includes('━') ||
    line.includes('[>') ||
    line.includes('..]')
  );
}
