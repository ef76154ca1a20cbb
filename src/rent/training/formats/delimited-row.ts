// Rows of a table whose first line names the columns: CSV, TSV and the tables of notebooks.
import { addCustom, emptyFigures, type Figures } from '../parser/figures.ts';
import { type Meaning, meaningOf } from '../parser/key-names.ts';
import { numberOf } from '../parser/numbers.ts';
import { putMeant } from '../parser/put-figure.ts';

export interface Column {
  readonly name: string;
  readonly meaning: Meaning | null;
}

/** The columns where the line is the header of figures of a training; else null. */
export function readHeader(line: string, separator: string): readonly Column[] | null {
  const cells = line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
  if (
    cells.length < 2 ||
    cells.some((cell) => cell === '' || cell.length > 60 || numberOf(cell) !== undefined)
  )
    return null;
  const columns = cells.map((name): Column => ({ name, meaning: meaningOf(name) }));
  const hasPlace = columns.some(({ meaning }) => meaning === 'step' || meaning === 'epoch');
  // `results.csv` of Ultralytics has parts of the loss only: `train/box_loss`.
  const hasLoss = cells.some((cell) => /loss/i.test(cell));
  return hasPlace && hasLoss ? columns : null;
}

/** Null where the line has not as many cells, or no number where the step or the epoch stands. */
export function readRow(line: string, separator: string, columns: readonly Column[]): Figures | null {
  const cells = line.split(separator);
  if (cells.length !== columns.length) return null;
  const figures = emptyFigures();
  for (let place = 0; place < cells.length; place += 1) {
    const { name, meaning } = columns[place] as Column;
    // `No log` in notebooks, nothing in Lightning's CSV: not every figure is there in every row.
    const value = numberOf(cells[place] as string);
    if (value === undefined) continue;
    if (meaning === null) addCustom(figures, name, value);
    else putMeant(figures, meaning, value);
  }
  return figures.step === undefined && figures.epoch === undefined ? null : figures;
}
