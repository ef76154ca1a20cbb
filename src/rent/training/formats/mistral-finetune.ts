// mistral-finetune: `step: 000001 - done (%): 1.0 - loss: 0.874 - lr: 4.0e-06 - words_per_second: 585.7 - ETA: >…`.
import { emptyFigures } from '../parser/figures.ts';
import { readKeyValues } from '../parser/key-values.ts';
import type { Finding, LogFormat } from '../parser/log-format.ts';

const DONE = / - done \(%\): ([\d.]+)/;
const SAVED = /Done dumping checkpoint in (\S+) for step: (\d+)/;

export const mistralFinetune: LogFormat = {
  name: 'mistral-finetune',
  rank: 'own',
  start() {
    let totalSteps: number | undefined;
    return (line): Finding | null => {
      if (line.includes('args: TrainArgs(')) {
        const max = /\bmax_steps=(\d+)/.exec(line)?.[1];
        totalSteps = max === undefined ? undefined : Number(max);
        return { kind: 'settings', totalSteps };
      }
      if (line.includes('checkpointing - INFO')) {
        const saved = SAVED.exec(line);
        if (saved) return { kind: 'checkpoint', path: saved[1], step: Number(saved[2]) };
        return line.includes('Dumping checkpoint') ? { kind: 'pause', pause: 'checkpoint' } : null;
      }
      if (line.includes('- eval - INFO')) return { kind: 'pause', pause: 'evaluation' };
      const from = line.indexOf('step: ');
      const isEvaluated = line.includes(' - eval_loss: ');
      if (from < 0 || !(isEvaluated || line.includes(' - done (%): '))) return null;
      const figures = emptyFigures();
      readKeyValues(line, figures, { from, others: 'keep' });
      const share = Number(DONE.exec(line)?.[1] ?? 0);
      delete figures.custom?.['done (%)'];
      // One part in a thousand is what `done` is rounded to: good enough only where the settings were not seen.
      if (totalSteps === undefined && share >= 1 && figures.step !== undefined) {
        figures.totalSteps = Math.round((figures.step / share) * 100);
      }
      return { kind: 'figures', figures };
    };
  },
};
