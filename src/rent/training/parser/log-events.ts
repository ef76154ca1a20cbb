// What a parser says about a log, line by line.
import type { Figures } from './figures.ts';

export const PAUSES = ['evaluation', 'checkpoint'] as const;
export type Pause = (typeof PAUSES)[number];

/** A line of figures. Step, totals and epoch are filled in from earlier lines where the line itself has none. */
export interface ReadingEvent {
  readonly kind: 'reading';
  readonly format: string;
  /** 1 before the log falls back to an earlier step, 2 after that, and so on. */
  readonly attempt: number;
  /** 2 for the second of two runs that write one file, else 1. */
  readonly writer: number;
  /** When the line arrived. */
  readonly atMs: number;
  readonly figures: Readonly<Figures>;
}

export type LogEvent =
  | ReadingEvent
  /** The format that the log is in, as far as one can say now. */
  | { readonly kind: 'format'; readonly atMs: number; readonly format: string }
  /** A bar, a banner or a line says that training waits for something that is not a step. */
  | {
      readonly kind: 'pause';
      readonly atMs: number;
      readonly loggedAtMs: number | undefined;
      readonly pause: Pause;
    }
  | {
      readonly kind: 'checkpoint';
      readonly atMs: number;
      readonly loggedAtMs: number | undefined;
      readonly step: number | undefined;
      readonly path: string | undefined;
    }
  /** The steps begin again: a restart from nothing, or from a checkpoint where `step` is not the first. */
  | {
      readonly kind: 'restart';
      readonly atMs: number;
      readonly attempt: number;
      readonly fromStep: number;
      readonly step: number;
    }
  /** Two runs write this file: what was taken for a restart was the other one. Said once. Two in lockstep are only likely. */
  | {
      readonly kind: 'two-writers';
      readonly atMs: number;
      readonly isCertain: boolean;
      readonly attempt: number;
      readonly reason: string;
    }
  | { readonly kind: 'time-backwards'; readonly atMs: number; readonly byMs: number }
  | { readonly kind: 'out-of-memory' | 'failed' | 'finished'; readonly atMs: number; readonly text: string }
  /** A custom metric's pattern took too many steps too often and is not tried any more. */
  | { readonly kind: 'metric-too-slow'; readonly atMs: number; readonly name: string };
