// Says, once and for good, that a loss in a log is no number.
import { createLineReader, createLogParser, type ReadingEvent } from '../../training/index.ts';

export interface LossWatch {
  verdict(): string | undefined;
  /** True when these bytes hold the first. */
  push(bytes: Uint8Array): boolean;
}

export function watchLosses(nowMs: () => number): LossWatch {
  const reader = createLineReader();
  const parser = createLogParser({ nowMs });
  let said: string | undefined;
  return {
    verdict: () => said,
    push(bytes) {
      if (said !== undefined) return false;
      for (const { text } of reader.push(bytes)) {
        for (const event of parser.push(text)) {
          const loss = event.kind === 'reading' ? event.figures.loss : undefined;
          if (loss === undefined || Number.isFinite(loss)) continue;
          const { step } = (event as ReadingEvent).figures;
          said ??= `the loss is ${loss}${step === undefined ? '' : ` at step ${step}`}`;
        }
      }
      return said !== undefined;
    },
  };
}
