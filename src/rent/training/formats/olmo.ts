// OLMo: a line `[step=66/10000,epoch=0]`, then one indented line for each figure. The block is given when its next line
// is none of it, or at its loss where the loss comes: a block that is still being written is already worth a look.
import { emptyFigures, type Figures } from '../parser/figures.ts';
import { readKeyValues } from '../parser/key-values.ts';
import { type Finding, type LogFormat, SEEN } from '../parser/log-format.ts';

const HEAD = /\[step=(\d+)\/(\d+)(?:,epoch=(\d+))?\]\s*$/;

export const olmo: LogFormat = {
  name: 'olmo',
  rank: 'own',
  start() {
    let isInside = false;
    return (line): Finding | null => {
      if (line.includes('[step=')) {
        const head = HEAD.exec(line);
        if (!head) return null;
        isInside = true;
        const figures = emptyFigures();
        figures.step = Number(head[1]);
        figures.totalSteps = Number(head[2]);
        if (head[3] !== undefined) figures.epoch = Number(head[3]);
        return { kind: 'figures', figures };
      }
      if (line.includes('Checkpoint saved to ')) {
        return { kind: 'checkpoint', ...savedAt(line.slice(line.indexOf('saved to ') + 9).trim()) };
      }
      if (line.includes('Saving model state')) return { kind: 'pause', pause: 'checkpoint' };
      if (!isInside) return null;
      if (!line.startsWith('    ')) {
        isInside = false;
        return null;
      }
      if (line.includes('eval/')) return { kind: 'pause', pause: 'evaluation' };
      const figures: Figures = emptyFigures();
      // The rest of the block's figures are of the step at its head.
      return readKeyValues(line, figures, { others: 'keep' }) > 0 || figures.custom
        ? { kind: 'figures', figures }
        : SEEN;
    };
  },
};

function savedAt(path: string): { readonly path: string; readonly step: number | undefined } {
  const step = /step(\d+)/.exec(path)?.[1];
  return { path, step: step === undefined ? undefined : Number(step) };
}
