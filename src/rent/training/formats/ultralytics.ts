// Ultralytics YOLO (v8 and later): the loss is the sum of its `…_loss` columns, as it prints none of its own.
import type { Finding, LogFormat } from '../parser/log-format.ts';
import { readDetectionRow } from './detection-row.ts';

const HEADER = /^\s*Epoch\s+GPU_mem\s+(\S*loss.*\S)\s*$/;
const VALIDATION = /^\s*Class\s+Images\s+Instances\s/;

export const ultralytics: LogFormat = {
  name: 'ultralytics',
  rank: 'own',
  start() {
    let columns: readonly string[] = [];
    return (line): Finding | null => {
      if (line.includes('GPU_mem')) {
        const header = HEADER.exec(line);
        if (header) columns = (header[1] as string).split(/\s+/);
        return header ? { kind: 'seen' } : null;
      }
      if (columns.length === 0) return null;
      if (line.includes('Class') && VALIDATION.test(line)) return { kind: 'pause', pause: 'evaluation' };
      if (/^\d+ epochs completed in /.test(line)) return { kind: 'finished' };
      const figures = readDetectionRow(line, columns);
      if (!figures) return null;
      const losses = Object.entries(figures.custom ?? {}).filter(([name]) => name.endsWith('loss'));
      if (losses.length > 0) figures.loss = losses.reduce((sum, [, value]) => sum + value, 0);
      return { kind: 'figures', figures };
    };
  },
};
