// Programs built on the Trainer of transformers: its dictionaries, told apart by a line that only this program writes.
import { type Finding, type LogFormat, SEEN } from '../parser/log-format.ts';
import { readHfBanner, readHfDict } from './hf-dict.ts';

export interface HfFlavour {
  readonly name: string;
  /** True for a line that only this program writes. */
  readonly isOwnLine: (line: string) => boolean;
  /** Lines of its own with figures, read from the first line on. */
  readonly readOwn?: (line: string) => Finding | null;
}

export function hfFlavour({ name, isOwnLine, readOwn }: HfFlavour): LogFormat {
  return {
    name,
    rank: 'own',
    start() {
      let isKnown = false;
      return (line) => {
        const own = readOwn?.(line) ?? null;
        if (own !== null) return own;
        if (isKnown) return readHfDict(line) ?? readHfBanner(line) ?? (isOwnLine(line) ? SEEN : null);
        if (!isOwnLine(line)) return null;
        isKnown = true;
        return readHfDict(line) ?? readHfBanner(line) ?? SEEN;
      };
    },
  };
}
