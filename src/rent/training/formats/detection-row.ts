// The row that the YOLO trainers print: a header with the names of the losses, then `1/100 2.15G 1.2 2.3 32 640: 100%|…`.
import { addCustom, emptyFigures, type Figures } from '../parser/figures.ts';
import { numberOf } from '../parser/numbers.ts';
import { readBar } from './tqdm-bar.ts';

const ROW = /^\s*(\d+)\/(\d+)\s+([\d.]+)([GM])\s+(.+?)\s*$/;

/** The row's figures, the values behind the memory as custom ones by the names of `columns`. */
export function readDetectionRow(line: string, columns: readonly string[]): Figures | null {
  const bar = readBar(line);
  if (!bar) return null;
  const match = ROW.exec(bar.title);
  if (!match) return null;
  const [, epoch, last, memory, scale, rest = ''] = match;
  const figures = emptyFigures();
  figures.epoch = Number(epoch);
  figures.totalEpochs = Number(last);
  figures.memoryGb = Number(memory) / (scale === 'M' ? 1_024 : 1);
  figures.step = bar.step;
  figures.totalSteps = bar.total;
  figures.stepScope = 'epoch';
  figures.stepS = bar.stepS;
  figures.elapsedS = bar.elapsedS;
  figures.remainingS = bar.remainingS;
  for (const [place, text] of rest.split(/\s+/).entries()) {
    const name = columns[place];
    const value = numberOf(text);
    if (name !== undefined && value !== undefined) addCustom(figures, name, value);
  }
  return figures;
}
