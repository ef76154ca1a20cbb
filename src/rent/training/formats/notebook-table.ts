// The progress of transformers in a notebook, as text: `[25/25 09:25, Epoch 0/1]`, then a table `Step⇥Training Loss`.
import { type Finding, type LogFormat, SEEN } from '../parser/log-format.ts';
import { clockSeconds } from '../parser/numbers.ts';
import { type Column, readHeader, readRow } from './delimited-row.ts';

const HEAD =
  /^\s*\[\s*(\d+)\/(\d+) ([\d:]+)(?: < ([\d:]+))?, (?:[\d.]+ (?:it\/s|s\/it), )?Epoch ([\d.]+)\/(\d+)\]/;

export const notebookTable: LogFormat = {
  name: 'notebook-table',
  rank: 'own',
  start() {
    let head: {
      readonly totalSteps: number;
      readonly totalEpochs: number;
      readonly stepS: number | undefined;
    } | null = null;
    let columns: readonly Column[] | null = null;
    return (line): Finding | null => {
      const match = line.includes(', Epoch ') ? HEAD.exec(line) : null;
      if (match) {
        const [, step, total, elapsed = '', , , epochs] = match;
        const seconds = clockSeconds(elapsed);
        const stepS = Number(step) > 0 && seconds !== undefined ? seconds / Number(step) : undefined;
        head = { totalSteps: Number(total), totalEpochs: Number(epochs), stepS };
        columns = null;
        // It stands above its table and tells the state at the end of it, so its step is not a reading of its own.
        return { kind: 'settings', totalSteps: head.totalSteps, totalEpochs: head.totalEpochs };
      }
      if (head === null || !line.includes('\t')) return null;
      if (columns !== null) {
        const figures = readRow(line, '\t', columns);
        if (figures) {
          figures.totalSteps = head.totalSteps;
          figures.totalEpochs = head.totalEpochs;
          figures.stepS = head.stepS;
          if (figures.step !== undefined)
            figures.epoch ??= (figures.step / head.totalSteps) * head.totalEpochs;
          return { kind: 'figures', figures };
        }
      }
      columns = readHeader(line, '\t');
      return columns === null ? null : SEEN;
    };
  },
};
