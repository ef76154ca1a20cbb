// Which format a log is in, by the lines recognised so far. It changes its mind as more come.
import { FORMAT_RANKS, type LogFormat } from './log-format.ts';

/** A format that gave nothing for so many recognised lines has no say any more. */
const FORGOTTEN_AFTER = 2_000;
/** How much one line weighs against those before it. */
const KEPT_SHARE = 0.995;

export interface FormatChoice {
  readonly name: string | null;
  /** Counts a line of figures; true where the choice changed. */
  count(format: LogFormat): boolean;
}

interface Score {
  readonly format: LogFormat;
  readonly rank: number;
  weight: number;
  lastAt: number;
}

export function createFormatChoice(): FormatChoice {
  const scores: Score[] = [];
  let chosen: Score | null = null;
  let at = 0;
  return {
    get name() {
      return chosen?.format.name ?? null;
    },
    count(format) {
      at += 1;
      let own = chosen?.format === format ? chosen : scores.find((score) => score.format === format);
      if (!own) {
        own = { format, rank: FORMAT_RANKS.indexOf(format.rank), weight: 0, lastAt: at };
        scores.push(own);
      }
      const age = at - own.lastAt;
      own.weight = own.weight * (age === 1 ? KEPT_SHARE : KEPT_SHARE ** age) + 1;
      own.lastAt = at;
      if (own === chosen) return false;
      if (chosen !== null && at - chosen.lastAt <= FORGOTTEN_AFTER) {
        const weight = chosen.weight * KEPT_SHARE ** (at - chosen.lastAt);
        // As good as the other: it stays, so that two formats in one log do not take turns.
        if (own.rank < chosen.rank || (own.rank === chosen.rank && own.weight <= 1.5 * weight)) return false;
      }
      chosen = own;
      return true;
    },
  };
}
