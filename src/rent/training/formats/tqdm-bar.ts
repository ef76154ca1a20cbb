// One state of a tqdm bar: ` 25%|██▌       | 1/4 [03:45<11:16, 225.40s/it, loss=0.5]`.
import { clockSeconds } from '../parser/numbers.ts';

export interface BarState {
  /** What stands before the percentage, without the colon. */
  readonly title: string;
  readonly step: number;
  readonly total: number;
  readonly elapsedS: number | undefined;
  readonly remainingS: number | undefined;
  /** Seconds a step, in smoothed form, as the bar says. */
  readonly stepS: number | undefined;
  /** `it`, or what the bar counts: `examples`, `B`. */
  readonly unit: string;
  /** Behind the rate: `loss=0.5, lr=1e-5`. */
  readonly postfix: string;
}

const COUNTS =
  / *([\d.]+)([kMGT]?)\/([\d.]+)([kMGT]?) \[((?:\d+ days?, )?[\d:]+)<((?:\d+ days?, )?[\d:]+|\?)(?:, +([\d.]+|\?)([a-zA-Z]*)\/?([a-zA-Z]*))?(?:, ?([^\]]*))?/y;

/** The state that a line holds; null where it holds none. What stands behind the bar is left out. */
export function readBar(line: string): BarState | null {
  const percent = line.indexOf('%|');
  if (percent < 0) return null;
  let from = percent;
  while (from > 0 && isDigit(line.charCodeAt(from - 1))) from -= 1;
  if (from === percent) return null;
  const barEnd = line.indexOf('|', percent + 2);
  if (barEnd < 0) return null;
  COUNTS.lastIndex = barEnd + 1;
  const match = COUNTS.exec(line);
  if (!match) return null;
  const step = match[1] as string;
  const total = match[3] as string;
  const {
    5: elapsed = '',
    6: remaining = '',
    7: rate = '?',
    8: first = '',
    9: second = '',
    10: postfix = '',
  } = match;
  const perStep = first === 's' && second !== 's';
  const speed = Number(rate);
  return {
    title: line.slice(0, from).trim().replace(/:$/, ''),
    step: Math.round(Number(step) * (SCALES[match[2] ?? ''] ?? 1)),
    total: Math.round(Number(total) * (SCALES[match[4] ?? ''] ?? 1)),
    elapsedS: clockSeconds(elapsed),
    remainingS: clockSeconds(remaining),
    stepS: speed > 0 ? (perStep ? speed : 1 / speed) : undefined,
    unit: perStep ? second : first,
    postfix,
  };
}

const SCALES: Readonly<Record<string, number>> = { k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

const EVALUATION = /\b(?:eval|valid|val\b|test|predict|infer)/i;
const OTHER_WORK =
  /map\b|filter|token|load|fetch|generat|pack|saving|upload|process|cach|shard|split|group|convert|extract|encod|quantiz|merg|writing|reading|running|computing|drop|adding|creating|appl|counting|sampl/i;

/** What a bar counts, by its title and unit. */
export function barPurpose({ title, unit }: BarState): 'training' | 'evaluation' | 'other' {
  if (unit !== '' && unit !== 'it' && unit !== 's' && !/^(?:step|batch|sample|iter)/i.test(unit))
    return 'other';
  if (title === '') return 'training';
  if (/\btrain|epoch|\bsteps?\b/i.test(title) && !EVALUATION.test(title)) return 'training';
  if (EVALUATION.test(title)) return 'evaluation';
  return OTHER_WORK.test(title) ? 'other' : 'training';
}
