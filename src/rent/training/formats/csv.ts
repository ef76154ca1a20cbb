// Comma-separated rows below a header with a step or an epoch and a loss: `results.csv`, `metrics.csv`, a log of one's own.
import { type Finding, type LogFormat, SEEN } from '../parser/log-format.ts';
import { type Column, readHeader, readRow } from './delimited-row.ts';

export const csv: LogFormat = delimited('csv', ',', (columns) => !isKerasHeader(columns));
export const tsv: LogFormat = delimited('tsv', '\t', () => true);
/** Keras' CSVLogger: `epoch,accuracy,loss,val_accuracy,val_loss`, with `epoch` first and the rest in the order of the alphabet. */
export const kerasCsv: LogFormat = delimited('keras-csv', ',', isKerasHeader);

function isKerasHeader(columns: readonly Column[]): boolean {
  const [first, ...rest] = columns.map(({ name }) => name);
  return (
    first === 'epoch' &&
    rest.includes('loss') &&
    rest.every((name, n) => n === 0 || name >= (rest[n - 1] as string))
  );
}

function delimited(
  name: string,
  separator: string,
  accepts: (columns: readonly Column[]) => boolean,
): LogFormat {
  return {
    name,
    rank: 'own',
    start() {
      let columns: readonly Column[] | null = null;
      return (line): Finding | null => {
        if (!line.includes(separator)) return null;
        if (columns !== null) {
          const figures = readRow(line, separator, columns);
          if (figures) {
            // Keras counts the epochs of this file from 0, elsewhere from 1.
            if (name === 'keras-csv') figures.firstEpoch = 0;
            return { kind: 'figures', figures };
          }
        }
        if (hasDigitInFirstCell(line, separator)) return null;
        const header = line.length <= HEADER_MAX ? readHeader(line, separator) : null;
        if (header === null || !accepts(header)) return null;
        columns = header;
        return SEEN;
      };
    },
  };
}

/** No header has, and nearly every other line with the separator in it. */
function hasDigitInFirstCell(line: string, separator: string): boolean {
  const separatorCode = separator.charCodeAt(0);
  for (let at = 0; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if (code === separatorCode) return false;
    if (code >= 48 && code <= 57) return true;
  }
  return false;
}

const HEADER_MAX = 4_000;
