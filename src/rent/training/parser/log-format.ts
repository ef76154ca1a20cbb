// What a format is: a reader of lines that keeps what it must remember of one log.
import type { Figures } from './figures.ts';
import type { Pause } from './log-events.ts';

export const FORMAT_RANKS = ['generic', 'bar', 'own'] as const;
/**
 * How much a line says about the whole log: `own` is written by one framework only; a bar stands in logs of many;
 * anything may look like a name and a number.
 */
export type FormatRank = (typeof FORMAT_RANKS)[number];

export type Finding =
  | { readonly kind: 'figures'; readonly figures: Figures }
  /** Totals that are told ahead of the first step. */
  | {
      readonly kind: 'settings';
      readonly totalSteps?: number | undefined;
      readonly totalEpochs?: number | undefined;
    }
  | { readonly kind: 'pause'; readonly pause: Pause }
  | { readonly kind: 'checkpoint'; readonly step?: number | undefined; readonly path?: string | undefined }
  | { readonly kind: 'finished' }
  /** The line is of this format and says nothing of progress: a header, the bar of a download. */
  | { readonly kind: 'seen' };

export interface LogFormat {
  readonly name: string;
  readonly rank: FormatRank;
  /** A reader for one log. It gives null for a line that is not of this format, and must say so quickly. */
  start(): (line: string) => Finding | null;
}

export const SEEN: Finding = { kind: 'seen' };
