// One JSON object a line with a step, an epoch or a loss in it, at any depth: whatever a program of one's own writes.
import { emptyFigures } from '../parser/figures.ts';
import { parseRecord, putRecord } from '../parser/json-record.ts';
import type { LogFormat } from '../parser/log-format.ts';

export const jsonLines: LogFormat = {
  name: 'json-lines',
  rank: 'own',
  start: () => (line) => {
    if (line.charCodeAt(0) !== OPEN_BRACE || !line.includes('"')) return null;
    const record = parseRecord(line);
    if (!record) return null;
    const figures = emptyFigures();
    putRecord(record, figures);
    const { step, epoch, loss, valLoss } = figures;
    const isReading = loss !== undefined || valLoss !== undefined || (step ?? epoch) !== undefined;
    return isReading ? { kind: 'figures', figures } : null;
  },
};

const OPEN_BRACE = 123;
