// YOLOv7 (and YOLOv5): header `Epoch gpu_mem box obj cls total labels img_size`; epochs are counted `0/299` to `299/299`.
import type { Finding, LogFormat } from '../parser/log-format.ts';
import { readDetectionRow } from './detection-row.ts';

const HEADER = /^\s*Epoch\s+gpu_mem\s+(box.*\S)\s*$/;
const PARTS = ['box', 'obj', 'cls'];

export const yolov7: LogFormat = {
  name: 'yolov7',
  rank: 'own',
  start() {
    let columns: readonly string[] = [];
    return (line): Finding | null => {
      if (line.includes('gpu_mem')) {
        const header = HEADER.exec(line);
        if (header) columns = (header[1] as string).split(/\s+/);
        return header ? { kind: 'seen' } : null;
      }
      if (columns.length === 0) return null;
      if (/^\s*Class\s+Images\s+Labels\s/.test(line)) return { kind: 'pause', pause: 'evaluation' };
      if (/^\d+ epochs completed in /.test(line)) return { kind: 'finished' };
      const figures = readDetectionRow(line, columns);
      if (!figures) return null;
      const { custom = {} } = figures;
      // Version 5 prints the parts without their sum.
      figures.loss = custom.total ?? PARTS.reduce((sum, name) => sum + (custom[name] ?? 0), 0);
      delete custom.total;
      figures.firstEpoch = 0;
      figures.totalEpochs = (figures.totalEpochs ?? 0) + 1;
      return { kind: 'figures', figures };
    };
  },
};
