// Unsloth: the Trainer's dictionaries below a banner with a sloth, `Num Epochs = 1 | Total steps = 60`.
import { hfFlavour } from './hf-flavour.ts';

export const unsloth = hfFlavour({
  name: 'unsloth',
  isOwnLine: (line) => line.includes('Unsloth'),
});
