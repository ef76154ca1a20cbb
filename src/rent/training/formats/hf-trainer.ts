// The Trainer of transformers: dictionaries of figures between the states of a tqdm bar.
import type { LogFormat } from '../parser/log-format.ts';
import { readHfBanner, readHfDict } from './hf-dict.ts';

export const hfTrainer: LogFormat = {
  name: 'hf-trainer',
  rank: 'own',
  start: () => (line) => readHfDict(line) ?? readHfBanner(line),
};
