// A line of names and numbers of no format that we know: taken where it has a loss, or a step or an epoch of a total.
import { emptyFigures, type Figures } from '../parser/figures.ts';
import { readKeyValues } from '../parser/key-values.ts';
import type { LogFormat } from '../parser/log-format.ts';
import { printedEta } from '../parser/printed-eta.ts';

const HINT = /loss|epoch|step|iter|\bep\b|\blr\b|batch|updates?\b/i;
/** Longer ones are texts and dumps. */
const LINE_MAX = 2_000;

export const generic: LogFormat = {
  name: 'generic',
  rank: 'generic',
  start: () => (line) => {
    if (line.length > LINE_MAX || !HINT.test(line)) return null;
    const figures = emptyFigures();
    if (readKeyValues(line, figures, { others: 'keep' }) === 0) return null;
    const { epoch, totalEpochs, step, totalSteps, loss, valLoss } = figures;
    const hasProgress =
      (step !== undefined && totalSteps !== undefined) || (epoch !== undefined && totalEpochs !== undefined);
    // A loss alone may stand in a configuration (`loss: 1`), a step alone in any sentence.
    const hasLoss =
      (loss ?? valLoss) !== undefined && ((step ?? epoch) !== undefined || isMostlyFigures(line));
    if (!hasProgress && !hasLoss) return null;
    // `Epoch [1/5], Step [100/600]`: with both totals on a line, the steps are those of an epoch.
    if (totalEpochs !== undefined && totalEpochs > 1 && totalSteps !== undefined) figures.stepScope = 'epoch';
    // Some print it of the epoch and some of the run: where steps are those of an epoch, nobody knows of which.
    if (figures.stepScope === 'run') putEta(line, figures);
    return { kind: 'figures', figures };
  },
};

function putEta(line: string, figures: Figures): void {
  const remainingS = printedEta(line);
  if (remainingS === undefined) return;
  figures.remainingS = remainingS;
  // Its hours were taken for a figure.
  for (const name of Object.keys(figures.custom ?? {})) if (ETA.test(name)) delete figures.custom?.[name];
}

const ETA = /\beta$|remaining|time.?left/i;

/** `loss = 0.5`, `train loss 0.51 acc 0.9`: no more words than figures have names. */
function isMostlyFigures(line: string): boolean {
  const words = line.match(/[A-Za-z_]{2,}/g)?.length ?? 0;
  const numbers = line.match(/\d+(?:\.\d+)?(?:e[-+]?\d+)?|\bnan\b|\binf\b/gi)?.length ?? 0;
  return words <= 3 * numbers && /\d\.\d|\bnan\b|\binf/i.test(line);
}
